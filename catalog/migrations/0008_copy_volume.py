from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0007_copy_missed_by_place")]
    operations = [
        migrations.AddField(
            model_name="copy",
            name="volume",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Which one it is, of a title in several volumes.",
                max_length=40,
                verbose_name="volume",
            ),
        ),
    ]
