"""Pictures that people upload, made safe and small: WebP of fixed widths, without the camera's data."""

from __future__ import annotations

import io
import struct
import warnings
from hashlib import sha256
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

if TYPE_CHECKING:
    from typing import IO

    from django.core.files import File

LARGEST_BYTES = 12 * 1024 * 1024
LARGEST_PIXELS = 40_000_000
KEPT_POINTS = (2_000, 2_000)  # more is thrown away at once: turning and joining cost several times the picture
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
QUALITY = 80
KEPT_SECONDS = 24 * 60 * 60
DIGEST = 16  # characters that name a picture's content in its address


def opened(upload: IO[bytes], size: int | None) -> Image.Image:
    """Return an uploaded picture, upright and in RGB. Raises ValidationError with what the person can do."""
    if size is not None and size > LARGEST_BYTES:
        raise ValidationError(_("This picture is larger than 12 MB: save it smaller and choose it again."))
    upload.seek(0)
    with warnings.catch_warnings(action="ignore"):  # of cameras that write what they should not
        try:
            picture = Image.open(upload, formats=FORMATS)
            if picture.width * picture.height > LARGEST_PIXELS:
                raise ValidationError(_("This picture has more than 40 million points: save it smaller."))
            picture.draft("RGB", KEPT_POINTS)
            picture.thumbnail(KEPT_POINTS, Image.Resampling.LANCZOS)
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise ValidationError(_("This is no picture that we can read: choose a JPEG, PNG, WebP or GIF.")) from error
        upright = _upright(picture)
    if upright.mode in {"RGBA", "LA", "P"}:
        over = upright.convert("RGBA")
        white = Image.new("RGBA", over.size, "white")
        return Image.alpha_composite(white, over).convert("RGB")
    return upright.convert("RGB")


def _upright(picture: Image.Image) -> Image.Image:
    """Return the picture turned as the camera says; as it lies where what the camera says makes no sense."""
    try:
        return ImageOps.exif_transpose(picture)
    except (struct.error, ValueError, TypeError, SyntaxError, KeyError):
        return picture


def rendition(stored: File, name: str, width: int) -> bytes | None:
    """Return a picture that was kept as WebP, at most so wide and high; None when its file is gone or is no picture.

    `name` stands for the picture as it is now. Made once a day for each width; a cache that is away only makes it
    slower.
    """
    key = f"{name}:{width}"
    content: bytes | None = cache.get(key)
    if content is None:
        try:
            with stored.open("rb") as file:
                content = fitted(opened(file, None), width, width)
        except (FileNotFoundError, ValidationError):
            return None
        cache.set(key, content, KEPT_SECONDS)
    return content


def fitted(picture: Image.Image, width: int, height: int) -> bytes:
    """Return the picture as WebP within `width` x `height` points, its shape kept, never enlarged."""
    small = picture.copy()
    small.thumbnail((width, height), Image.Resampling.LANCZOS)
    return webp(small)


def webp(picture: Image.Image) -> bytes:
    """Return the picture as WebP bytes."""
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()


def digest_of(content: bytes) -> str:
    """Return what names this content in an address that may be kept for ever."""
    return sha256(content).hexdigest()[:DIGEST]
