"""Who may collect for whom."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_readers_by_name"), ("loans", "0015_closures_applied")]
    operations = [
        migrations.CreateModel(
            name="Delegation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "delegate_name",
                    models.CharField(
                        help_text="As on the card, or on the document they will show.",
                        max_length=100,
                        verbose_name="name of who collects",
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[("collect", "collect what is ready")],
                        default="collect",
                        max_length=10,
                        verbose_name="for",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="from")),
                ("valid_until", models.DateField(verbose_name="until")),
                ("given_at", models.DateTimeField(verbose_name="given at")),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="taken back at")),
                (
                    "delegate",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="delegations_received",
                        to="accounts.reader",
                        verbose_name="card of who collects",
                    ),
                ),
                (
                    "reader",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="delegations",
                        to="accounts.reader",
                        verbose_name="reader",
                    ),
                ),
            ],
            options={
                "verbose_name": "delegation",
                "verbose_name_plural": "delegations",
                "ordering": ["reader", "valid_until", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(revoked_at=None),
                        fields=("reader", "delegate"),
                        name="delegation_open_once_per_card",
                    ),
                    models.UniqueConstraint(
                        F("reader"),
                        Lower("delegate_name"),
                        condition=Q(delegate=None, revoked_at=None),
                        name="delegation_open_once_per_name",
                    ),
                    models.CheckConstraint(condition=~Q(delegate_name=""), name="delegation_names_somebody"),
                    models.CheckConstraint(
                        condition=Q(delegate=None) | ~Q(delegate=F("reader")), name="delegation_to_somebody_else"
                    ),
                    models.CheckConstraint(condition=Q(scope="collect"), name="delegation_is_for_collecting"),
                    models.CheckConstraint(
                        condition=Q(valid_until__gte=F("valid_from")), name="delegation_valid_forward"
                    ),
                    models.CheckConstraint(
                        condition=Q(revoked_at=None) | Q(revoked_at__gte=F("given_at")),
                        name="delegation_taken_back_after_it_was_given",
                    ),
                ],
            },
        ),
    ]
