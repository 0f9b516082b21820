"""Photographs of places in the sizes that pages show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milanolib.pictures import rendition

if TYPE_CHECKING:
    from branches.models import PlacePhoto

PHOTO_WIDTHS = (480, 960)


def photo_rendition(photo: PlacePhoto, width: int) -> bytes | None:
    """Return the photograph as WebP, at most so wide and high; None when the file is gone or is no picture."""
    return rendition(photo.image, f"place-photo:{photo.pk}:{photo.digest}", width)
