"""Verbs of those who prepare initiatives: plan dates, publish, move and cancel a date, cancel all, copy last year's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.text import capfirst

from accounts.services import note_act
from milanolib import clock
from milanolib.db import lock
from outbox.events import emit
from partnerships.initiatives.booking import counting_date, say_of_series
from partnerships.initiatives.errors import (
    DateEndsBeforeItBegins,
    DateIsCancelled,
    DateIsOver,
    DateStandsAlready,
    InitiativeIncomplete,
    InitiativeIsCancelled,
    InitiativeUnseen,
    NoDates,
    PlacesBookedAlready,
)
from partnerships.initiatives.policy import missing_of
from partnerships.initiatives.recurring import a_year_later, dates_of
from partnerships.initiatives.states import DateStatus, InitiativeStatus
from partnerships.models import Initiative, InitiativeDate

if TYPE_CHECKING:
    import datetime as dt

    from accounts.models import User
    from partnerships.initiatives.recurring import Recurrence

PREPARED = (  # what a copy takes over
    "place_id",
    "institution_id",
    "kind",
    "rhythm",
    "title",
    "text",
    "venue",
    "address",
    "latitude",
    "longitude",
    "step_free",
    "sign_language",
    "language",
    "audience",
    "age_from",
    "age_to",
    "places",
    "waiting_places",
    "per_family",
    "copies_aside",
    "is_demo",
)


@transaction.atomic
def plan_dates(initiative: Initiative, rule: Recurrence, *, actor: User | None) -> int:
    """Write a row for each date of a rule; return how many are new. Safe to repeat: what stands stays as it is.

    Raises NoDates, InitiativeIsCancelled.
    """
    lock(initiative)
    _refuse_cancelled(initiative)
    spans = dates_of(rule)
    if not spans:
        raise NoDates
    known = {one for times in initiative.dates.values_list("starts_at", "planned_for") for one in times}
    new = [
        InitiativeDate(
            initiative=initiative,
            starts_at=starts,
            ends_at=ends,
            places=initiative.places,
            waiting_places=initiative.waiting_places,
        )
        for starts, ends in spans
        if starts not in known
    ]
    InitiativeDate.objects.bulk_create(new)
    if new:
        say_of_series(counting_date(new[0]))
        note_act("plan_dates", f"initiative:{initiative.pk}", actor=actor)
    return len(new)


@transaction.atomic
def publish_initiative(initiative: Initiative, *, actor: User | None) -> Initiative:
    """Let readers see it. Safe to repeat. Raises InitiativeIncomplete, InitiativeIsCancelled."""
    lock(initiative)
    if initiative.status == InitiativeStatus.PUBLISHED:
        return initiative
    _refuse_cancelled(initiative)
    missing = [_name_of(name) for name in missing_of(initiative)]
    if not initiative.dates.exists():
        missing.append(str(InitiativeDate._meta.verbose_name_plural))  # noqa: SLF001  Django's own way
    if missing:
        raise InitiativeIncomplete(missing=", ".join(map(capfirst, missing)))
    initiative.status = InitiativeStatus.PUBLISHED
    initiative.published_at = clock.now()
    initiative.save(update_fields=["status", "published_at"])
    note_act("publish_initiative", f"initiative:{initiative.pk}", actor=actor)
    return initiative


@transaction.atomic
def cancel_initiative(initiative: Initiative, *, note: str = "", actor: User | None) -> Initiative:
    """Cancel it with all dates to come, and tell everybody who is booked once. Safe to repeat.

    Raises InitiativeUnseen for a draft: nobody has seen it, it is deleted instead.
    """
    dates = list(initiative.dates.planned().filter(ends_at__gt=clock.now()))
    lock(initiative, dates)
    if initiative.status == InitiativeStatus.CANCELLED:
        return initiative
    if initiative.status == InitiativeStatus.DRAFT:
        raise InitiativeUnseen
    initiative.status = InitiativeStatus.CANCELLED
    initiative.save(update_fields=["status"])
    for date in dates:
        _cancel(date, note)
    note_act("cancel_initiative", f"initiative:{initiative.pk}", actor=actor, reason=note)
    return initiative


@transaction.atomic
def cancel_date(date: InitiativeDate, *, note: str = "", actor: User | None) -> InitiativeDate:
    """Cancel one date; its row stays, so that readers see that it does not take place. Safe to repeat.

    Everybody booked is told once. Raises DateIsOver.
    """
    lock(date)
    if date.is_cancelled:
        return date
    _refuse_over(date)
    _cancel(date, note)
    note_act("cancel_date", f"initiativedate:{date.pk}", actor=actor, reason=note)
    return date


@transaction.atomic
def move_date(
    date: InitiativeDate, starts_at: dt.datetime, ends_at: dt.datetime, *, note: str = "", actor: User | None
) -> InitiativeDate:
    """Move one date to another time; what is booked stays booked, and everybody is told once. Safe to repeat.

    Raises DateIsOver, DateIsCancelled, DateEndsBeforeItBegins, DateStandsAlready.
    """
    lock(date)
    if (date.starts_at, date.ends_at) == (starts_at, ends_at):
        return date
    if date.is_cancelled:
        raise DateIsCancelled
    _refuse_over(date)
    if ends_at <= starts_at:
        raise DateEndsBeforeItBegins
    if starts_at <= clock.now():
        raise DateIsOver
    if InitiativeDate.objects.filter(initiative=date.initiative_id, starts_at=starts_at).exclude(pk=date.pk).exists():
        raise DateStandsAlready
    date.planned_for = date.planned_for or date.starts_at
    date.starts_at, date.ends_at, date.note = starts_at, ends_at, note
    date.save(update_fields=["planned_for", "starts_at", "ends_at", "note"])
    note_act("move_date", f"initiativedate:{date.pk}", actor=actor, reason=note)
    key = f"partnerships.date_moved:{date.pk}:{starts_at.isoformat()}:{ends_at.isoformat()}"
    emit("partnerships.date_moved", key=key, date_id=date.pk, starts=starts_at.isoformat(), ends=ends_at.isoformat())
    return date


@transaction.atomic
def set_places(date: InitiativeDate, places: int | None, waiting_places: int, *, actor: User | None) -> InitiativeDate:
    """Offer more or fewer places at one date, of a series at all. Safe to repeat. Raises PlacesBookedAlready."""
    date = counting_date(date)
    lock(date)
    if (date.places, date.waiting_places) == (places, waiting_places):
        return date
    if date.taken > (places or 0) or date.waiting > waiting_places:
        raise PlacesBookedAlready(taken=date.taken, waiting=date.waiting)
    date.places, date.waiting_places = places, waiting_places
    date.save(update_fields=["places", "waiting_places"])
    say_of_series(date)
    note_act("set_places", f"initiativedate:{date.pk}", actor=actor)
    emit("partnerships.places_freed", key=f"partnerships.places_freed:{date.pk}:{clock.now()}", date_id=date.pk)
    return date


@transaction.atomic
def copy_initiative(initiative: Initiative, *, actor: User | None) -> Initiative:
    """Copy an initiative as a draft with its planned dates 52 weeks later, at the same wall times; return the draft.

    Safe to repeat: a draft copied from it already is returned. Cancelled dates are left out, changed ones keep the
    change. The picture is not copied: two initiatives would share a file.
    """
    lock(initiative)
    draft = Initiative.objects.filter(copied_from=initiative, status=InitiativeStatus.DRAFT).first()
    if draft is not None:
        return draft
    taken_over = {name: getattr(initiative, name) for name in PREPARED}
    draft = Initiative.objects.create(**taken_over, copied_from=initiative)
    draft.titles.set(initiative.titles.all())
    InitiativeDate.objects.bulk_create(
        InitiativeDate(
            initiative=draft,
            starts_at=a_year_later(one.starts_at),
            ends_at=a_year_later(one.ends_at),
            places=one.places,
            waiting_places=one.waiting_places,
        )
        for one in initiative.dates.planned()
    )
    note_act("copy_initiative", f"initiative:{draft.pk}", actor=actor)
    return draft


def _cancel(date: InitiativeDate, note: str) -> None:
    date.status, date.note = DateStatus.CANCELLED, note
    date.save(update_fields=["status", "note"])
    emit("partnerships.date_cancelled", key=f"partnerships.date_cancelled:{date.pk}", date_id=date.pk)


def _refuse_cancelled(initiative: Initiative) -> None:
    if initiative.status == InitiativeStatus.CANCELLED:
        raise InitiativeIsCancelled


def _refuse_over(date: InitiativeDate) -> None:
    if date.is_over(clock.now()):
        raise DateIsOver


def _name_of(field: str) -> str:
    return str(Initiative._meta.get_field(field).verbose_name)  # type: ignore[union-attr]  # noqa: SLF001  Django's own way
