"""The pictures of initiatives in the sizes that pages show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milanolib.pictures import rendition

if TYPE_CHECKING:
    from partnerships.models import Initiative

COVER_WIDTHS = (480, 960)


def cover_rendition(initiative: Initiative, width: int) -> bytes | None:
    """Return the picture as WebP, at most so wide and high; None when there is none, or its file is gone."""
    if not initiative.cover:
        return None
    return rendition(initiative.cover, f"initiative-cover:{initiative.pk}:{initiative.cover_digest}", width)
