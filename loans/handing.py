"""Handing out at a point: which parcel a reader's code is for, and what lies, comes and goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.utils.crypto import salted_hmac
from django.utils.formats import time_format

from accounts.cards import is_card_number, normalised
from accounts.encryption import TAX_CODE, tax_code_hash
from branches.devices import codes_are_locked, count_code, normalised_code
from loans.delegations import delegations_to
from loans.errors import CodesLocked, TagIsNoCode, WrongCode
from loans.models import Crate, Handover, Parcel, Transit
from loans.states import PARCEL_WITH_US, CrateStatus, HoldStatus, ParcelStatus, TransitReason, TransitStatus
from milanolib import clock
from milanolib.db import lock
from milanolib.pace import is_within

if TYPE_CHECKING:
    from collections.abc import Collection

    from branches.models import Device, Place

PRESSED_TWICE_SECONDS = 60
POINT_STATES = ("coming", "here", "back")


def find_parcel_by_code(device: Device, code: str, *, form_key: str = "") -> Parcel:
    """Return the parcel at the device's point that waits for the reader with this pickup code, or card.

    A card is the library's or the health card, of the reader or of whom they let collect; of several parcels it is the
    first by its number.

    Hands nothing over yet. A code of another point is as wrong as one that nobody has; wrong codes are counted
    although the verb refuses, and the fifth in a row makes hand-out by code rest on this device. The tag of a parcel is
    a slip, not a guess; the same code from the same form (`form_key`) within a minute is one guess, pressed twice.
    Raises WrongCode, CodesLocked, TagIsNoCode.
    """
    with transaction.atomic():
        lock(device)  # guesses sent all at once are counted one after the other
        _refuse_while_locked(device)
        parcel = _ready_parcel(device.place, code)
        if parcel is None and is_tag(device.place, code):
            raise TagIsNoCode
        if parcel is not None or not (form_key and _is_pressed_again(device, form_key, code)):
            count_code(device, right=parcel is not None)
    if parcel is None:
        _refuse_while_locked(device)
        raise WrongCode
    return parcel


def _refuse_while_locked(device: Device) -> None:
    until = device.codes_locked_until
    if until is not None and codes_are_locked(device, clock.now()):
        raise CodesLocked(until=time_format(clock.local(until), "TIME_FORMAT"))


def _is_pressed_again(device: Device, form_key: str, code: str) -> bool:
    pressed = salted_hmac("loans.handing", f"{device.pk}:{form_key}:{normalised(code)}").hexdigest()
    return not is_within(f"code-pressed:{pressed}", allowed=1, seconds=PRESSED_TWICE_SECONDS)


def _ready_parcel(place: Place, code: str) -> Parcel | None:
    opens = Q(assignment__hold__pickup_code=normalised_code(code))
    if (card := _as_card(code)) is not None:
        opens |= _for_who_has(card_number=card)
    elif is_tax_code(code):
        opens |= _for_who_has(tax_code_hash=tax_code_hash(normalised(code)))
    waiting = here_at(place).filter(assignment__hold__status=HoldStatus.READY, assignment__hold__pickup_place=place)
    return waiting.filter(opens).first()


def is_tag(place: Place, code: str) -> bool:
    """Whether it stands on a parcel that is at a point, comes there or came there once."""
    return Parcel.objects.filter(Q(place=place) | Q(destination=place), tag=normalised_code(code)).exists()


def _for_who_has(**card: str) -> Q:
    """Return what is kept for the reader of a card, and for whoever lets this one collect today."""
    own = Q(**{f"assignment__hold__reader__{field}": value for field, value in card.items()})
    return own | Q(assignment__hold__reader__in=delegations_to(**card).values("reader"))


def is_card(text: str) -> bool:
    """Whether it can be the number of a library card, or the codice fiscale on a health card."""
    return _as_card(text) is not None or is_tax_code(text)


def is_tax_code(text: str) -> bool:
    """Whether it has the form of a codice fiscale."""
    return bool(TAX_CODE.fullmatch(normalised(text)))


def _as_card(text: str) -> str | None:
    number = normalised(text)
    number = f"ML{number}" if number.isdigit() else number
    return number if is_card_number(number) else None


def expected_at(place: Place) -> QuerySet[Parcel]:
    """Return the parcels on their way to a point, by the number on the tag; one may have gone astray to another.

    A parcel whose reservation has ended meanwhile still comes: it is wrapped and on the road. One that was there goes
    back.
    """
    was_here = Handover.objects.filter(parcel=OuterRef("pk"), place=place, status=ParcelStatus.RECEIVED)
    return (
        Parcel.objects.filter(~Exists(was_here), destination=place, status__in=PARCEL_WITH_US)
        .exclude(place=place)
        .order_by("shelf_number")
    )


def here_at(place: Place) -> QuerySet[Parcel]:
    """Return the parcels that a point keeps for their readers, each with `keep_until`, its last day."""
    return (
        Parcel.objects.filter(
            place=place, destination=place, status=ParcelStatus.RECEIVED, assignment__released_at=None
        )
        .annotate(keep_until=F("assignment__hold__keep_until"))
        .order_by("shelf_number")
    )


def going_back_from(place: Place) -> QuerySet[Parcel]:
    """Return the parcels at a point that are for nobody there any more: not collected, cancelled, or misrouted."""
    return (
        Parcel.objects.filter(place=place, status=ParcelStatus.RECEIVED)
        .filter(Q(assignment__released_at__isnull=False) | ~Q(destination=place))
        .order_by("shelf_number", "pk")
    )


def parcels_of(place: Place, wanted: Collection[str] = POINT_STATES) -> QuerySet[Parcel]:
    """Return all that comes to a point, waits there or goes back, oldest first, each with its `state` for the point."""
    states = dict(zip(POINT_STATES, (expected_at(place), here_at(place), going_back_from(place)), strict=True))
    near = Parcel.objects.filter(Q(destination=place) | Q(place=place), status__in=PARCEL_WITH_US)
    return (
        near.annotate(
            state=Case(
                *(When(pk__in=rows.order_by().values("pk"), then=Value(state)) for state, rows in states.items()),
                default=Value(""),
            ),
            keep_until=F("assignment__hold__keep_until"),
        )
        .filter(state__in=wanted)
        .order_by("pk")
    )


def returned_to(place: Place) -> QuerySet[Transit]:
    """Return the journeys of copies that readers gave back at a point and that are in no crate yet."""
    return (
        Transit.objects.filter(origin=place, reason=TransitReason.RETURN, status=TransitStatus.REQUESTED, crate=None)
        .annotate(barcode=F("copy__barcode"))
        .order_by("requested_at", "pk")
    )


def crates_for_the_van(place: Place) -> QuerySet[Crate]:
    """Return the crates that were closed at a point and wait there for the driver."""
    return Crate.objects.filter(origin=place, status=CrateStatus.SEALED).order_by("sealed_at", "pk")
