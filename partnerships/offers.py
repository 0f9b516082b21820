"""An agreement as pages say it: the offer, for whom and when, in the language of the page. Nothing is asked here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from branches.geography import metres_between, walking_minutes
from branches.models import Weekday
from branches.public_texts import public_text
from branches.schematic import drawn_at, is_drawn
from partnerships.models import Audience, InstitutionKind, OfferKind
from partnerships.policy import holds_on, next_day_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from branches.geography import Landmark
    from branches.public_texts import PublicText
    from partnerships.models import Agreement, Institution


ICONS = {  # in static/portal/img/icons.svg
    InstitutionKind.CINEMA: "film",
    InstitutionKind.THEATRE: "audio",
    InstitutionKind.MUSEUM: "branch",
    InstitutionKind.MUSIC: "music",
    InstitutionKind.BOOKSHOP: "bookshop",
}


@dataclass(frozen=True)
class AgreementLine:
    """An agreement as a list or a page shows it. `next_day` is the first on which it holds, within a fortnight."""

    agreement: Agreement
    title: PublicText
    terms: PublicText
    offer: str
    audience: str
    days: str
    holds_today: bool
    next_day: dt.date | None
    minutes: int | None = None

    @property
    def is_used_up(self) -> bool:
        """Whether its quota is used up."""
        return self.agreement.left == 0

    @property
    def icon(self) -> str:
        """Return the picture of its house's kind."""
        return ICONS.get(InstitutionKind(self.agreement.institution.kind), "star")


@dataclass(frozen=True)
class HousePin:
    """A house on the drawn map: it leads to the first of its agreements in the list."""

    line: AgreementLine
    drawn_at: tuple[int, int]
    holds_today: bool


def pins_of(lines: Iterable[AgreementLine]) -> list[HousePin]:
    """Return one pin for each house of a list that lies within the drawing, in the order of the list."""
    by_house: dict[int, list[AgreementLine]] = {}
    for line in lines:
        by_house.setdefault(line.agreement.institution_id, []).append(line)
    pins = []
    for here in by_house.values():
        house = here[0].agreement.institution
        if is_drawn(house.latitude, house.longitude):
            holds_today = any(line.holds_today and not line.is_used_up for line in here)
            pins.append(HousePin(here[0], drawn_at(house.latitude or 0, house.longitude or 0), holds_today))
    return pins


def line_of(agreement: Agreement, today: dt.date, start: Landmark | None = None) -> AgreementLine:
    """Return an agreement in words, with its distance on foot from a start; fetch its institution with it."""
    return AgreementLine(
        agreement,
        title=public_text(agreement.title),
        terms=public_text(agreement.terms),
        offer=offer_words(agreement),
        audience=audience_words(agreement),
        days=days_words(agreement),
        holds_today=holds_on(agreement, today),
        next_day=next_day_of(agreement, today),
        minutes=minutes_to(agreement.institution, start),
    )


def lines_of(agreements: Iterable[Agreement], today: dt.date, start: Landmark | None = None) -> list[AgreementLine]:
    """Return several: nearest first from a start, in the order given without one."""
    lines = [line_of(one, today, start) for one in agreements]
    if start is not None:
        lines.sort(key=lambda line: line.minutes if line.minutes is not None else 10_000)
    return lines


def offer_words(agreement: Agreement) -> str:
    """Return what the reader gets, from the data alone."""
    if agreement.offer == OfferKind.PERCENTAGE:
        return _("%(percent)s%% less") % {"percent": agreement.percent}
    if agreement.offer == OfferKind.FIXED_PRICE:
        return _("%(price)s euros") % {"price": number_format(agreement.price or 0, decimal_pos=2)}
    return {
        OfferKind.TWO_FOR_ONE.value: _("two for the price of one"),
        OfferKind.FREE.value: _("free"),
        OfferKind.PRIORITY.value: _("booking before others"),
    }[agreement.offer]


def audience_words(agreement: Agreement) -> str:
    """Return for whom it is."""
    if agreement.with_companion:
        return _("%(whom)s, and one companion") % {"whom": _readers(agreement)}
    return _readers(agreement)


def _readers(agreement: Agreement) -> str:
    if agreement.audience == Audience.FAMILIES:
        return _("families with children")
    ages = {"first": agreement.age_from, "last": agreement.age_to}
    if agreement.audience == Audience.AGES and agreement.age_to is None:
        return _("readers of %(first)s and older") % ages
    if agreement.audience == Audience.AGES and agreement.age_from is None:
        return _("readers up to the age of %(last)s") % ages
    if agreement.audience == Audience.AGES:
        return _("readers from %(first)s to %(last)s years old") % ages
    return _("adult readers") if agreement.adults_only else _("every reader")


def days_words(agreement: Agreement) -> str:
    """Return on which days it holds."""
    if not agreement.weekdays:
        return _("every day but public holidays") if agreement.not_on_holidays else _("every day")
    names = ", ".join(str(Weekday(day).label) for day in sorted(agreement.weekdays))
    return _("%(days)s, not on public holidays") % {"days": names} if agreement.not_on_holidays else names


def minutes_to(institution: Institution, start: Landmark | None) -> int | None:
    """Return how long one walks there from a start; None without a start, or where nobody knows where it is."""
    if start is None or institution.latitude is None or institution.longitude is None:
        return None
    metres = metres_between(institution.latitude, institution.longitude, start.latitude, start.longitude)
    return walking_minutes(metres)
