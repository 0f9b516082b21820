"""Duplicates: likely pairs, both records side by side, and the merge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import Count, Prefetch, Q
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from branches.desk_frame import desk_page, for_staff
from catalog.models import Contribution, Title
from catalog.records import as_lines
from loans.merging import likely_duplicates, merge_titles
from loans.models import Hold
from loans.states import OPEN_HOLD
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpResponse

    from milanolib.http import Request

PERMISSION = "catalog.delete_title"
LONGEST_NUMBER = 18


@require_GET
@for_staff(PERMISSION)
def duplicates(request: Request) -> HttpResponse:
    """Show pairs of titles that may be one, the newest first."""
    text = request.GET.get("before", "")
    pairs, further = likely_duplicates(int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else None)
    people = Prefetch("contributions", Contribution.objects.select_related("agent"))
    titles = (
        Title.objects.defer("record", "summary")
        .prefetch_related(people)
        .in_bulk({pk for newer, older, _by_isbn in pairs for pk in (newer, older)})
    )
    rows = [(titles[newer], titles[older], by_isbn) for newer, older, by_isbn in pairs]
    return desk_page(
        request, "loans/keeping/duplicates.html", _("Likely duplicates"), {"rows": rows, "further": further}
    )


@for_staff(PERMISSION)
def merge(request: Request, title_id: int) -> HttpResponse:
    """Ask which title is the same as this one; show both records side by side; merge them."""
    title = get_object_or_404(Title, pk=title_id)
    if title.merged_into_id is not None:
        return HttpResponseRedirect(reverse("admin:title_edit", args=[title.merged_into_id]))
    text = request.POST.get("with") or request.GET.get("with", "")
    other = _other(title, text.strip())
    refusal: DomainError | None = None
    if request.method == "POST" and other is not None:
        keep, gone = (other, title) if request.POST.get("keep") == str(other.pk) else (title, other)
        try:
            merge_titles(keep, gone, actor=request.user)  # type: ignore[arg-type]
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, _("Merged. The address of the one that went leads here."))
            return HttpResponseRedirect(reverse("admin:title_edit", args=[keep.pk]))
    context: dict[str, Any] = {
        "title_shown": title,
        "asked": text,
        "other": other,
        "sides": [_side(one) for one in (title, other)] if other is not None else [],
        "refusal": refusal,
    }
    status = 422 if request.method == "POST" else 200
    return desk_page(request, "loans/keeping/merge.html", _("Merge two titles"), context, status=status)


def _other(title: Title, text: str) -> Title | None:
    """Return the other title, by our number in its address, a barcode, a control number or an ISBN."""
    if not text or "\x00" in text:
        return None
    wanted = Q(control_number=text) | Q(copies__barcode=text) | Q(isbns__contains=[text.replace("-", "")])
    if text.isdecimal() and len(text) <= LONGEST_NUMBER:
        wanted |= Q(pk=int(text))
    found = Title.objects.filter(wanted, merged_into=None).exclude(pk=title.pk).order_by("pk").distinct()
    exact = found.filter(pk=int(text)) if text.isdecimal() and len(text) <= LONGEST_NUMBER else found.none()
    return exact.first() or Title.objects.filter(pk__in=found.values("pk")).order_by("pk").first()


def _side(title: Title) -> dict[str, Any]:
    """Return what is compared: the record's lines, how many copies and reservations there are."""
    counts = Title.objects.filter(pk=title.pk).aggregate(copies=Count("copies"))
    lines = as_lines(title.record) if title.record.get("fields") else []  # type: ignore[arg-type]  # JSON as kept
    holds = Hold.objects.filter(title=title, status__in=OPEN_HOLD).count()
    return {"title": title, "lines": lines, "copies": counts["copies"], "holds": holds}
