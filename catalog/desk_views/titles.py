"""Adding and correcting titles: the common fields, and all fields as lines."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from branches.desk_frame import desk_page, for_staff
from catalog.cataloguing import (
    OWN_SOURCE,
    RecordRefused,
    TitleChanged,
    add_title,
    correct_title,
    give_up_correction,
    is_corrected,
)
from catalog.importing.readers import UNIMARC
from catalog.importing.report import Fault
from catalog.models import Title
from catalog.records import Values, as_lines, blank, changed, check, from_lines, version_of
from catalog.title_forms import TitleForm, people_forms
from milanolib import clock
from milanolib.adminsite import tiles_of
from milanolib.errors import DomainError
from milanolib.http import respond

if TYPE_CHECKING:
    from django.http import HttpResponse

    from catalog.importing.fields import MarcRecord
    from catalog.records import LineFault
    from milanolib.http import Request

ADD, CHANGE, VIEW = "catalog.add_title", "catalog.change_title", "catalog.view_title"
SPARE_LINES = 4
WIDE = 100  # characters beyond which a line gets more room
MOST_LINES = 900  # a form has a thousand fields at most


class _Now:
    """What a title's record says now, and which state of it that is."""

    def __init__(self, record: MarcRecord, dialect: str) -> None:
        self.record, self.dialect, self.version = record, dialect, version_of(record)
        try:
            self.values = Values.of(record, dialect)
        except Fault:
            self.values = Values()


@for_staff(ADD)
def add(request: Request) -> HttpResponse:
    """Catalogue a title that the libraries do not have yet."""
    now = _Now(blank("", clock.today()), UNIMARC)
    now.values.language = "ita" if request.method != "POST" else ""
    form = TitleForm(request.POST or None, now=now.values, initial={"version": now.version})
    people = people_forms(request.POST or None, now.values)
    if request.method == "POST" and form.is_valid() and people.is_valid():
        record = _written(now, form, people)
        if record is not None:
            title = add_title(record, actor=request.user)  # type: ignore[arg-type]
            messages.success(request, _("Added: %(title)s. Its copies come next.") % {"title": title})
            return HttpResponseRedirect(reverse("admin:title_edit", args=[title.pk]))
    context = {"form": form, "people": people, "groups": _groups(form)}
    status = 422 if request.method == "POST" else 200
    return desk_page(request, "catalog/desk/title.html", _("Add a title"), context, status=status)


@for_staff(VIEW)
def edit(request: Request, title_id: int) -> HttpResponse:
    """Show the common fields of a title and take corrections."""
    title = get_object_or_404(Title.objects.select_related("merged_into"), pk=title_id)
    if title.merged_into_id is not None:
        return HttpResponseRedirect(reverse("admin:title_edit", args=[title.merged_into_id]))
    now = _now(title)
    posted = request.POST if request.method == "POST" else None
    form = TitleForm(posted, now=now.values, initial={"version": now.version})
    people = people_forms(posted, now.values)
    refusal: DomainError | None = None
    if posted is not None:
        if not request.user.has_perm(CHANGE):
            refusal = DomainError()
        elif form.is_valid() and people.is_valid():
            record = _written(now, form, people)
            if record is not None:
                try:
                    return _saved(request, title, record, form.cleaned_data["version"], "title_edit")
                except DomainError as error:
                    refusal = error
        if isinstance(refusal, TitleChanged):  # what was written is shown again, now over the title as it is
            again = request.POST.copy()
            again["version"] = now.version
            form.data = again
    context = {**_about(request, title), "form": form, "people": people, "groups": _groups(form), "refusal": refusal}
    status = 422 if posted is not None else 200
    return desk_page(request, "catalog/desk/title.html", str(title), context, status=status)


