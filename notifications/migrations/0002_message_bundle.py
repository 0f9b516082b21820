"""Messages by more channels; some go out together."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="bundle",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="What waits together is sent together.",
                max_length=80,
                verbose_name="goes with",
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="channel",
            field=models.CharField(
                choices=[
                    ("email", "e-mail"),
                    ("push", "notice on this device"),
                    ("sms", "SMS"),
                    ("io", "App IO"),
                    ("inbox", "your page"),
                ],
                default="email",
                max_length=10,
                verbose_name="channel",
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="status",
            field=models.CharField(
                choices=[
                    ("waiting", "waiting"),
                    ("sent", "sent"),
                    ("moot", "no longer true, not sent"),
                    ("unwanted", "switched off by the reader, not sent"),
                    ("no_address", "no address"),
                    ("refused", "refused: the address does not take it"),
                    ("stuck", "set aside after many failures"),
                ],
                default="waiting",
                max_length=12,
                verbose_name="status",
            ),
        ),
    ]
