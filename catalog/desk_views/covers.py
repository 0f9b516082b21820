"""Covers: one for a title, or many files at once, each named by its ISBN or control number."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from branches.desk_frame import desk_page, for_staff
from catalog.covers import cover_url, put_up_cover, take_down_cover
from catalog.keys import isbn13
from catalog.models import Cover, Title
from milanolib.adminsite import tiles_of

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile
    from django.http import HttpResponse

    from milanolib.http import Request

PERMISSION = "catalog.add_cover"
MOST_FILES = 100


@for_staff(PERMISSION)
def of_title(request: Request, title_id: int) -> HttpResponse:
    """Show the cover of a title; put another one up, or take it down."""
    title = get_object_or_404(Title.objects.defer("record", "summary").select_related("cover"), pk=title_id)
    problem = ""
    if request.method == "POST" and "down" in request.POST:
        take_down_cover(title, actor=request.user)  # type: ignore[arg-type]
        messages.success(request, _("Taken down: the drawn cover is back."))
        return HttpResponseRedirect(request.path)
    if request.method == "POST":
        upload = request.FILES.get("file")
        problem = _put_up(request, title, upload) if upload is not None else _("Choose a picture.")  # type: ignore[arg-type]
        if not problem:
            messages.success(request, _("The cover is up."))
            return HttpResponseRedirect(request.path)
    context = {
        "title_shown": title,
        "ways": tiles_of("title", request.user, title.pk),
        "picture": cover_url(title),
        "has_cover": Cover.objects.filter(title=title).exists(),
        "problem": problem,
    }
    status = 422 if problem else 200
    return desk_page(request, "catalog/desk/cover.html", str(title), context, status=status)


@for_staff(PERMISSION)
def many(request: Request) -> HttpResponse:
    """Take many pictures at once; say of each what became of it."""
    rows: list[tuple[str, Title | None, str]] = []
    if request.method == "POST":
        for upload in request.FILES.getlist("files")[:MOST_FILES]:
            name = PurePath(upload.name or "").name
            title = title_of_file(name)
            problem = (
                _put_up(request, title, upload) if title is not None else _("No title has this ISBN or control number.")
            )
            rows.append((name, title, problem))
        if not rows:
            rows.append(("", None, _("Choose one or more pictures.")))
    context = {
        "rows": rows,
        "done": sum(not problem for _name, _title, problem in rows),
        "most": MOST_FILES,
        "back": reverse("admin:catalogue"),
    }
    return desk_page(request, "catalog/desk/covers.html", _("Covers"), context)


def title_of_file(name: str) -> Title | None:
    """Return the title that a file is named after: an ISBN, or a control number that only one title has."""
    stem = name.rpartition(".")[0] or name
    standing = Title.objects.filter(merged_into=None).defer("record", "summary").order_by("pk")
    number = isbn13(stem.split("_")[0].split(" ")[0])
    if number:
        return standing.filter(isbns__contains=[number]).first()
    found = list(standing.filter(control_number=stem)[:2]) if stem else []
    return found[0] if len(found) == 1 else None


def _put_up(request: Request, title: Title, upload: UploadedFile) -> str:
    """Put a picture up and return '', or what is wrong with it."""
    try:
        put_up_cover(title, upload, request.user)  # type: ignore[arg-type]
    except ValidationError as refusal:
        return " ".join(refusal.messages)
    return ""
