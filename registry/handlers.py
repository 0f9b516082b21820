"""What follows a booking: a letter to its contact. Who left a telephone number gets none and is called."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from milanolib import clock
from notifications import kinds
from notifications.services import write
from outbox import events
from registry.links import link_to
from registry.models import Booking
from registry.states import BookingStatus
from registry.waiting import offer_freed

if TYPE_CHECKING:
    from notifications.models import Message
    from outbox.models import Event

KIND_OF = {
    "registry.to_confirm": "registry_confirm",
    "registry.booked": "registry_booked",
    "registry.moved": "registry_moved",
    "registry.offered": "registry_offered",
}


def register_all() -> None:
    """Register kinds and handlers."""
    for kind in KINDS:
        kinds.register(kind)
    for event in KIND_OF:
        events.register(event, _on_booking)
    events.register("registry.freed", _on_freed)


def _on_booking(event: Event) -> None:
    booking = Booking.objects.filter(pk=event.payload["booking_id"]).first()
    if booking is not None and booking.has_address:
        params: dict[str, int | str] = {"booking": booking.pk, "starts": str(event.payload.get("starts", ""))}
        write(KIND_OF[event.kind], key=event.key, params=params, language=booking.language)


def _on_freed(event: Event) -> None:  # noqa: ARG001  which slot, the list reads itself
    offer_freed()


def _to_confirm(message: Message) -> kinds.Facts | None:
    return _facts(message, BookingStatus.REQUESTED)


def _booked(message: Message) -> kinds.Facts | None:
    return _facts(message, BookingStatus.CONFIRMED)


def _moved(message: Message) -> kinds.Facts | None:
    """Return what to say, if the booking is still at the time to which it was moved."""
    facts = _facts(message, BookingStatus.CONFIRMED)
    if facts is None or facts["starts"] != dt.datetime.fromisoformat(str(message.params["starts"])):
        return None
    return facts


def _facts(message: Message, status: BookingStatus) -> kinds.Facts | None:
    booking = Booking.objects.select_related("resource__place").filter(pk=message.params.get("booking")).first()
    if booking is None or booking.status != status or not booking.has_address or booking.starts <= clock.now():
        return None
    if booking.confirm_until is not None and booking.confirm_until <= clock.now():
        return None
    return {
        "to": booking.contact,
        "starts": booking.starts,
        "place": booking.resource.place,
        "code": booking.code,
        "link": link_to(booking),
        "until": booking.confirm_until,
    }


def _sample() -> kinds.Facts:
    starts = clock.now() + dt.timedelta(days=1)
    link = settings.BASE_URL + "/anagrafe/prenotazione/1~x/"
    return {"starts": starts, "place": "Biblioteca", "code": "K4821", "link": link, "until": clock.now()}


KINDS = tuple(
    kinds.Kind(code, name, truth, kinds.Topic.OTHER, _sample, is_required=True, is_urgent=True, page="registry:kiosks")
    for code, name, truth in (
        ("registry_confirm", _("Confirm your slot at the registry workstation"), _to_confirm),
        ("registry_offered", _("A slot is free at the registry workstation"), _to_confirm),
        ("registry_booked", _("Your slot at the registry workstation"), _booked),
        ("registry_moved", _("Your slot at the registry workstation has moved"), _moved),
    )
)
