"""Verbs on copies of a person's data: ask for one, make it, open it, delete it after its days."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from accounts.encryption import open_secret, seal_secret
from accounts.errors import CopyMadeAlready, CopyNotThere, DataOfSomebodyElse
from accounts.models import DataExport, Reader
from accounts.own_data import Person, areas_of
from accounts.policy import COPY_EVERY, COPY_KEPT
from milanolib import clock
from milanolib.tokens import text_of, token_for
from outbox.events import emit

if TYPE_CHECKING:
    from accounts.models import User

LINK_SALT = "accounts.exporting"
STYLE = settings.BASE_DIR / "static/portal/css/data_copy.css"
FORMAT = 1  # of the files in a copy; another meaning of a key is another number


@transaction.atomic
def ask_export(user: User, reader: Reader | None, *, language: str) -> DataExport:
    """Have a copy made of what is kept about a card's reader, or about a sign-in without a card, and return its row.

    Safe to repeat: one that is being made is returned. Raises DataOfSomebodyElse, CopyMadeAlready (one a day).
    """
    if not may_take(user, reader):
        raise DataOfSomebodyElse
    now = clock.now()
    own = DataExport.objects.closed().filter(asked_by=user, reader=reader)
    last = own.first()
    if last is not None and last.made_at is not None and last.asked_at + COPY_EVERY > now:
        raise CopyMadeAlready(last)
    if last is None or last.made_at is not None:
        # of two at once the second finds the first one's row
        asked = DataExport(asked_by=user, reader=reader, language=language, asked_at=now)
        DataExport.objects.bulk_create([asked], ignore_conflicts=True)
        last = own.latest("asked_at")
        emit("accounts.data_asked", key=f"data-asked:{last.pk}", export_id=last.pk)
    return last


def may_take(user: User, reader: Reader | None) -> bool:
    """Whether somebody may have a copy of what is kept about a card's reader: their own, or of a child under 14."""
    cards = Reader.objects.in_whole_care_of(user, clock.today())
    if reader is None:
        return not cards.filter(user=user).exists()
    return cards.filter(pk=reader.pk).exists()


def make_export(export_id: int) -> None:
    """Make a copy that was asked for; inside a transaction, which holds all of it or nothing.

    Safe to repeat: what was made is not made again.
    """
    export = DataExport.objects.select_for_update(of=("self",)).filter(pk=export_id, made_at=None).first()
    if export is None:
        return
    reader = export.reader
    person = Person(export.asked_by, None) if reader is None else Person.of_card(reader)
    with translation.override(export.language):
        content = _zip(person, export)
    export.made_at = clock.now()
    export.kept_until = export.made_at + COPY_KEPT
    export.content_sealed = seal_secret(content)
    export.save(update_fields=["made_at", "kept_until", "content_sealed"])
    emit("accounts.data_exported", key=f"data-exported:{export.pk}", export_id=export.pk)


def _zip(person: Person, export: DataExport) -> bytes:
    """Return a ZIP with a file for programs for each area, and a page for people."""
    areas = areas_of(person)
    at = clock.now()
    context = {"areas": areas, "at": at, "person": person, "language": export.language}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("index.html", render_to_string("portal/data_copy.html", context))
        file.writestr("style.css", STYLE.read_bytes())
        for area in areas:
            told = {"area": area.code, "format": FORMAT, "made_at": at, "rows": area.rows}
            file.writestr(f"{area.code}.json", json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1))
    return out.getvalue()


def token_of(export: DataExport) -> str:
    """Return what stands in the address of a copy: nobody can make one up, and it names nobody."""
    return token_for(str(export.pk), salt=LINK_SALT)


def export_at(token: str, user: User) -> DataExport | None:
    """Return the copy at an address, for who asked for it and may still have it; None for anybody else."""
    number = text_of(token, salt=LINK_SALT)
    if number is None:
        return None
    export = DataExport.objects.filter(pk=number, asked_by=user).first()
    return export if export is not None and may_take(user, export.reader) else None


def open_export(export: DataExport) -> bytes:
    """Return the ZIP. Raises CopyNotThere when it is not made yet, or its days are over."""
    if not export.is_there or export.content_sealed is None:
        raise CopyNotThere
    return open_secret(bytes(export.content_sealed))


def forget_exports() -> int:
    """Delete the copies whose days are over; return how many. Safe to repeat."""
    over = DataExport.objects.filter(kept_until__lte=clock.now(), content_sealed__isnull=False)
    return over.update(content_sealed=None)
