from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("notifications", "0002_message_bundle")]

    operations = [
        AddIndexConcurrently(
            model_name="message",
            index=models.Index(
                condition=models.Q(("status", "waiting"), models.Q(("bundle", ""), _negated=True)),
                fields=["bundle", "id"],
                name="message_bundled",
            ),
        ),
    ]
