from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

OPEN = ["queued", "assigned", "picked", "in_transit", "arrived", "ready"]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("loans", "0024_tasks_about_works")]
    operations = [
        AddIndexConcurrently(
            model_name="hold",
            index=models.Index(
                fields=["work"],
                condition=models.Q(status__in=OPEN, unfillable_since__isnull=False),
                name="hold_unfillable_by_work",
            ),
        )
    ]
