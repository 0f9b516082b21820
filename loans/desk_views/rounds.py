"""The crates of a day, by the round that takes them: all libraries together, because the van knows no border."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from loans.crate_reads import crates_by_round
from loans.desk_views.frame import at_desk, desk_page
from milanolib import clock

if TYPE_CHECKING:
    from django.http import HttpResponse

    from branches.models import Place
    from milanolib.http import Request

ONE_DAY = dt.timedelta(days=1)
YEARS = range(2000, 2100)


@require_GET
@at_desk
def by_round(request: Request, place: Place) -> HttpResponse:
    """Show the crates of each round of a day, and those that no round is planned for."""
    day = _asked(request)
    context = {
        "day": day,
        "before": day - ONE_DAY,
        "after": day + ONE_DAY,
        "is_today": day == clock.today(),
        "rounds": crates_by_round(day),
    }
    return desk_page(request, "loans/desk/rounds.html", _("Crates by round"), context, place=place)


def _asked(request: Request) -> dt.date:
    """Return the day that the address names; today where it names none, or none that there is."""
    try:
        day = dt.date.fromisoformat(request.GET.get("giorno", ""))
    except ValueError:
        return clock.today()
    return day if day.year in YEARS else clock.today()
