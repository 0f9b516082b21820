"""Crates for a point that has closed are brought back, and tasks are about crates."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("branches", "0008_route_vehicle"),
        ("catalog", "0010_damaged_copies_ride_in_crates"),
        ("loans", "0037_watch_copies_of_deposits"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="crate",
            name="crate_goes_somewhere_else",
        ),
        migrations.AddField(
            model_name="crate",
            name="fetched_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="fetched from there at"),
        ),
        migrations.AddField(
            model_name="crate",
            name="stood_since",
            field=models.DateTimeField(
                blank=True,
                help_text="The driver had left it there before.",
                null=True,
                verbose_name="stood before its door since",
            ),
        ),
        migrations.AddField(
            model_name="crate",
            name="turned_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="turned back at"),
        ),
        migrations.AddField(
            model_name="crate",
            name="turned_from",
            field=models.ForeignKey(
                blank=True,
                help_text="The point for which it was, and which closed before it had come.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="crates_turned_back",
                to="branches.place",
                verbose_name="turned back from",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="crate",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="tasks",
                to="loans.crate",
                verbose_name="about the crate",
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
                    ("not_in_crate", "A crate should have held this and did not: look for it"),
                    ("not_on_list", "This came in a crate and was not on its list"),
                    ("wrong_crate", "A crate for another place turned up at a point"),
                    ("crate_turned", "A crate for a point that is closed is brought back: unpack it here"),
                    ("crate_stopped", "A crate for a point that is closed stands here: its parcels go elsewhere"),
                    ("parcel_missing", "A point or its reader did not find what a parcel should hold"),
                    ("parcel_wrong", "A reader found something else in a parcel"),
                    ("parcel_damaged", "A reader found a damaged copy in a parcel"),
                    ("crate_differs", "A point put another number into a crate than it had to send"),
                    ("shelf_differs", "A point counted another number of parcels than we believe are there"),
                    ("handover_differs", "The driver counted other crates at a stop than the place confirmed"),
                    ("fetch_from_point", "A point is closed for long: fetch what lies there, scan it at the desk"),
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
        migrations.AddConstraint(
            model_name="crate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("origin", models.F("destination")), _negated=True),
                    ("turned_from__isnull", False),
                    _connector="OR",
                ),
                name="crate_goes_somewhere_else",
            ),
        ),
        migrations.AddConstraint(
            model_name="crate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("stood_since", None), ("turned_at", None), ("turned_from", None)),
                    models.Q(
                        ("loaded_at__isnull", False),
                        ("turned_at__isnull", False),
                        ("turned_from__isnull", False),
                        models.Q(("turned_from", models.F("destination")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="crate_turned_back_was_on_the_road",
            ),
        ),
        migrations.AddConstraint(
            model_name="crate",
            constraint=models.CheckConstraint(
                condition=models.Q(("fetched_at", None), ("stood_since__isnull", False), _connector="OR"),
                name="crate_fetched_had_stood_there",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None), ("crate__isnull", False)),
                fields=("kind", "crate"),
                name="task_one_open_per_crate_and_kind",
            ),
        ),
    ]
