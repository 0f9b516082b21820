import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0009_copy_parts_note"),
        ("loans", "0023_parcel_lost"),
    ]

    operations = [
        migrations.AddField(
            model_name="task",
            name="work",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="tasks",
                to="catalog.work",
                verbose_name="about the work",
            ),
        ),
        migrations.AlterField(
            model_name="task",
            name="kind",
            field=models.CharField(
                choices=[
                    ("unknown_tag", "A point scanned a tag that we do not know"),
                    ("unknown_barcode", "A barcode was reported that no copy has"),
                    ("unknown_card", "A copy was lent offline to a card that we do not know"),
                    ("not_on_loan", "A point took back a copy that was not on loan"),
                    ("wrong_point", "A parcel turned up at another point"),
                    ("parcel_gone", "A parcel was handed over that should not have been"),
                    ("loan_contradicted", "A copy was lent while it was still on loan to somebody"),
                    ("lent_anyway", "A copy was lent or renewed offline although a rule refuses it"),
                    ("kept_copy_lent", "A copy kept for another reader was lent offline"),
                    ("parts_missing", "A copy came back without all its parts"),
                    ("not_on_shelf", "A copy was not found on its shelf: look again"),
                    ("claimed_returned", "A reader says that this was given back: look for it"),
                    ("never_borrowed", "The reader who should have this never had it: look for it"),
                    ("late_journey", "A copy has been on the road for too long: look for it"),
                    ("bad_report", "A device sent something that we cannot read"),
                    ("unfillable", "Readers wait for something of which no copy can be lent"),
                    ("never_open", "A point opens on no day for more than a year: dates there stay on a closed day"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None), ("work__isnull", False)),
                fields=("kind", "place", "work"),
                name="task_one_open_per_work_place_and_kind",
            ),
        ),
    ]
