"""What volunteers say of their library from a phone: open until, closed today, hours, books, events.

What holds for today becomes a dated row of the calendar that every page reads, so it ends by itself at midnight.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils.formats import time_format

from accounts.services import note_act
from branches.models import Closure, Device, Place, SpecialOpening
from milanolib import clock
from milanolib.db import lock
from proximity.errors import ClosedByTheLibrary, EventIsPast, HourIsPast, NotPartOfTheNetwork, TooManyEvents
from proximity.models import CondominiumEvent, CondominiumLibrary, TodaysWord

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User

MOST_EVENTS = 20
SAID_CLOSED = {"it": "I volontari dicono: oggi chiuso.", "en": "The volunteers say: closed today."}


def library_of(place: Place) -> CondominiumLibrary:
    """Return what a condominium library says of itself; made when it is first asked for."""
    library, _is_new = CondominiumLibrary.objects.get_or_create(place=place)
    return library


# --- Today


@transaction.atomic
def say_open_until(library: CondominiumLibrary, until: dt.time, *, device: Device | None) -> TodaysWord:
    """The library is open from now until an hour of today (wall time), instead of its usual hours. Safe to repeat.

    What was said of today before is replaced. Raises HourIsPast, ClosedByTheLibrary, NotPartOfTheNetwork.
    """
    word, now = _words_of_today(library)
    if word is not None and word.until == until and word.opening_id is not None:
        return word
    if until <= now.time():
        raise HourIsPast(hour=time_format(until, "H:i"))
    if _closures_of_others(library, word, now.date()).exists():
        raise ClosedByTheLibrary
    opens = word.opening.opens if word is not None and word.opening is not None else _now_or_later(library, now)
    _take_back(word)
    opening = SpecialOpening.objects.create(place_id=library.pk, on=now.date(), opens=opens, closes=until)
    return _write(library, now, device, until=until, opening=opening)


@transaction.atomic
def say_closed_today(library: CondominiumLibrary, *, device: Device | None) -> TodaysWord:
    """The library is closed for the rest of today, whatever its hours say. Safe to repeat.

    What was said of today before is replaced. Raises NotPartOfTheNetwork.
    """
    word, now = _words_of_today(library)
    if word is not None and word.until is None:
        return word
    is_closed_already = _closures_of_others(library, word, now.date()).exists()
    _take_back(word)
    closure = None
    if not is_closed_already:
        closure = Closure.objects.create(
            place_id=library.pk, starts_on=now.date(), ends_on=now.date(), reason=SAID_CLOSED
        )
    return _write(library, now, device, closure=closure)


@transaction.atomic
def take_back_word(library: CondominiumLibrary) -> None:
    """What was said of today was a slip: the usual hours hold again. Safe to repeat."""
    lock(library)
    _take_back(word_of(library, clock.today()))


def word_of(library: CondominiumLibrary, day: dt.date) -> TodaysWord | None:
    """Return what volunteers said of a day."""
    return TodaysWord.objects.select_related("opening", "closure").filter(library=library, on=day).first()


def _words_of_today(library: CondominiumLibrary) -> tuple[TodaysWord | None, dt.datetime]:
    """Lock the library; return what was said of today and the time that it is in Milan."""
    lock(library)
    now = clock.local(clock.now())
    if not Place.objects.open_to_readers(now.date()).filter(pk=library.pk).exists():
        raise NotPartOfTheNetwork
    return word_of(library, now.date()), now


def _closures_of_others(library: CondominiumLibrary, word: TodaysWord | None, day: dt.date) -> QuerySet[Closure]:
    closures = Closure.objects.filter(Q(ends_on=None) | Q(ends_on__gte=day), place=library.pk, starts_on__lte=day)
    return closures.exclude(pk=word.closure_id) if word is not None and word.closure_id is not None else closures


def _now_or_later(library: CondominiumLibrary, now: dt.datetime) -> dt.time:
    """Return this minute, or the first after it at which a librarian's own opening of today does not begin."""
    taken = set(SpecialOpening.objects.filter(place=library.pk, on=now.date()).values_list("opens", flat=True))
    opens = now.replace(second=0, microsecond=0)
    while opens.time() in taken:
        opens += dt.timedelta(minutes=1)
    return opens.time()


def _take_back(word: TodaysWord | None) -> None:
    if word is None:
        return
    word.delete()
    for row in (word.opening, word.closure):
        if row is not None:
            row.delete()


def _write(
    library: CondominiumLibrary,
    now: dt.datetime,
    device: Device | None,
    *,
    until: dt.time | None = None,
    opening: SpecialOpening | None = None,
    closure: Closure | None = None,
) -> TodaysWord:
    return TodaysWord.objects.create(
        library=library, on=now.date(), until=until, opening=opening, closure=closure, device=device, said_at=now
    )


# --- For longer


@transaction.atomic
def describe_library(
    library: CondominiumLibrary, *, italian: str, english: str, own_books: int | None
) -> CondominiumLibrary:
    """Write the hours in plain words and the number of own books. Languages that are not named stay. Safe to repeat.

    Without Italian words there are none in English either: readers of other languages fall back on Italian.
    """
    lock(library)
    others = {one: text for one, text in library.hours_in_words.items() if one not in {"it", "en"}}
    said = {"it": italian.strip(), "en": english.strip()} if italian.strip() else {}
    library.hours_in_words = {one: text for one, text in said.items() if text} | (others if said else {})
    library.own_books = own_books
    library.save(update_fields=["hours_in_words", "own_books"])
    return library


@transaction.atomic
def add_event(
    library: CondominiumLibrary,
    *,
    on: dt.date,
    starts: dt.time,
    title: dict[str, str],
    text: dict[str, str],
    actor: User | None = None,
) -> CondominiumEvent:
    """Announce something at the library. The same one again at the same time is the one that stands.

    Raises EventIsPast, TooManyEvents.
    """
    lock(library)
    now = clock.local(clock.now())
    if (on, starts) < (now.date(), now.time()):
        raise EventIsPast
    known = CondominiumEvent.objects.filter(library=library, on=on, starts=starts, title=title).first()
    if known is not None:
        return known
    if events_ahead(library, now.date()).count() >= MOST_EVENTS:
        raise TooManyEvents(most=MOST_EVENTS)
    event = CondominiumEvent.objects.create(library=library, on=on, starts=starts, title=title, text=text)
    note_act("add_event", f"condominium-event:{event.pk}", actor=actor, place_code=library.place.code)
    return event


@transaction.atomic
def remove_event(library: CondominiumLibrary, event_id: int) -> None:
    """Take an event of this library away; one that is gone, or another library's, stays as it is. Safe to repeat."""
    lock(library)
    CondominiumEvent.objects.filter(library=library, pk=event_id).delete()


def events_ahead(library: CondominiumLibrary, day: dt.date) -> QuerySet[CondominiumEvent]:
    """Return what is on at a library from a day on, soonest first: the day's own stay in sight until midnight."""
    return CondominiumEvent.objects.filter(library=library, on__gte=day).order_by("on", "starts", "pk")
