"""Initiatives of the last year in numbers: dates, places, who came, what was full, how accessible it was."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from milanolib import clock
from milanolib.figures import A_YEAR, Part, Row
from partnerships.initiatives.states import InitiativeStatus
from partnerships.models import InitiativeDate, InitiativeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from branches.models import Place


def figures_of(places: Iterable[Place]) -> list[Part[Row]]:
    """Return the figures of the dates that took place in the last year at some libraries: one statement."""
    now = clock.now()
    held = InitiativeDate.objects.planned().filter(ends_at__gt=now - A_YEAR, ends_at__lte=now)
    held = held.filter(initiative__status=InitiativeStatus.PUBLISHED, initiative__place__in=places)
    dates = list(held.select_related("initiative__place").with_came())

    def by(label: Callable[[InitiativeDate], str], number: Callable[[InitiativeDate], int]) -> list[Row]:
        found: Counter[str] = Counter()
        for date in dates:
            found[label(date)] += number(date)
        return [Row(name, total) for name, total in sorted(found.items())]

    def kind(date: InitiativeDate) -> str:
        return str(InitiativeKind(date.initiative.kind).label)

    def place(date: InitiativeDate) -> str:
        return date.initiative.place.name

    def came(date: InitiativeDate) -> int:
        return int(date.came)  # type: ignore[attr-defined]  # annotated above

    return [
        Part("dates_by_kind", _("Dates by kind"), by(kind, lambda _date: 1)),
        Part("dates_by_library", _("Dates by library"), by(place, lambda _date: 1)),
        Part("came_by_kind", _("People who came, by kind"), by(kind, came)),
        Part("came_by_library", _("People who came, by library"), by(place, came)),
        Part("places", _("Places and people"), _places(dates, came)),
        Part("accessibility", _("Accessibility of what was offered"), _accessibility(dates)),
    ]


def _places(dates: Sequence[InitiativeDate], came: Callable[[InitiativeDate], int]) -> list[Row]:
    counted = [one for one in dates if one.places is not None]
    return [
        Row(_("places offered"), sum(one.places or 0 for one in counted)),
        Row(_("places taken"), sum(one.taken for one in counted)),
        Row(_("people who came"), sum(map(came, counted))),
        Row(_("dates with no place left"), sum(one.left == 0 for one in counted)),
        Row(_("people left on waiting lists"), sum(one.waiting for one in counted)),
    ]


def _accessibility(dates: Sequence[InitiativeDate]) -> list[Row]:
    initiatives = [one.initiative for one in dates]
    return [
        Row(_("dates in all"), len(dates)),
        Row(_("without a step"), sum(one.is_step_free is True for one in initiatives)),
        Row(_("with steps"), sum(one.is_step_free is False for one in initiatives)),
        Row(_("nobody knows whether there are steps"), sum(one.is_step_free is None for one in initiatives)),
        Row(_("with sign language"), sum(one.sign_language for one in initiatives)),
        Row(_("in another language than Italian"), sum(one.language != "it" for one in initiatives)),
    ]
