"""The chain of custody of one parcel, read back in sentences: who had it in hand, from when, on whose word.

Nobody's reader is in it. What happened to a crate happened to all that was in it, so its links are the parcel's too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Act
from loans.models import Crate, Transit
from loans.states import CrateStatus, ParcelStatus

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from loans.models import Handover, Parcel

TAKEN_OUT, READDRESSED = "taken_out", "readdressed"
WORDS = {
    ParcelStatus.PACKED: gettext_lazy("Packed at %(place)s."),
    TAKEN_OUT: gettext_lazy("Taken out of its crate at %(place)s."),
    READDRESSED: gettext_lazy("Addressed to another point at %(place)s."),
    ParcelStatus.IN_CRATE: gettext_lazy("Put into a crate at %(place)s."),
    ParcelStatus.RECEIVED: gettext_lazy("Taken in at %(place)s."),
    ParcelStatus.HANDED_OVER: gettext_lazy("Handed over at %(place)s."),
    ParcelStatus.OPENED: gettext_lazy("Opened at %(place)s."),
    ParcelStatus.LOST: gettext_lazy("Given up as lost; it was last at %(place)s."),
}
WORDS_ELSEWHERE = {  # where it was in a crate
    TAKEN_OUT: gettext_lazy("Taken out of its crate."),
    READDRESSED: gettext_lazy("Addressed to another point."),
    ParcelStatus.PACKED: gettext_lazy("Packed."),
    ParcelStatus.IN_CRATE: gettext_lazy("Put into a crate."),
    ParcelStatus.RECEIVED: gettext_lazy("Taken in."),
    ParcelStatus.HANDED_OVER: gettext_lazy("Handed over."),
    ParcelStatus.OPENED: gettext_lazy("Back and opened."),
    ParcelStatus.LOST: gettext_lazy("Given up as lost."),
}
OF_CRATES = ("seal_crate", "load_crate", "turn_back_crate", "receive_crate")


@dataclass(frozen=True)
class Link:
    """One sentence: when, what, on whose word; `who` is empty where the machine itself wrote it."""

    at: dt.datetime
    what: str
    who: str


def chain_of(parcel: Parcel) -> list[Link]:
    """Return how a parcel came to where it is, the oldest first; four statements.

    `parcel` comes with its assignment.
    """
    crates = _crates_of(parcel)
    links = [*_of_handovers(parcel, crates), *_of_crates(crates)]
    return sorted(links, key=lambda link: link.at)


def holder_of(parcel: Parcel) -> str:
    """Say who has a parcel in hand now."""
    if parcel.place is not None:
        return _("In the hands of %(place)s.") % {"place": parcel.place}
    crate = parcel.crate
    if crate is None:
        return _("Not a parcel of ours any more.")
    names = {"crate": crate, "origin": crate.origin, "place": crate.destination}
    if crate.status == CrateStatus.ON_ROAD:
        return _holder_on_road(crate) % {**names, "point": crate.turned_from}
    if crate.status in (CrateStatus.OPEN, CrateStatus.SEALED):
        return _("In crate %(crate)s, which stands at %(origin)s.") % names
    return _("In crate %(crate)s, which has come to %(place)s and was not unpacked yet.") % names


def _holder_on_road(crate: Crate) -> str:
    if crate.is_to_be_fetched:
        return _("In crate %(crate)s, before the closed door of %(point)s: it is to be brought to %(place)s.")
    if crate.left_at is not None:
        return _("In crate %(crate)s, left at %(place)s; until it is received there the round has it.")
    return _("In crate %(crate)s, on the van to %(place)s.")


def _crates_of(parcel: Parcel) -> list[Crate]:
    """Return the crates in which a parcel went, in the order in which they were begun."""
    journeys = Transit.objects.filter(
        Q(ended_at=None) | Q(ended_at__gte=parcel.packed_at), copy=parcel.assignment.copy_id, crate__isnull=False
    )
    if parcel.ended_at is not None:
        journeys = journeys.filter(requested_at__lte=parcel.ended_at)
    crates = Crate.objects.filter(pk__in=journeys.values("crate"))
    return list(
        crates.select_related("origin", "destination", "turned_from", "carried_by__place", "left_by__place").order_by(
            "opened_at"
        )
    )


# --- Links of the parcel


def _of_handovers(parcel: Parcel, crates: list[Crate]) -> Iterator[Link]:
    before = ""
    for link in parcel.handovers.select_related("place", "staff", "device__place"):
        yield Link(link.at, _handover_in_words(link, before, crates), _who(link))
        before = link.status


def _handover_in_words(link: Handover, before: str, crates: list[Crate]) -> str:
    if link.status == ParcelStatus.IN_CRATE and (crate := _being_filled(link, crates)) is not None:
        names = {"crate": crate, "place": crate.origin, "destination": crate.destination}
        return _("Put into crate %(crate)s at %(place)s, for %(destination)s.") % names
    what = link.status
    if before == link.status:
        what = READDRESSED
    elif link.status == ParcelStatus.PACKED and before:
        what = TAKEN_OUT
    return str(WORDS[what] if link.place is not None else WORDS_ELSEWHERE[what]) % {"place": link.place}


def _being_filled(link: Handover, crates: list[Crate]) -> Crate | None:
    """Return the crate that was open when a parcel was put into one."""
    open_then = (one for one in crates if one.opened_at <= link.at and (one.sealed_at or link.at) >= link.at)
    return next(open_then, None)


def _who(link: Handover) -> str:
    if link.device is not None:
        return _("%(device)s of %(place)s") % {"device": link.device, "place": link.device.place}
    return str(link.staff) if link.staff is not None else ""


# --- Links of its crates


def _of_crates(crates: list[Crate]) -> Iterator[Link]:
    subjects = {f"crate:{crate.pk}": crate.pk for crate in crates}
    acts = Act.objects.filter(subject__in=subjects, verb__in=OF_CRATES).select_related("staff").order_by("at")
    staff = {(subjects[act.subject], act.verb): str(act.staff or "") for act in acts}
    for crate in crates:
        for at, what, verb, device in _crate_in_words(crate):
            who = device or staff.get((crate.pk, verb), "")
            yield Link(at, what, who)


def _crate_in_words(crate: Crate) -> Iterator[tuple[dt.datetime, str, str, str]]:
    names = {
        "crate": crate,
        "origin": crate.origin,
        "place": crate.destination,
        "count": crate.parcels_declared,
    }
    if crate.sealed_at is not None:
        yield crate.sealed_at, _("Crate %(crate)s sealed at %(origin)s: %(count)s inside.") % names, "seal_crate", ""
    if crate.stood_since is not None:
        words = _("Crate %(crate)s left at %(point)s.") % {"crate": crate, "point": crate.turned_from}
        yield crate.stood_since, words, "", ""
    if crate.fetched_at is not None:
        words = _("Crate %(crate)s fetched from %(point)s.") % {"crate": crate, "point": crate.turned_from}
        yield crate.fetched_at, words, "", str(crate.carried_by or "")
    if crate.loaded_at is not None:
        taken = crate.carried_by
        words = _("Crate %(crate)s given to the van at %(origin)s.") % names
        yield crate.loaded_at, words, "load_crate", str(taken) if taken is not None else ""
    if crate.turned_at is not None:
        names |= {"point": crate.turned_from}
        words = _("%(point)s had closed: crate %(crate)s is brought to %(place)s.") % names
        yield crate.turned_at, words, "turn_back_crate", ""
    if crate.left_at is not None:
        words = _("Crate %(crate)s left at %(place)s; nobody there has received it yet.") % names
        yield crate.left_at, words, "", str(crate.left_by or "")
    if crate.received_at is not None:
        yield crate.received_at, _("Crate %(crate)s received at %(place)s.") % names, "receive_crate", ""
