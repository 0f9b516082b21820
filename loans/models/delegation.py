"""Who may collect for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import Reader

if TYPE_CHECKING:
    import datetime as dt


class DelegationQuerySet(models.QuerySet["Delegation"]):
    """Delegations."""

    def not_revoked(self) -> DelegationQuerySet:
        """Return those that nobody has taken back, whatever their days."""
        return self.filter(revoked_at=None)

    def valid_on(self, day: dt.date) -> DelegationQuerySet:
        """Return those that hold on a day."""
        return self.not_revoked().filter(valid_from__lte=day, valid_until__gte=day)


class Delegation(models.Model):
    """A reader lets somebody else collect what is ready: another reader, known by the card, or a person by name.

    It is for collecting alone: who collects sees no title and no code on a screen, and nothing is lent to them.
    """

    class Scope(models.TextChoices):
        COLLECT = "collect", _("collect what is ready")

    reader = models.ForeignKey(Reader, models.CASCADE, related_name="delegations", verbose_name=_("reader"))
    delegate = models.ForeignKey(
        Reader,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="delegations_received",
        verbose_name=_("card of who collects"),
    )
    delegate_name = models.CharField(
        _("name of who collects"), max_length=100, help_text=_("As on the card, or on the document they will show.")
    )
    scope = models.CharField(_("for"), max_length=10, choices=Scope.choices, default=Scope.COLLECT)
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"))
    given_at = models.DateTimeField(_("given at"))
    revoked_at = models.DateTimeField(_("taken back at"), null=True, blank=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        ordering = ["reader", "valid_until", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["reader", "delegate"], condition=Q(revoked_at=None), name="delegation_open_once_per_card"
            ),
            models.UniqueConstraint(
                "reader",
                Lower("delegate_name"),
                condition=Q(revoked_at=None, delegate=None),
                name="delegation_open_once_per_name",
            ),
            models.CheckConstraint(condition=~Q(delegate_name=""), name="delegation_names_somebody"),
            models.CheckConstraint(
                condition=Q(delegate=None) | ~Q(delegate=F("reader")), name="delegation_to_somebody_else"
            ),
            models.CheckConstraint(condition=Q(scope="collect"), name="delegation_is_for_collecting"),
            models.CheckConstraint(condition=Q(valid_until__gte=F("valid_from")), name="delegation_valid_forward"),
            models.CheckConstraint(
                condition=Q(revoked_at=None) | Q(revoked_at__gte=F("given_at")),
                name="delegation_taken_back_after_it_was_given",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reader_id} → {self.delegate_id or 'a person'}"
