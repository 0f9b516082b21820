"""Search: results with what is free now, long lists of filters, suggestions while one types."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from catalog.models import FacetKind, Suggestion, Title
from catalog.search import Query, search, suggest, tidy, values_of
from catalog.search.labels import label_of
from milanolib.pace import is_within
from portal.near import WITHIN_MINUTES
from portal.searching import (
    Asked,
    chips_of,
    group_of,
    groups_of,
    lines_of,
    name_for,
    sorts,
    without_filters,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse

    from catalog.search import Found, Suggested

FOUND = "found"  # the part of the page that a change of filters replaces
MOST_VALUES = 50
LONGEST_FILTER_TEXT = 60
FEWEST_LETTERS, LONGEST_TYPED = 2, 100
MOST_IN_A_MINUTE = 900  # questions from one address: a library's computers share theirs


@require_safe
@login_not_required
def results(request: HttpRequest) -> HttpResponse:
    """Show works that the words find, twenty a page, each with how many copies are free now; filters beside."""
    asked = Asked.of(request)
    found = search(asked.query, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    groups = groups_of(found, asked.query)
    context = {
        "asked": asked,
        "query": asked.query.text,
        "found": found,
        "lines": lines_of(found, asked),
        "groups": groups,
        "chips": chips_of(asked, groups),
        "sorts": sorts(asked.query),
        "minutes": WITHIN_MINUTES,
        "address": asked.address(),
        "exact": asked.address(replace(asked.query, is_exact=True)) if found.corrected or found.left_out else "",
        "own_address": f"{request.path}?{asked.address()}",
        "feed": asked.address(mine=False, near=False),
        "next_page": asked.address(after=found.after) if found.after else "",
        "previous_page": asked.address(before=found.before) if found.before else "",
        "ways_on": _ways_on(asked, found),
        "save": {"name": name_for(asked, groups), "query": _to_save(asked, found)},
    }
    is_part = bool(request.htmx) and request.htmx.target == FOUND  # type: ignore[attr-defined]
    response = render(request, f"catalog/search.html#{FOUND}" if is_part else "catalog/search.html", context)
    if is_part:
        response["HX-Push-Url"] = f"{request.path}?{asked.address()}".rstrip("?")
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@require_safe
@login_not_required
def values(request: HttpRequest, kind: str) -> HttpResponse:
    """Look through a long list of filters by a part of the name: boxes for htmx, else a page of links."""
    if kind not in FacetKind.values:
        raise Http404
    asked = Asked.of(request)
    text = tidy(request.GET.get("testo", ""))[:LONGEST_FILTER_TEXT]
    rows = values_of(asked.query, kind, text, MOST_VALUES)
    group = group_of(asked.query, kind, rows, has_more=len(rows) >= MOST_VALUES)
    context = {
        "asked": asked,
        "query": asked.query.text,
        "group": group,
        "is_looked_through": True,
        "text": text,
        "kept": _kept(asked),
        "back": asked.address(),
        "links": [
            (one, asked.address(_turned(asked.query, kind, one.code, is_on=one.is_chosen))) for one in group.choices
        ],
    }
    template = "catalog/_choices.html" if request.htmx else "catalog/values.html"  # type: ignore[attr-defined]
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
@login_not_required
def suggestions(request: HttpRequest) -> HttpResponse:
    """Offer what begins as typed: a title leads to its page, a person or a subject to the search narrowed to it."""
    typed = tidy(request.GET.get("q", "")[:LONGEST_TYPED])
    if len(typed) < FEWEST_LETTERS:
        return JsonResponse({"offers": []})
    if _asks_too_often(request):
        return JsonResponse({"offers": []}, status=429)
    offers = suggest(typed)
    best = _best_titles(offers)
    answer = [
        {"label": _spoken(offer), "kind": str(Suggestion.Kind(offer.kind).label), "url": url}
        for offer in offers
        if (url := _address_of(offer, best))
    ]
    return JsonResponse({"offers": answer})


def _asks_too_often(request: HttpRequest) -> bool:
    """Count what an address asks in a minute; only the address and a number are kept, and no longer."""
    name = f"suggestions:{get_adapter().get_client_ip(request)}"
    return not is_within(name, allowed=MOST_IN_A_MINUTE, seconds=60)


def _ways_on(asked: Asked, found: Found) -> list[dict[str, str]]:
    """Return where to go from a search that found nothing: near spellings, then fewer conditions, then single words."""
    if found.lines:
        return []
    ways = [{"kind": "spelling", "text": one, "address": Query(text=one).address()} for one in found.spellings]
    if asked.is_narrowed and asked.query.text:
        ways.append({"kind": "without_filters", "text": "", "address": without_filters(asked.query).address()})
    words = asked.query.text.replace('"', " ").split()
    if len(words) > 1:
        wanted = dict.fromkeys(word for word in words if not word.startswith("-"))
        ways += [{"kind": "word", "text": one, "address": Query(text=one).address()} for one in list(wanted)[:6]]
    return ways


def _to_save(asked: Asked, found: Found) -> str:
    """Return the search to keep: with the words that were read instead, so that it finds the same tomorrow."""
    if not found.corrected:
        return asked.address(mine=False, near=False)
    return Query(found.corrected, asked.query.filters, asked.query.free_only, None, asked.query.sort).address()


def _kept(asked: Asked) -> list[tuple[str, str]]:
    """Return the search as hidden fields of a form."""
    query = asked.query
    pairs = [("q", query.text)] if query.text else []
    pairs += [(kind, code) for kind, codes in query.filters.items() for code in codes]
    flags = {"free": query.free_only, "mine": asked.is_mine, "near": asked.is_near, "exact": query.is_exact}
    return [*pairs, *((name, "1") for name, is_on in flags.items() if is_on), ("sort", query.sort)]


def _turned(query: Query, kind: str, code: str, *, is_on: bool) -> Query:
    return query.without_value(kind, code) if is_on else query.with_value(kind, code)


def _best_titles(offers: Iterable[Suggested]) -> dict[int, Title]:
    """Return for each work that is offered its edition that is asked for most."""
    works = [offer.target for offer in offers if offer.kind == Suggestion.Kind.TITLE]
    rows = (
        Title.objects.filter(work__in=works, merged_into=None)
        .order_by("work", "-search_row__popularity", "pk")
        .distinct("work")
        .only("title", "work")
    )
    return {title.work_id: title for title in rows} if works else {}


def _spoken(offer: Suggested) -> str:
    """Return what is offered as one says it: a person's given name first."""
    return label_of(FacetKind.AUTHOR, "", offer.label) if offer.kind == Suggestion.Kind.AUTHOR else offer.label


def _address_of(offer: Suggested, best: dict[int, Title]) -> str:
    if offer.kind == Suggestion.Kind.TITLE:
        title = best.get(offer.target)
        return title.get_absolute_url() if title else ""
    pairs = [(kind, code) for kind, codes in offer.filters.items() for code in codes]
    return f"{reverse('catalog:search')}?{urlencode(pairs)}"
