"""Contracts with partners; one at a time for each point."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("branches", "0006_device_of_a_partners_program"),
        ("loans", "0005_rules_that_decide"),  # brings btree_gist
    ]

    operations = [
        migrations.CreateModel(
            name="Contract",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "partner",
                    models.CharField(
                        help_text="The firm or association, as it signs.", max_length=120, verbose_name="partner"
                    ),
                ),
                (
                    "contact",
                    models.TextField(
                        blank=True,
                        help_text="Who answers for the partner: name, telephone, e-mail.",
                        max_length=500,
                        verbose_name="contact",
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="from")),
                (
                    "ends_on",
                    models.DateField(
                        blank=True, help_text="Its last day. Empty: until terminated.", null=True, verbose_name="to"
                    ),
                ),
                (
                    "parcels_a_day",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="The most that were agreed. Empty: none was.",
                        null=True,
                        verbose_name="parcels a day",
                    ),
                ),
                (
                    "terms",
                    models.TextField(
                        blank=True, help_text="In words, as the contract has it.", max_length=1000, verbose_name="fee"
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contracts",
                        to="branches.place",
                        verbose_name="point",
                    ),
                ),
            ],
            options={
                "verbose_name": "contract",
                "verbose_name_plural": "contracts",
                "ordering": ["place", "-starts_on"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_on", None), ("ends_on__gte", models.F("starts_on")), _connector="OR"),
                        name="contract_ends_after_it_begins",
                        violation_error_message="A contract cannot end before it begins.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("parcels_a_day", None), ("parcels_a_day__gte", 1), _connector="OR"),
                        name="contract_agrees_on_a_parcel_at_least",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            (models.F("place"), "="),
                            (
                                models.Func(
                                    models.F("starts_on"),
                                    models.F("ends_on"),
                                    django.contrib.postgres.fields.ranges.RangeBoundary(
                                        inclusive_lower=True, inclusive_upper=True
                                    ),
                                    function="daterange",
                                    output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                                ),
                                "&&",
                            ),
                        ],
                        name="contract_one_at_a_time_per_place",
                        violation_error_message="This point has another contract on some of these days. End that one first, or change the dates.",
                    ),
                ],
            },
        ),
    ]
