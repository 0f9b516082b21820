"""A partner's own software is a kind of device."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("branches", "0005_desks_rest_after")]

    operations = [
        migrations.AlterField(
            model_name="device",
            name="kind",
            field=models.CharField(
                choices=[
                    ("partner_phone", "partner's phone"),
                    ("partner_software", "partner's own software"),
                    ("locker", "locker"),
                    ("metro_library", "library in the metro"),
                    ("self_check", "self-check"),
                    ("offline_desk", "offline desk"),
                ],
                max_length=16,
                verbose_name="kind",
            ),
        ),
    ]
