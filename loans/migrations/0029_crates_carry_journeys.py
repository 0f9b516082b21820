"""A crate carries journeys, wrapped or not, and says when it was given to the van and unpacked."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("loans", "0028_sets_stand_beside_the_line")]
    operations = [
        migrations.AddField(
            model_name="transit",
            name="crate",
            field=models.ForeignKey(
                blank=True,
                help_text="The one in which it travels, or came.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="transits",
                to="loans.crate",
                verbose_name="crate",
            ),
        ),
        migrations.AddConstraint(
            model_name="transit",
            constraint=models.CheckConstraint(
                condition=models.Q(("crate", None), models.Q(("status", "cancelled"), _negated=True), _connector="OR"),
                name="transit_cut_short_is_in_no_crate",
            ),
        ),
        migrations.AddField(
            model_name="crate",
            name="loaded_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="given to the van at"),
        ),
        migrations.AddField(
            model_name="crate",
            name="unpacked_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="unpacked at"),
        ),
        migrations.AlterField(
            model_name="crate",
            name="parcels_declared",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="inside when sealed"),
        ),
        migrations.AlterField(
            model_name="crate",
            name="parcels_found",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="of these found on arrival"),
        ),
        migrations.AlterField(
            model_name="crate",
            name="status",
            field=models.CharField(
                choices=[
                    ("open", "being filled"),
                    ("sealed", "sealed"),
                    ("on_road", "on the road"),
                    ("received", "being unpacked"),
                    ("unpacked", "unpacked"),
                ],
                default="open",
                max_length=10,
                verbose_name="status",
            ),
        ),
        migrations.RemoveConstraint(model_name="crate", name="crate_sealed_says_when_and_how_many"),
        migrations.RemoveConstraint(model_name="crate", name="crate_received_says_when"),
        migrations.AddConstraint(
            model_name="crate",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "open")),
                fields=("origin", "destination"),
                name="crate_one_open_per_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="crate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("parcels_declared", None), ("sealed_at", None), ("status", "open")),
                    models.Q(
                        models.Q(("status", "open"), _negated=True),
                        ("parcels_declared__gte", 1),
                        ("sealed_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="crate_sealed_says_when_and_how_many",
            ),
        ),
        migrations.AddConstraint(
            model_name="crate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["received", "unpacked"]), _negated=True),
                    ("received_at__isnull", False),
                    _connector="OR",
                ),
                name="crate_received_says_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="crate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "on_road"), _negated=True), ("loaded_at__isnull", False), _connector="OR"
                ),
                name="crate_on_road_says_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="crate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "unpacked"), _negated=True),
                    models.Q(
                        ("parcels_found__isnull", False),
                        ("parcels_found__lte", models.F("parcels_declared")),
                        ("unpacked_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="crate_unpacked_says_when_and_how_many",
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
                    ("bad_report", "A device sent something that we cannot read"),
                    ("unfillable", "Readers wait for something of which no copy can be lent"),
                    ("never_open", "A point opens on no day for more than a year: dates there stay on a closed day"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
    ]
