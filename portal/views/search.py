"""Search results with what is free now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.models import Material
from catalog.search import search, tidy
from loans.routing import free_copies

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PER_PAGE = 20


@require_safe
@login_not_required
def results(request: HttpRequest) -> HttpResponse:
    """Titles that the words find, twenty a page, each with how many copies are free now."""
    words = tidy(request.GET.get("q", ""))
    material = request.GET.get("material", "")
    material = material if material in Material.values else ""
    is_free_only = request.GET.get("free") == "1"
    found = search(words, material=material)
    if is_free_only:
        found = found.filter(Exists(free_copies().filter(title=OuterRef("pk"))))
    page = Paginator(found.for_list(), PER_PAGE).get_page(request.GET.get("page"))
    free = dict(
        free_copies()
        .filter(title__in=[title.pk for title in page])
        .order_by()
        .values_list("title")
        .annotate(Count("pk"))
    )
    lines = [{"title": title, "free": free.get(title.pk, 0)} for title in page]
    return render(
        request,
        "catalog/search.html",
        {
            "query": words,
            "page_obj": page,
            "lines": lines,
            "materials": Material.choices,
            "material": material,
            "is_free_only": is_free_only,
        },
    )
