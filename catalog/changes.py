"""When the catalogue last changed: a mark for pages that are kept, other after each change of a title.

Copies and loans are no part of it: what they say changes every minute, and who keeps a page looks at them itself.
"""

from __future__ import annotations

import secrets

from django.core.cache import cache
from django.db import transaction

CHANGED = "catalogue-changed"  # the mark's name in the cache


def note_change() -> None:
    """Make what was kept of the catalogue old: at once, and again when the change can be seen by others."""
    _mark()
    transaction.on_commit(_mark, robust=True)


def _mark() -> None:
    cache.set(CHANGED, secrets.token_hex(8), timeout=None)
