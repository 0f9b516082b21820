"""What of a title can be reserved by itself: its volumes in the order of a shelf, its copies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from catalog.models import Copy
from catalog.states import MAY_SERVE

if TYPE_CHECKING:
    from catalog.models import Title
    from catalog.querysets import CopyQuerySet

_DIGITS = re.compile(r"(\d+)")


def in_order(volume: str) -> list[tuple[bool, int, str]]:
    """Let volume 2 come before volume 10."""
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in _DIGITS.split(volume)]


def copies_to_choose(title: Title) -> CopyQuerySet:
    """Return the copies of a title that a reservation can be for, by volume and library."""
    copies = Copy.objects.filter(title=title, status__in=MAY_SERVE, is_lendable=True).select_related("home")
    return copies.order_by("volume", "home__name", "barcode")


def volumes_to_choose(title: Title) -> list[str]:
    """Return the volumes of which copies can be reserved, in order; empty where it is not in volumes."""
    found = copies_to_choose(title).exclude(volume="").order_by().values_list("volume", flat=True).distinct()
    return sorted(found, key=in_order)
