"""Covers of editions: the picture that a librarian put up, else one drawn from the title; kept once made.

No cover is ever asked of anybody outside. The address names the picture's content, so that browsers may keep it.
"""

from __future__ import annotations

import logging
import re
import secrets
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse

from accounts.services import note_act
from catalog.changes import note_change
from catalog.cover_drawing import DESIGN, Wording, drawn
from catalog.models import Cover, Title
from milanolib import clock
from milanolib.pictures import DIGEST, digest_of, fitted, opened

if TYPE_CHECKING:
    from accounts.models import User

log = logging.getLogger(__name__)
SIZES = {"s": (80, 120), "m": (240, 360)}  # width and height in points; nothing else is ever made
KEPT_AT_MOST = (600, 900)  # of the picture that was put up
_DIGEST = re.compile(rf"[0-9a-f]{{{DIGEST}}}")


def cover_url(title: Title, size: str = "m") -> str:
    """Return the address of a title's cover in one of `SIZES`; asks the database nothing.

    With `contributions` (and their agents) and `cover` fetched, as `Title.objects.for_list()` does, it names the
    picture's content and may be kept for ever; without them the browser asks whether it has changed.
    """
    address = reverse("portal:cover", args=[title.pk, size])
    digest = _digest_at_hand(title)
    return f"{address}?v={digest}" if digest else address


def cover_digest(title: Title) -> str:
    """Return what names the picture that a title has now; needs what `cover_url` needs, else asks for it."""
    cover = _cover_of(title)
    return cover.digest if cover is not None else _drawn_digest(_wording(title))


def cover_picture(title: Title, size: str) -> bytes:
    """Return a title's cover as WebP, made and kept the first time. Raises KeyError for a size not in `SIZES`.

    A picture whose file is gone or cannot be read gives way to the drawn one.
    """
    width, height = SIZES[size]
    cover = _cover_of(title)
    if cover is not None:
        name = f"covers/{cover.pk}-{cover.digest}-{size}.webp"
        content = _kept(name) or _keep(name, _put_up(cover, width, height))
        if content:
            return content
    wording = _wording(title)
    digest = _drawn_digest(wording)
    name = f"covers/drawn/{digest[:2]}/{digest}-{size}.webp"
    return _kept(name) or _keep(name, drawn(wording, width, height))


def put_up_cover(title: Title, file: IO[bytes], actor: User | None) -> Cover:
    """Show this picture as the cover of an edition, in the place of any other.

    Raises ValidationError, with what the person can do, when the file is no picture or too large.
    """
    picture = opened(file, getattr(file, "size", None))
    content = fitted(picture, *KEPT_AT_MOST)
    digest = digest_of(content)
    name = default_storage.save(f"covers/{title.pk}-{digest}.webp", ContentFile(content))
    with transaction.atomic():
        title = Title.objects.select_for_update(no_key=True, of=("self",)).only("pk").get(pk=title.pk)
        before = Cover.objects.filter(title=title).first()
        cover, _is_new = Cover.objects.update_or_create(
            title=title,
            defaults={"image": name, "digest": digest, "put_up_by": actor, "put_up_at": clock.now()},
        )
        note_act("put_up_cover", f"title:{title.pk}", actor=actor)
        note_change()
        if before is not None:
            transaction.on_commit(lambda: _remove(before, spare=cover.digest if before.image == name else ""))
    return cover


def take_down_cover(title: Title, actor: User | None) -> bool:
    """Take the picture away; the edition has a drawn cover again. Safe to repeat; return whether there was one."""
    with transaction.atomic():
        cover = Cover.objects.select_for_update().filter(title=title.pk).first()
        if cover is None:
            return False
        gone = Cover(title_id=cover.title_id, image=cover.image.name, digest=cover.digest)
        cover.delete()
        note_act("take_down_cover", f"title:{gone.title_id}", actor=actor)
        note_change()
        transaction.on_commit(lambda: _remove(gone))
    return True


def _cover_of(title: Title) -> Cover | None:
    try:
        return title.cover
    except Cover.DoesNotExist:
        return None


def _digest_at_hand(title: Title) -> str:
    """Return the digest where all that it is made of was fetched, else ''."""
    is_fetched = title._state.fields_cache.get("cover", ...) is not ...  # noqa: SLF001  asking would be a query
    has_people = "contributions" in getattr(title, "_prefetched_objects_cache", {})
    if not is_fetched:
        return ""
    cover = _cover_of(title)
    if cover is not None:
        return cover.digest
    return _drawn_digest(_wording(title)) if has_people else ""


def _wording(title: Title) -> Wording:
    return Wording(title.title, tuple(title.main_authors[:2]), title.material, title.original_title)


def _drawn_digest(wording: Wording) -> str:
    text = "\x1f".join((DESIGN, wording.title, *wording.authors, wording.material, wording.other_title))
    return sha256(text.encode()).hexdigest()[:DIGEST]


def _put_up(cover: Cover, width: int, height: int) -> bytes:
    from django.core.exceptions import ValidationError  # noqa: PLC0415

    try:
        with cover.image.open("rb") as file:
            return fitted(opened(file, None), width, height)
    except (OSError, ValidationError) as error:
        log.warning("cover of title %s cannot be read: %s", cover.pk, type(error).__name__)
        return b""


def _kept(name: str) -> bytes:
    try:
        with default_storage.open(name, "rb") as file:
            return bytes(file.read())
    except OSError:
        return b""


def _keep(name: str, content: bytes) -> bytes:
    """Write a picture whole or not at all and return it; a full disk only means that it is made again."""
    if not content:
        return content
    try:
        path = Path(default_storage.path(name))
    except NotImplementedError:  # a storage that is no folder: it shows a file when it is whole
        default_storage.save(name, ContentFile(content))
        return content
    part = path.with_name(f"{path.name}.{secrets.token_hex(6)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        log.warning("cover could not be kept: %s", error)
        part.unlink(missing_ok=True)
    return content


def _remove(cover: Cover, spare: str = "") -> None:
    """Remove the files of a picture that is shown no more."""
    if spare == cover.digest:
        return
    for name in (str(cover.image), *(f"covers/{cover.pk}-{cover.digest}-{size}.webp" for size in SIZES)):
        default_storage.delete(name)
