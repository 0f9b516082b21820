"""A title's pages: the edition, its copies by place, what is around it; its citations; its record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from branches.linked_data import absolute, script_of
from catalog.citing import bibtex, plain_citation, ris
from catalog.covers import cover_url
from catalog.marc_view import marc_lines
from catalog.models import FacetKind, Subject, Title
from catalog.states import MAY_SERVE
from loans.models import Hold
from loans.states import HoldLevel, HoldStatus
from portal.kept import kept_page
from portal.marks import mark_of_title
from portal.start import start_of_request
from portal.title_around import editions_of, grouped, initiatives_with, search_by, series_of, similar_titles
from portal.title_copies import copies_of, is_free, place_lines
from portal.title_data import work_data

if TYPE_CHECKING:
    from django.http import HttpRequest

CITATIONS = {"bib": (bibtex, "application/x-bibtex"), "ris": (ris, "application/x-research-info-systems")}


@require_safe
@login_not_required
def title_page(request: HttpRequest, title_id: int, slug: str) -> HttpResponse:  # noqa: ARG001  only for people
    """Show one edition; an address with an old or missing name, or of a merged title, leads to the right one."""
    return kept_page(request, lambda: mark_of_title(title_id), lambda more: _made(request, title_id, more))


def _made(request: HttpRequest, title_id: int, more: dict[str, str]) -> HttpResponse:
    title = get_object_or_404(
        Title.objects.defer("record").select_related("work").with_cover().prefetch_related("subjects"), pk=title_id
    )
    if title.merged_into is not None:
        return HttpResponsePermanentRedirect(title.merged_into.get_absolute_url())
    if request.path != title.get_absolute_url():
        return HttpResponsePermanentRedirect(title.get_absolute_url())
    start = start_of_request(request)
    copies = copies_of(title)
    editions = editions_of(title)
    free = [copy for copy in copies if is_free(copy)]
    address = absolute(title.get_absolute_url())
    return render(
        request,
        "portal/title.html",
        {
            "title": title,
            "subjects": [_subject(one) for one in title.subjects.all()],
            "lines": place_lines(copies, start),
            "start": start,
            "free": len(free),
            "copies_count": len(copies),
            "is_reservable": any(copy.is_lendable and copy.status in MAY_SERVE for copy in copies),
            "waiting": _waiting(title),
            "edition_groups": grouped(title, editions),
            "free_editions": [one for one in editions if one.is_free],  # type: ignore[attr-defined]
            "series": series_of(title),
            "similar": similar_titles(title),
            "initiatives": initiatives_with(title),
            "address": address,
            "permalink": absolute(reverse("portal:title_by_number", args=[title.pk])),
            "cover_address": absolute(cover_url(title, "m")),
            "citation": plain_citation(title, address),
            "linked_data": script_of(
                work_data(title, list({copy.place.pk: copy.place for copy in free if copy.place}.values()), editions)
            ),
        }
        | more,
    )


@require_safe
@login_not_required
def citation(request: HttpRequest, title_id: int, style: str) -> HttpResponse:  # noqa: ARG001
    """Give a title's citation as a file for a program that keeps references."""
    if style not in CITATIONS:
        raise Http404
    write, content_type = CITATIONS[style]
    title = get_object_or_404(Title.objects.defer("record", "summary").with_cover(), pk=title_id)
    response = HttpResponse(
        write(title, absolute(title.get_absolute_url())), content_type=f"{content_type}; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="milanolib-{title.pk}.{style}"'
    return response


@require_safe
@login_not_required
def marc(request: HttpRequest, title_id: int) -> HttpResponse:
    """Show the record from which the title was made, whole, field by field."""
    title = get_object_or_404(Title.objects.defer("summary"), pk=title_id)
    return render(request, "portal/title_marc.html", {"title": title, "lines": marc_lines(title.record)})


def _subject(subject: Subject) -> dict[str, str]:
    return {"heading": subject.heading, "query": search_by(FacetKind.SUBJECT, str(subject.pk))}


def _waiting(title: Title) -> int:
    """Return how many reservations wait for this edition, or for any of its work."""
    queued = Hold.objects.filter(work=title.work_id, status=HoldStatus.QUEUED)
    return queued.filter(Q(level=HoldLevel.WORK) | Q(title=title)).count()
