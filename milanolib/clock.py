"""The one clock. Every verb reads it once; nothing else asks the system for the time.

In the demo the clock can be moved forward by whole days (never back), so that reminders and due dates can be
seen. The offset lies in a file that all processes of the demo read; production never looks for it.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

ROME = ZoneInfo("Europe/Rome")


def now() -> dt.datetime:
    """Return the present instant, aware, in UTC."""
    return timezone.now() + dt.timedelta(days=offset_days())


def today() -> dt.date:
    """Return the present civil day in Milan."""
    return now().astimezone(ROME).date()


def local(instant: dt.datetime) -> dt.datetime:
    """Return `instant` as wall time in Milan."""
    return instant.astimezone(ROME)


def start_of(day: dt.date) -> dt.datetime:
    """Return the first instant of a civil day in Milan."""
    return dt.datetime.combine(day, dt.time.min, tzinfo=ROME)


def end_of(day: dt.date) -> dt.datetime:
    """Return the first instant after a civil day in Milan; a loan due on `day` is late from then on."""
    return start_of(day + dt.timedelta(days=1))


def years_from(day: dt.date, years: int) -> dt.date:
    """Return the same day some years later, or earlier where `years` is negative; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _offset_file() -> Path | None:
    folder = settings.DEMO_DIR if settings.DEMO else None
    return Path(folder) / "clock" if folder else None


def offset_days() -> int:
    """Return by how many days the demo runs ahead; 0 outside the demo."""
    path = _offset_file()
    if path is None:
        return 0
    try:
        return int(path.read_text())
    except (FileNotFoundError, ValueError):
        return 0


def move_forward(days: int) -> int:
    """Move the demo's clock on by `days` (at least 1) and return the new offset.

    Raises RuntimeError outside the demo.
    """
    path = _offset_file()
    if path is None or days < 1:
        raise RuntimeError("only the demo's clock moves, and only forward")
    offset = offset_days() + days
    part = path.with_suffix(".part")
    part.write_text(str(offset))
    part.replace(path)
    return offset
