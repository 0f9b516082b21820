"""Lists of titles: one's own, those shared by link, the librarians' for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from branches.linked_data import absolute
from catalog.models import ListEntry, ReadingList, Title
from catalog.reading import lists
from catalog.reading.errors import ListWithoutName
from milanolib.errors import DomainError
from milanolib.http import respond
from portal.reading import entry_lines
from portal.reading_forms import AddForm, ListForm

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PER_PAGE = 50
PUBLIC_PER_PAGE = 24
ENTRIES = "portal/list_own.html#entries"


@require_http_methods(["GET", "HEAD", "POST"])
def my_lists(request: HttpRequest) -> HttpResponse:
    """Show one's own lists; a POST begins another one."""
    may_publish = lists.may_publish(request.user)
    form = ListForm(request.POST if request.method == "POST" else None, may_publish=may_publish)
    refusal = None
    if form.is_bound and form.is_valid():
        try:
            made = lists.make_list(request.user, **form.cleaned_data)  # type: ignore[arg-type]  # signed in
        except DomainError as error:
            refusal = error
        else:
            return HttpResponseRedirect(reverse("portal:own_list", args=[made.pk]))
    own = ReadingList.objects.filter(owner=request.user.pk).annotate(titles=Count("entries")).order_by("-changed_at")
    context = {"lists": own, "form": form, "refusal": refusal}
    return render(request, "portal/lists.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def own_list(request: HttpRequest, list_id: int) -> HttpResponse:
    """Show one's own list, to be put in order; a POST changes its name, its description and who sees it."""
    own = _own(request, list_id)
    may_publish = lists.may_publish(request.user)
    fields = {"name": own.name, "description": own.description, "visibility": own.visibility, "kind": own.kind}
    form = ListForm(request.POST if request.method == "POST" else None, initial=fields, may_publish=may_publish)
    refusal = None
    if form.is_bound and form.is_valid():
        try:
            lists.change_list(own, **{"kind": ReadingList.Kind.PERSONAL, **form.cleaned_data})
        except DomainError as error:
            refusal = error
        else:
            return respond(request, "_done.html", done=_("Saved."), back=request.path)
    context = {**_page(own, request.GET.get("page")), "form": form, "refusal": refusal, "is_changing": form.is_bound}
    return render(request, "portal/list_own.html", context, status=422 if form.is_bound else 200)


@require_POST
def delete(request: HttpRequest, list_id: int) -> HttpResponse:
    """Delete one's own list."""
    own = _own(request, list_id)
    lists.delete_list(own)
    done = _("The list “%(name)s” has been deleted.") % {"name": own.name}
    return respond(request, "_done.html", done=done, back=reverse("portal:lists"))


@require_POST
def entry(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Move a title of one's own list up or down, take it off, write a word about it: the button pressed says which."""
    row = get_object_or_404(ListEntry.objects.select_related("list", "title"), pk=entry_id, list__owner=request.user.pk)
    act = request.POST.get("act", "")
    done = ""
    refusal = None
    try:
        if act in ("up", "down"):
            place = lists.move_title(row, up=act == "up")
            done = _("“%(title)s” is number %(place)s now.") % {"title": row.title.title, "place": place}
        elif act == "remove":
            lists.remove_title(row)
            done = _("“%(title)s” is no longer on the list.") % {"title": row.title.title}
        elif act == "note":
            lists.write_note(row, request.POST.get("note", ""))
            done = _("The note has been saved.")
    except DomainError as error:
        refusal = error
    page = request.POST.get("page", "")
    back = reverse("portal:own_list", args=[row.list_id])
    context = {**_page(row.list, page), "changed": row.pk}
    back = f"{back}?page={page}" if page.isdigit() else back
    return respond(request, ENTRIES, context, refusal=refusal, done=done, back=back)


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, title_id: int) -> HttpResponse:
    """Put a title on one of one's own lists or on a new one."""
    title = get_object_or_404(
        Title.objects.defer("record", "summary").select_related("merged_into").with_cover(), pk=title_id
    )
    context: dict[str, Any] = {"title": title, "is_page": True}
    if request.method != "POST":
        return render(request, "portal/list_add.html", context | _own_lists(request))
    template = "portal/_add_to_list.html"
    form = AddForm(request.POST)
    try:
        chosen = _chosen(request, form)
        _entry, is_new = lists.add_title(chosen, title)
    except DomainError as refusal:
        return respond(request, template, context | _own_lists(request), refusal=refusal, back=request.path)
    words = _("Added to the list “%(name)s”.") if is_new else _("It is on the list “%(name)s” already.")
    context |= {"added_to": chosen, **_own_lists(request)}
    return respond(request, template, context, done=words % {"name": chosen.name}, back=title.get_absolute_url())


@require_safe
@login_not_required
def public(request: HttpRequest) -> HttpResponse:
    """Show the librarians' shelves and bibliographies."""
    found = lists.public_lists().annotate(titles=Count("entries"))
    page = Paginator(found, PUBLIC_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "portal/lists_public.html", {"page_obj": page})


@require_safe
@login_not_required
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Show a list at its address: to its owner, and to others unless it is private. Only public ones are indexed."""
    found = lists.list_at(token, request.user)
    if found is None:
        raise Http404
    response = render(request, "portal/list.html", {**_page(found, request.GET.get("page"))})
    if found.visibility != ReadingList.Visibility.PUBLIC:
        response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _own(request: HttpRequest, list_id: int) -> ReadingList:
    return get_object_or_404(ReadingList.objects.select_related("owner"), pk=list_id, owner=request.user.pk)


def _own_lists(request: HttpRequest) -> dict[str, Any]:
    return {"lists": list(ReadingList.objects.filter(owner=request.user.pk))}


def _chosen(request: HttpRequest, form: AddForm) -> ReadingList:
    """Return the list that the form names. A number that is not one's own is no list at all."""
    if not form.is_valid():
        raise ListWithoutName
    if form.cleaned_data["name"]:
        return lists.list_named(request.user, form.cleaned_data["name"])  # type: ignore[arg-type]  # signed in
    if form.cleaned_data["to"] is None:
        raise ListWithoutName
    return get_object_or_404(ReadingList, pk=form.cleaned_data["to"], owner=request.user.pk)


def _page(shown: ReadingList, number: str | None) -> dict[str, Any]:
    """Return a list with one page of its titles; six statements however many there are."""
    page = Paginator(shown.entries.select_related("title").defer("title__record", "title__summary"), PER_PAGE).get_page(
        number
    )
    return {
        "list": shown,
        "page_obj": page,
        "lines": entry_lines(page.object_list, page.start_index()),
        "last": page.paginator.count,
        "link": absolute(reverse("portal:list", args=[shown.token])),
        "is_public": shown.visibility == ReadingList.Visibility.PUBLIC,
        "is_private": shown.visibility == ReadingList.Visibility.PRIVATE,
    }
