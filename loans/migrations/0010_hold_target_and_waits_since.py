from django.db import migrations, models
from django.db.models.functions import Cast, Coalesce, Concat


class Migration(migrations.Migration):
    dependencies = [
        ("branches", "0002_photos_services_and_favourite_points"),
        ("loans", "0009_loan_is_remembered"),
    ]
    operations = [
        migrations.AddField(
            model_name="hold",
            name="waits_since",
            field=models.DateTimeField(
                blank=True,
                help_text="Empty: since it was placed. It says nothing about the order.",
                null=True,
                verbose_name="waits at this point since",
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="target",
            field=models.GeneratedField(
                db_persist=True,
                expression=Concat(
                    "level",
                    models.Value(":"),
                    Coalesce(
                        Cast("copy_id", models.CharField()), Cast("title_id", models.CharField()), models.Value("")
                    ),
                    models.Value(":"),
                    "volume",
                ),
                output_field=models.CharField(max_length=80, verbose_name="what is asked for"),
            ),
        ),
        migrations.AddField(
            model_name="holdpass",
            name="place",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=models.deletion.CASCADE,
                related_name="passes",
                to="branches.place",
                verbose_name="point that was full",
            ),
        ),
    ]
