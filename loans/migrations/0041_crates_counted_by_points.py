"""Points may count what is in a crate that they receive."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("branches", "0008_route_vehicle"),
        ("loans", "0040_deposits_ready_to_go"),
    ]

    operations = [
        migrations.AddField(
            model_name="crate",
            name="parcels_counted",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="By the partner who received it, if they counted.",
                null=True,
                verbose_name="counted by its point",
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
                    ("crate_miscounted", "A point found another number of parcels in a crate than was sealed in it"),
                    ("shelf_differs", "A point counted another number of parcels than we believe are there"),
                    ("handover_differs", "The driver counted other crates at a stop than the place confirmed"),
                    ("fetch_from_point", "A point is closed for long: fetch what lies there, scan it at the desk"),
                    ("bad_report", "A device sent something that we cannot read"),
                    ("deposit_differs", "A condominium library counted another number of books than its deposit has"),
                    ("deposit_ready", "Volunteers say from when on a deposit can be fetched: see its page"),
                    ("deposit_wanted", "A reader waits for a title of which we have no copy but in a deposit"),
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
                condition=models.Q(("parcels_counted", None), ("received_at__isnull", False), _connector="OR"),
                name="crate_counted_was_received",
            ),
        ),
    ]
