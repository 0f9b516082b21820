"""A reader who keeps a history may delete single loans from it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("loans", "0008_emptyings")]
    operations = [
        migrations.AddField(
            "loan",
            "is_remembered",
            models.BooleanField(
                db_default=True,
                default=True,
                help_text="Not ticked: its reader has deleted it from the history.",
                verbose_name="in the history, if its reader keeps one",
            ),
        ),
    ]
