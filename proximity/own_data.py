"""What the proximity network keeps about a person: that they want to open a library in their building."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from accounts.own_data import WORK, Area, Part
from proximity.models import StartRequest
from proximity.start_requests import blank_requests

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet


class RequestPart(Part):
    """Requests for a condominium library that somebody made, signed in or with their confirmed address."""

    covers = ("proximity.StartRequest.user",)
    left_out = {"proximity.Contract.owner": WORK}

    def areas(self) -> Iterable[Area]:
        """Return the requests."""
        yield Area(
            "condominium_requests",
            _("Requests for a condominium library"),
            _("Name, contacts and text are deleted a year after the request was declined or the library opened."),
            self._requests(),
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

    def erase(self) -> None:
        """Blank who asked and what they wrote; that somebody asked, and what came of it, stays."""
        blank_requests(self._requests())

    def _requests(self) -> QuerySet[StartRequest]:
        own = Q(user__in=self.users) | Q(address_of__in=self.person.addresses)
        return StartRequest.objects.alias(address_of=Lower("email")).filter(own)
