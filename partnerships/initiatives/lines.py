"""An initiative as pages say it: when, where, for whom, places left, in the language of the page. Nothing is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from branches.geography import metres_between, walking_minutes
from branches.public_texts import public_text
from milanolib import clock
from partnerships.models import ForWhom, Rhythm

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from branches.geography import Landmark
    from branches.public_texts import PublicText
    from partnerships.models import Initiative, InitiativeDate


@dataclass(frozen=True)
class InitiativeLine:
    """An initiative as a list or a page shows it, with its dates to come, the next one first."""

    initiative: Initiative
    title: PublicText
    text: PublicText
    alt: PublicText
    audience: str
    where: str
    dates: list[InitiativeDate] = field(default_factory=list)
    minutes: int | None = None

    @property
    def next_date(self) -> InitiativeDate | None:
        """Return the first date that takes place; None when none is to come."""
        return next((one for one in self.dates if not one.is_cancelled), None)

    @property
    def later(self) -> int:
        """Return how many dates follow the next one."""
        return max(0, sum(not one.is_cancelled for one in self.dates) - 1)

    @property
    def is_series(self) -> bool:
        """Whether its dates are booked all together."""
        return self.initiative.rhythm == Rhythm.SERIES


def line_of(initiative: Initiative, dates: Iterable[InitiativeDate], start: Landmark | None = None) -> InitiativeLine:
    """Return an initiative in words, with its distance on foot from a start; fetch its place with it."""
    return InitiativeLine(
        initiative,
        title=public_text(initiative.title),
        text=public_text(initiative.text),
        alt=public_text(initiative.cover_alt),
        audience=audience_words(initiative),
        where=initiative.venue or initiative.place.name,
        dates=list(dates),
        minutes=_minutes_to(initiative, start),
    )


def lines_of(dates: Iterable[InitiativeDate], start: Landmark | None = None) -> list[InitiativeLine]:
    """Return the initiatives of dates, each once, in the order of its first; nearest first from a start."""
    by_initiative: dict[int, list[InitiativeDate]] = {}
    for date in dates:
        by_initiative.setdefault(date.initiative_id, []).append(date)
    lines = [line_of(own[0].initiative, own, start) for own in by_initiative.values()]
    if start is not None:
        lines.sort(key=lambda line: line.minutes if line.minutes is not None else 10_000)
    return lines


def audience_words(initiative: Initiative) -> str:
    """Return for whom it is, with the ages where some are meant."""
    whom = str(ForWhom(initiative.audience).label)
    ages = {"whom": whom, "first": initiative.age_from, "last": initiative.age_to}
    if initiative.age_from is not None and initiative.age_to is not None:
        return _("%(whom)s, from %(first)s to %(last)s years old") % ages
    if initiative.age_from is not None:
        return _("%(whom)s, from the age of %(first)s") % ages
    if initiative.age_to is not None:
        return _("%(whom)s, up to the age of %(last)s") % ages
    return whom


def when_words(date: InitiativeDate) -> str:
    """Return when a date is, by the wall clock of Milan: one day with its hours, or the days of a longer one."""
    starts, ends = clock.local(date.starts_at), clock.local(date.ends_at)
    first, last = date_format(starts, "l j F Y"), date_format(ends, "l j F Y")
    if (ends - starts).total_seconds() > 24 * 60 * 60:
        return _("from %(first)s to %(last)s") % {"first": first, "last": last}
    return _("%(day)s, %(starts)s–%(ends)s") % {"day": first, "starts": f"{starts:%H:%M}", "ends": f"{ends:%H:%M}"}


def days_of(date: InitiativeDate, first: dt.date, last: dt.date) -> list[dt.date]:
    """Return the civil days of a stretch that a date touches; what ends at midnight does not touch the next day."""
    starts = clock.local(date.starts_at).date()
    ends = clock.local(date.ends_at)
    until = ends.date()
    if until > starts and ends.time().isoformat() == "00:00:00":
        until = until.fromordinal(until.toordinal() - 1)
    span = range(max(starts, first).toordinal(), min(until, last).toordinal() + 1)
    return [first.fromordinal(one) for one in span]


def _minutes_to(initiative: Initiative, start: Landmark | None) -> int | None:
    where = initiative.position
    if start is None or where is None:
        return None
    return walking_minutes(metres_between(*where, start.latitude, start.longitude))
