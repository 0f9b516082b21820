"""What the owner of an agreement is told before it ends. The text re-reads the truth when it is sent."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from milanolib import clock
from notifications import kinds
from notifications.services import write
from outbox import events
from partnerships.models import Agreement, Institution

if TYPE_CHECKING:
    from notifications.models import Message
    from outbox.models import Event
    from partnerships.querysets import AgreementQuerySet


def register_all() -> None:
    """Register the kind and its handler."""
    kinds.register(
        kinds.Kind(
            "agreement_ends_soon",
            _("An agreement ends soon"),
            _ends_soon,
            kinds.Topic.OTHER,
            sample=_sample,
            is_required=True,
            page="admin:partnerships_agreement_changelist",
        )
    )
    events.register("partnerships.ends_soon", _on_ends_soon)


def _on_ends_soon(event: Event) -> None:
    agreement = _offered().filter(pk=event.payload["agreement_id"]).first()
    if agreement is not None and agreement.owner is not None:
        params: dict[str, int | str] = {"agreement": agreement.pk, "ends_on": str(agreement.ends_on)}
        write("agreement_ends_soon", key=event.key, user=agreement.owner, params=params)


def _ends_soon(message: Message) -> kinds.Facts | None:
    """Return what ends; None when it has ended, has another last day or another owner by now."""
    agreement = _offered().filter(pk=message.params.get("agreement"), owner=message.user).first()
    if agreement is None or str(agreement.ends_on) != message.params.get("ends_on"):
        return None
    return _facts(agreement)


def _facts(agreement: Agreement) -> kinds.Facts:
    address = reverse("admin:partnerships_agreement_change", args=[agreement.pk or 1])
    return {"agreement": agreement, "title": agreement.title.get("it", ""), "link": settings.BASE_URL + address}


def _offered() -> AgreementQuerySet:
    return Agreement.objects.offered(clock.today()).select_related("institution", "owner")


def _sample() -> kinds.Facts:
    house = Institution(name="Cinema", kind="cinema")
    ends_on = clock.today() + dt.timedelta(days=30)
    return _facts(Agreement(institution=house, title={"it": "Meno caro"}, ends_on=ends_on, uses=12))
