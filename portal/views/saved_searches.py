"""Searches that a reader has saved: keep one from the results, rename it, turn its notice on or off, delete it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.http import QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from catalog.models import SavedSearch
from catalog.saved_searches import change_search, delete_search, query_of, save_search
from catalog.search import Query
from milanolib.errors import DomainError
from milanolib.http import respond

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_http_methods(["GET", "HEAD", "POST"])
def saved_searches(request: HttpRequest) -> HttpResponse:
    """List one's own saved searches; a POST from the results keeps another one."""
    if request.method == "POST":
        return _save(request)
    own = SavedSearch.objects.filter(user=request.user.pk)
    return render(request, "portal/saved_searches.html", {"lines": [_line(saved) for saved in own]})


@require_POST
def saved_search(request: HttpRequest, search_id: int) -> HttpResponse:
    """Change the name and the notice of one's own saved search."""
    saved = get_object_or_404(SavedSearch, pk=search_id, user=request.user.pk)
    back = reverse("portal:saved_searches")
    template = "portal/saved_searches.html#saved-search"
    try:
        saved = change_search(saved, name=request.POST.get("name", ""), is_noticed=bool(request.POST.get("is_noticed")))
    except DomainError as refusal:
        return respond(request, template, _context(saved), refusal=refusal, back=back)
    return respond(request, template, _context(saved), done=_("Saved."), back=back)


@require_POST
def saved_search_delete(request: HttpRequest, search_id: int) -> HttpResponse:
    """Delete one's own saved search."""
    saved = get_object_or_404(SavedSearch, pk=search_id, user=request.user.pk)
    delete_search(saved)
    return respond(
        request,
        "portal/_saved_search_gone.html",
        {"gone": search_id},
        done=_("The saved search “%(name)s” has been deleted.") % {"name": saved.name},
        back=reverse("portal:saved_searches"),
    )


def _save(request: HttpRequest) -> HttpResponse:
    query = Query.of(QueryDict(request.POST.get("query", "")[:2000]))
    name, is_noticed = request.POST.get("name", ""), bool(request.POST.get("is_noticed"))
    save = {"name": name, "query": query.address(), "is_noticed": is_noticed}
    back = f"{reverse('catalog:search')}?{query.address()}"
    try:
        save_search(request.user, query, name=name, is_noticed=is_noticed)  # type: ignore[arg-type]  # signed in
    except DomainError as refusal:
        return respond(request, "catalog/_save_form.html", {"save": save}, refusal=refusal, back=back)
    return respond(request, "catalog/_save_form.html", {"save": save}, done=_("The search has been saved."), back=back)


def _context(saved: SavedSearch) -> dict[str, object]:
    return {"saved": saved, "feed": _line(saved)[1]}


def _line(saved: SavedSearch) -> tuple[SavedSearch, str]:
    """Return a saved search with the address of its feed."""
    return saved, replace(query_of(saved), at=None).address()
