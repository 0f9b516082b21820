"""What a reader can reserve of a title: this edition, any edition, or one of its volumes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from branches.geography import POINT, start_of
from catalog.models import Copy
from catalog.states import MAY_SERVE
from loans.blocks import reader_rule
from loans.choosing import in_order
from loans.errors import ReaderClosed
from loans.models import Hold
from loans.states import HoldLevel
from portal.start import start_of_request

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import Reader
    from branches.geography import Landmark
    from catalog.models import Title
    from loans.models import ReaderRule


@dataclass(frozen=True)
class Target:
    """One thing that can be reserved, as the page offers it; `value` is what the form sends."""

    level: HoldLevel
    label: str
    volume: str = ""

    @property
    def value(self) -> str:
        """Return the level, with the volume where it is one."""
        return f"{self.level}:{self.volume}" if self.volume else str(self.level)


def targets_to_choose(title: Title) -> list[Target]:
    """Return what can be reserved of a title, the usual one first: one statement. Never empty.

    Of a title in several volumes a reader wants one, so these stand alone. Any edition is offered where a copy of
    another one could come.
    """
    lendable = Copy.objects.filter(title__work=title.work_id, status__in=MAY_SERVE, is_lendable=True)
    found = set(lendable.values_list("title", "volume"))
    volumes = sorted({volume for pk, volume in found if pk == title.pk and volume}, key=in_order)
    if len(volumes) > 1:
        return [
            Target(HoldLevel.VOLUME, _("Volume %(volume)s") % {"volume": volume}, volume=volume) for volume in volumes
        ]
    others = len({pk for pk, _volume in found if pk != title.pk})
    this = Target(HoldLevel.TITLE, _this_edition(title))
    if not others:
        return [this]
    any_edition = Target(HoldLevel.WORK, _any_edition(others))
    return [this, any_edition] if any(pk == title.pk for pk, _volume in found) else [any_edition]


def target_of(title: Title, value: str) -> Target:
    """Return what the form chose; the usual one where there was nothing to choose."""
    targets = targets_to_choose(title)
    return next((target for target in targets if target.value == value), targets[0])


def _this_edition(title: Title) -> str:
    facts = ", ".join(str(fact) for fact in (title.publisher, title.year) if fact)
    return _("This edition: %(facts)s") % {"facts": facts} if facts else _("This edition")


def _any_edition(others: int) -> str:
    return ngettext(
        "Any edition: the first that comes, this one or %(count)s other",
        "Any edition: the first that comes, this one or %(count)s others",
        others,
    ) % {"count": others}


def rule_of(reader: Reader) -> ReaderRule | None:
    """Return how much the reader may have; None for a closed card, of which the verb says what to do."""
    try:
        return reader_rule(reader)
    except ReaderClosed:
        return None


def start_for(request: HttpRequest, reader: Reader) -> Landmark | None:
    """Return where distances are counted from: what was asked for in this session, else the reader's usual point."""
    return start_of_request(request) or start_at(usual_point(reader))


def start_at(point: str | None) -> Landmark | None:
    """Return a point as a start; None where its coordinates are not known."""
    return start_of(f"{POINT}{point}") if point is not None else None


def hold_to_be(reader: Reader, title: Title, target: Target | None) -> Hold | None:
    """Return the reservation that would be made, not saved, so that its day can be expected; None of an unknown volume.

    The copy that comes first is the same wherever it is collected, so it has no point yet.
    """
    if target is None:
        return None
    is_any = target.level == HoldLevel.WORK
    return Hold(
        reader=reader,
        work_id=title.work_id,
        title=None if is_any else title,
        level=target.level,
        volume=target.volume,
    )


def usual_point(reader: Reader) -> str | None:
    """Return the point where the reader collected last, to be proposed first."""
    last = Hold.objects.filter(reader=reader).select_related("pickup_place").order_by("-placed_at").first()
    return last.pickup_place.code if last else None
