"""What the proximity network keeps about a person: that they want to open a library in their building."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from accounts.own_data import WORK, Area, Part
from proximity.models import StartRequest

if TYPE_CHECKING:
    from collections.abc import Iterable


class RequestPart(Part):
    """Requests for a condominium library that somebody made, signed in or with their confirmed address."""

    covers = ("proximity.StartRequest.user",)
    left_out = {"proximity.Contract.owner": WORK}

    def areas(self) -> Iterable[Area]:
        """Return the requests."""
        own = Q(user__in=self.users) | Q(email_lowered__in=self.person.addresses)
        yield Area(
            "condominium_requests",
            _("Requests for a condominium library"),
            _("Name, contacts and text are deleted a year after the request was declined or the library opened."),
            StartRequest.objects.alias(email_lowered=Lower("email")).filter(own),
            "name",
            "email",
            "phone",
            "address",
            "municipio",
            "text",
            "status",
            "answer",
            "received_at",
            "moved_at",
        )
