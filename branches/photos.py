"""Photographs of places in the sizes that pages show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.cache import cache
from django.core.exceptions import ValidationError

from milanolib.pictures import fitted, opened

if TYPE_CHECKING:
    from branches.models import PlacePhoto

PHOTO_WIDTHS = (480, 960)
KEPT_SECONDS = 24 * 60 * 60


def photo_rendition(photo: PlacePhoto, width: int) -> bytes | None:
    """Return the photograph as WebP, at most so wide and high; None when the file is gone or is no picture.

    Made once a day for each width; a cache that is away only makes it slower.
    """
    key = f"place-photo:{photo.pk}:{photo.digest}:{width}"
    content = cache.get(key)
    if content is None:
        try:
            with photo.image.open("rb") as file:
                content = fitted(opened(file, None), width, width)
        except (FileNotFoundError, ValidationError):
            return None
        cache.set(key, content, KEPT_SECONDS)
    return content
