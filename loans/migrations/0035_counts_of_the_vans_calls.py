"""What a driver counted where the van called, and the task when the other side confirmed otherwise."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("branches", "0008_route_vehicle"),
        ("loans", "0034_deposits"),
    ]

    operations = [
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
                    ("not_in_crate", "A crate should have held this and did not: look for it"),
                    ("not_on_list", "This came in a crate and was not on its list"),
                    ("wrong_crate", "A crate for another place turned up at a point"),
                    ("parcel_missing", "A point or its reader did not find what a parcel should hold"),
                    ("parcel_wrong", "A reader found something else in a parcel"),
                    ("parcel_damaged", "A reader found a damaged copy in a parcel"),
                    ("crate_differs", "A point put another number into a crate than it had to send"),
                    ("shelf_differs", "A point counted another number of parcels than we believe are there"),
                    ("handover_differs", "The driver counted other crates at a stop than the place confirmed"),
                    ("bad_report", "A device sent something that we cannot read"),
                    ("deposit_differs", "A condominium library counted another number of books than its deposit has"),
                    ("deposit_missing", "Volunteers do not find this book of their deposit"),
                    ("deposit_damaged", "Volunteers say that this book of their deposit is damaged"),
                    ("unfillable", "Readers wait for something of which no copy can be lent"),
                    ("never_open", "A point opens on no day for more than a year: dates there stay on a closed day"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.CreateModel(
            name="RoundCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField(verbose_name="on")),
                ("left_counted", models.PositiveSmallIntegerField(verbose_name="crates left, by the driver")),
                ("taken_counted", models.PositiveSmallIntegerField(verbose_name="crates taken along, by the driver")),
                ("counted_at", models.DateTimeField(verbose_name="counted at")),
                (
                    "left_confirmed",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="of these received there"),
                ),
                (
                    "taken_confirmed",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="crates given to the van there"
                    ),
                ),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="compared at")),
                (
                    "counted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="branches.device",
                        verbose_name="counted by",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="round_calls",
                        to="branches.place",
                        verbose_name="place",
                    ),
                ),
                (
                    "vehicle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calls_made",
                        to="branches.place",
                        verbose_name="van",
                    ),
                ),
            ],
            options={
                "verbose_name": "call of the van, counted",
                "verbose_name_plural": "calls of the van, counted",
                "ordering": ["-on", "place"],
            },
        ),
        migrations.AddField(
            model_name="task",
            name="round_call",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="task",
                to="loans.roundcall",
                verbose_name="call of the van",
            ),
        ),
        migrations.AddConstraint(
            model_name="roundcall",
            constraint=models.UniqueConstraint(
                fields=("vehicle", "place", "on"), name="roundcall_once_per_van_place_and_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="roundcall",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("left_confirmed", None), ("settled_at", None), ("taken_confirmed", None)),
                    models.Q(
                        ("left_confirmed__isnull", False),
                        ("settled_at__isnull", False),
                        ("taken_confirmed__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="roundcall_settled_says_what_was_confirmed",
            ),
        ),
    ]
