"""The pictures of initiatives in the sizes that pages show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.cache import cache
from django.core.exceptions import ValidationError

from milanolib.pictures import fitted, opened

if TYPE_CHECKING:
    from partnerships.models import Initiative

COVER_WIDTHS = (480, 960)
KEPT_SECONDS = 24 * 60 * 60


def cover_rendition(initiative: Initiative, width: int) -> bytes | None:
    """Return the picture as WebP, at most so wide and high; None when there is none, or its file is gone.

    Made once a day for each width; a cache that is away only makes it slower.
    """
    if not initiative.cover:
        return None
    key = f"initiative-cover:{initiative.pk}:{initiative.cover_digest}:{width}"
    content = cache.get(key)
    if content is None:
        try:
            with initiative.cover.open("rb") as file:
                content = fitted(opened(file, None), width, width)
        except (FileNotFoundError, ValidationError):
            return None
        cache.set(key, content, KEPT_SECONDS)
    return content
