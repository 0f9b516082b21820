"""A reader may choose that loans renew by themselves."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [
        migrations.AddField(
            "reader",
            "renews_by_itself",
            models.BooleanField(
                db_default=False,
                default=False,
                help_text="The day before they are due, if nobody waits.",
                verbose_name="loans renew by themselves",
            ),
        ),
    ]
