"""The editions of a work: join it with another, set some of them apart. What happens to reservations is said first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from branches.desk_frame import desk_page
from catalog.models import Title, Work
from catalog.search import titles_found
from loans.works import join_works, preview_join, preview_split, split_work
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from django.http import QueryDict

    from milanolib.http import Request

PERMISSION = "catalog.change_work"
MOST_FOUND = 20
LARGEST_ID = 2**63 - 1
TITLE = gettext_lazy("Editions of a work")


@require_http_methods(["GET", "HEAD", "POST"])
def work_editions(request: Request, work_id: int) -> HttpResponse:
    """Show a work's editions; find another work to join; show what would happen; do it."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    work = get_object_or_404(Work, pk=work_id)
    if request.method == "POST":
        return _done(request, work)
    titles = list(_editions(work))
    context: dict[str, Any] = {"work": work, "titles": titles, "q": request.GET.get("q", "").strip()[:200]}
    if number := _number(request.GET.get("join", "")):
        other = Work.objects.exclude(pk=work.pk).filter(pk=number).first()
        if other is None:
            messages.error(request, _("This work is no longer there: look for it again."))
        else:
            context |= {"other": other, "others": _editions(other), "join": preview_join(work, other)}
    elif "split" in request.GET:
        chosen = _chosen(titles, request.GET)
        if not chosen or len(chosen) == len(titles):
            messages.error(request, _("Choose the editions that are another work; at least one must stay."))
        else:
            context |= {"chosen": chosen, "split": preview_split(work, chosen)}
    if context["q"]:
        context["found"] = _found(work, context["q"])
    return desk_page(request, "loans/desk/work.html", TITLE, context, place=None)


def _done(request: Request, work: Work) -> HttpResponse:
    """Join or split as the form says, and go to the page of what came of it."""
    goal = work
    try:
        if request.POST.get("act") == "join":
            other = get_object_or_404(Work, pk=_number(request.POST.get("other", "")))
            join_works(work, other, actor=request.user)  # type: ignore[arg-type]  # signed in: the permission says so
            messages.success(request, _("Joined: the editions and their reservations are one queue."))
        else:
            chosen = _chosen(list(_editions(work)), request.POST)
            goal = split_work(chosen, actor=request.user)  # type: ignore[arg-type]  # as above
            messages.success(request, _("Set apart: these editions are a work of their own now."))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return HttpResponseRedirect(reverse("admin:work_editions", args=[goal.pk]))


def _editions(work: Work) -> Any:
    return (
        Title.objects.filter(work=work, merged_into=None)
        .only("title", "subtitle", "publisher", "year", "material", "language", "control_number", "work")
        .order_by("-year", "pk")
    )


def _found(work: Work, text: str) -> list[Work]:
    """Return the works that a search finds, or the one of a title's number, other than this one."""
    titles = titles_found(text)
    if (number := _number(text)) and Title.objects.filter(pk=number).exists():
        titles = Title.objects.filter(pk=number)
    ids = list(titles.filter(merged_into=None).exclude(work=work).values_list("work", flat=True)[: 4 * MOST_FOUND])
    return list(Work.objects.filter(pk__in=ids).order_by("title", "pk")[:MOST_FOUND])


def _chosen(titles: list[Title], data: QueryDict) -> list[Title]:
    wanted = set(data.getlist("title"))
    return [one for one in titles if str(one.pk) in wanted]


def _number(text: str) -> int:
    """Return a number from an address, 0 where there is none that a row can have."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < len(str(LARGEST_ID)) else 0
