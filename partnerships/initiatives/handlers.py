"""What follows a booking or a change of a date: a letter to its contact. Who left a telephone is called."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from branches.public_texts import public_text
from milanolib import clock
from notifications import kinds
from notifications.services import write
from outbox import events
from partnerships.initiatives.booking import counting_date, offer_freed
from partnerships.initiatives.links import link_to
from partnerships.initiatives.states import HOLDING, OPEN, BookingStatus, DateStatus
from partnerships.models import InitiativeBooking, InitiativeDate

if TYPE_CHECKING:
    from notifications.models import Message
    from outbox.models import Event

KIND_OF = {
    "partnerships.places_requested": "initiative_confirm",
    "partnerships.places_confirmed": "initiative_booked",
    "partnerships.places_waiting": "initiative_waiting",
    "partnerships.places_offered": "initiative_offered",
}
KIND_OF_DATE = {
    "partnerships.date_moved": ("initiative_moved", OPEN),
    "partnerships.date_cancelled": ("initiative_cancelled", OPEN),
    "partnerships.date_near": ("initiative_near", (BookingStatus.CONFIRMED,)),
}


def register_all() -> None:
    """Register kinds and handlers."""
    for kind in KINDS:
        kinds.register(kind)
    for event in KIND_OF:
        events.register(event, _on_booking)
    for event in KIND_OF_DATE:
        events.register(event, _on_date)
    events.register("partnerships.places_freed", _on_freed)


def _on_booking(event: Event) -> None:
    booking = InitiativeBooking.objects.filter(pk=event.payload["booking_id"]).first()
    if booking is not None and booking.has_address:
        params: dict[str, int | str] = {"places": booking.pk}
        write(KIND_OF[event.kind], key=event.key, params=params, language=booking.language)


def _on_date(event: Event) -> None:
    """Write to each who is booked at the date, once: the key names date, change and booking."""
    kind, statuses = KIND_OF_DATE[event.kind]
    date = InitiativeDate.objects.select_related("initiative").filter(pk=event.payload["date_id"]).first()
    if date is None:
        return
    starts = str(event.payload.get("starts", ""))
    for booking in counting_date(date).bookings.filter(status__in=statuses).in_order():
        if booking.has_address:
            params: dict[str, int | str] = {"places": booking.pk, "date": date.pk, "starts": starts}
            write(kind, key=f"{event.key}:{booking.pk}", params=params, language=booking.language)


def _on_freed(event: Event) -> None:
    date = InitiativeDate.objects.select_related("initiative").filter(pk=event.payload["date_id"]).first()
    if date is not None:
        offer_freed(date)


def _to_confirm(message: Message) -> kinds.Facts | None:
    return _facts(message, (BookingStatus.REQUESTED,))


def _offered(message: Message) -> kinds.Facts | None:
    return _facts(message, (BookingStatus.OFFERED,))


def _booked(message: Message) -> kinds.Facts | None:
    return _facts(message, (BookingStatus.CONFIRMED,))


def _waiting(message: Message) -> kinds.Facts | None:
    return _facts(message, (BookingStatus.WAITING,))


def _moved(message: Message) -> kinds.Facts | None:
    """Return what to say, if the date is still at the time to which it was moved."""
    facts = _facts(message, OPEN)
    if facts is None or facts["date"].starts_at != dt.datetime.fromisoformat(str(message.params["starts"])):
        return None
    return facts


def _near(message: Message) -> kinds.Facts | None:
    facts = _facts(message, HOLDING)
    is_near = facts is not None and facts["date"].starts_at.isoformat() == message.params["starts"]
    return facts if is_near else None


def _cancelled(message: Message) -> kinds.Facts | None:
    return _facts(message, OPEN, DateStatus.CANCELLED)


def _facts(
    message: Message, statuses: tuple[BookingStatus, ...], date_status: DateStatus = DateStatus.PLANNED
) -> kinds.Facts | None:
    """Return what to say while the booking and its date are still as they were told to be."""
    known = InitiativeBooking.objects.select_related("date__initiative__place")
    booking = known.filter(pk=message.params.get("places")).first()
    if booking is None or booking.status not in statuses or not booking.has_address:
        return None
    now = clock.now()
    if booking.hold_until is not None and booking.hold_until <= now:
        return None
    date = booking.date
    if (number := message.params.get("date")) is not None:
        date = InitiativeDate.objects.filter(pk=number).first() or date
    elif date.is_cancelled:
        date = counting_next(date) or date
    if date.status != date_status or date.ends_at <= now:
        return None
    initiative = booking.date.initiative
    return {
        "to": booking.contact,
        "title": public_text(initiative.title).text,
        "where": initiative.venue or initiative.place.name,
        "date": date,
        "starts": date.starts_at,
        "note": date.note,
        "people": booking.people,
        "code": booking.code,
        "until": booking.hold_until,
        "link": link_to(booking),
    }


def counting_next(date: InitiativeDate) -> InitiativeDate | None:
    """Return the next date of a series that takes place; None of anything else."""
    if counting_date(date) != date or date.initiative.rhythm != "series":
        return None
    return date.initiative.dates.planned().filter(ends_at__gt=clock.now()).order_by("starts_at").first()


def _sample() -> kinds.Facts:
    starts = clock.now() + dt.timedelta(days=1)
    token = f"123456~{'x' * 43}"  # as long as a true one: it goes into a text of 160 places
    link = settings.BASE_URL + reverse("initiatives:booking", args=[token])
    facts: kinds.Facts = {"title": "Storie", "where": "Biblioteca", "starts": starts, "note": "", "people": 2}
    return facts | {"code": "K4821", "until": clock.now(), "link": link}


KINDS = tuple(
    kinds.Kind(
        code,
        name,
        truth,
        kinds.Topic.OTHER,
        _sample,
        is_required=True,
        is_urgent=is_urgent,
        page="initiatives:initiatives",
    )
    for code, name, truth, is_urgent in (
        ("initiative_confirm", _("Confirm your places at an initiative"), _to_confirm, True),
        ("initiative_booked", _("Your places at an initiative"), _booked, True),
        ("initiative_waiting", _("You are on the waiting list of an initiative"), _waiting, True),
        ("initiative_offered", _("Places are free at an initiative"), _offered, True),
        ("initiative_moved", _("An initiative has moved"), _moved, False),
        ("initiative_cancelled", _("An initiative was cancelled"), _cancelled, False),
        ("initiative_near", _("Tomorrow at an initiative"), _near, False),
    )
)
