"""What every page's frame needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from milanolib import clock

if TYPE_CHECKING:
    from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's facts: is this the demo, which day it is there, where the declaration stands."""
    return {
        "demo": settings.DEMO,
        "today": clock.today(),
        "accessibility_declaration_url": settings.ACCESSIBILITY_DECLARATION_URL,
        "request_id": getattr(request, "request_id", ""),
    }