@for_staff(VIEW)
def lines(request: Request, title_id: int) -> HttpResponse:
    """Show every field of a title as a line, and take corrections; each fault stands beside its line."""
    title = get_object_or_404(Title, pk=title_id)
    now = _now(title)
    sent = (
        [text[:20_000] for text in request.POST.getlist("line")] if request.method == "POST" else as_lines(now.record)
    )
    refusal: DomainError | None = None
    faults: list[LineFault] = []
    version = request.POST.get("version", now.version)
    if request.method == "POST":
        record, read = from_lines(sent, now.record)
        faults = check(record, now.record, read, now.dialect)
        if not request.user.has_perm(CHANGE):
            refusal = DomainError()
        elif not faults:
            try:
                return _saved(request, title, record, version, "title_lines")
            except DomainError as error:
                refusal = error
        if isinstance(refusal, TitleChanged):
            version = now.version
    rows = _rows(sent, faults)
    context = {
        **_about(request, title),
        "rows": rows,
        "faults": [fault for fault in faults if fault.number is None],
        "bad_rows": [row for row in rows if row["fault"]],
        "version": version,
        "refusal": refusal,
        "is_too_long": len(sent) > MOST_LINES,
    }
    status = 422 if request.method == "POST" else 200
    return desk_page(request, "catalog/desk/title_lines.html", str(title), context, status=status)


@require_POST
@for_staff(CHANGE)
def give_up(request: Request, title_id: int) -> HttpResponse:
    """Let the source's record count again at the next import."""
    title = get_object_or_404(Title, pk=title_id)
    give_up_correction(title, actor=request.user)  # type: ignore[arg-type]
    done = _("The next import that brings this record writes it over the correction made here.")
    return respond(request, "_done.html", done=done, back=reverse("admin:title_edit", args=[title_id]))


def _now(title: Title) -> _Now:
    record: Any = title.record
    if not record.get("fields"):  # a title that came without a record: it begins with one
        record = blank(title.control_number, clock.today())
        record, _refused = changed(record, UNIMARC, Values(title=title.title, material=title.material))
        now = _Now(record, UNIMARC)
        now.version = version_of(title.record)
        return now
    return _Now(record, title.record_format or UNIMARC)


def _written(now: _Now, form: TitleForm, people: Any) -> MarcRecord | None:
    """Return the record with what was asked written into it; None, told beside the fields, when it would not take."""
    record, refused = changed(now.record, now.dialect, form.values(people.people()))
    for name in refused:
        form.add_error(
            name if name in form.fields else None,
            _("This record keeps it in a way that this form cannot change. Correct it under All fields."),
        )
    return None if refused else record


def _saved(request: Request, title: Title, record: MarcRecord, version: str, page: str) -> HttpResponse:
    try:
        correct_title(title, record, version=version, actor=request.user)  # type: ignore[arg-type]
    except Title.DoesNotExist as error:
        raise RecordRefused(reason=str(error)) from error
    messages.success(request, _("Saved. Readers see it so from now on."))
    return HttpResponseRedirect(reverse(f"admin:{page}", args=[title.pk]))


def _about(request: Request, title: Title) -> dict[str, Any]:
    return {
        "title_shown": title,
        "is_corrected": is_corrected(title),
        "is_own": title.source == OWN_SOURCE,
        "may_change": request.user.has_perm(CHANGE),
        "ways": tiles_of("title", request.user, title.pk),
    }


def _groups(form: TitleForm) -> list[tuple[str, list[Any]]]:
    """Return the fields under their headings."""
    return [
        (_("Title"), [form["title"], form["subtitle"], form["original_title"], form["responsibility"]]),
        (
            _("Publication"),
            [
                form[name]
                for name in ("edition", "published_in", "publisher", "year", "series", "series_number", "isbns")
            ],
        ),
        (_("What it is"), [form[name] for name in ("material", "language", "audience", "formats")]),
        (_("What it is about"), [form[name] for name in ("dewey", "subjects", "summary")]),
    ]


def _rows(sent: list[str], faults: list[LineFault]) -> list[dict[str, Any]]:
    by_number: dict[int | None, list[str]] = {}
    for fault in faults:
        by_number.setdefault(fault.number, []).append(fault.message)
    spare = 0 if faults else SPARE_LINES
    return [
        {
            "number": number,
            "text": text,
            "fault": " ".join(by_number.get(number, [])),
            "height": min(math.ceil(len(text) / WIDE), 8),
        }
        for number, text in enumerate([*sent, *[""] * spare])
    ]
