"""The desk without network: its page, the worker that keeps the page, the shift, and what is sent afterwards."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST, require_safe

from branches.desk_frame import for_staff
from branches.postings import desk_of
from loans.desk_views.frame import PERMISSION
from loans.models import Loan
from loans.offline_desk import begin_shift, read_act, record_sent
from loans.offline_words import tell_recorded
from loans.report_batches import BatchRefused, in_order, read_batch
from milanolib import clock
from milanolib.http import problem

if TYPE_CHECKING:
    from loans.offline_desk import Sent
    from loans.records import Applied
    from milanolib.http import Request

# Everything the page needs; the worker keeps these and nothing else.
SCRIPTS = {
    "queue": "shared/js/queue.js",
    "sending": "shared/js/sending.js",
    "seal": "shared/js/seal.js",
    "cards": "desk/cards.js",
}
ASSETS = (
    "desk/offline.css",
    "desk/offline.js",
    *SCRIPTS.values(),
    "portal/img/icons.svg",
    "portal/img/favicon.svg",
)


@require_safe
@for_staff(PERMISSION)
def page(request: Request) -> HttpResponse:
    """Show the page. It names nobody and holds no token: the browser keeps it and shows it without network."""
    context = {"scripts": {name: static(path) for name, path in SCRIPTS.items()}}
    return render(request, "loans/desk/offline.html", context)


@require_safe
@for_staff(PERMISSION)
def worker(request: Request) -> HttpResponse:
    """Return the script that keeps the page and its parts in the browser, and only these."""
    address = reverse("admin:desk_offline")
    kept = [address, *(static(path) for path in ASSETS)]
    version = hashlib.sha256(json.dumps([kept, get_language()]).encode()).hexdigest()[:12]
    context = {"kept": json.dumps({"page": address, "parts": kept[1:], "version": version})}
    return render(request, "loans/desk/offline_worker.js", context, content_type="text/javascript; charset=utf-8")


@require_GET
@for_staff(PERMISSION)
def shift(request: Request) -> HttpResponse:
    """Begin a shift at the desk where this librarian is; also the token that sending needs."""
    place = desk_of(request.user)  # type: ignore[arg-type]  # signed in: the permission says so
    if place is None:
        return problem(409, "no_desk", "choose a desk first")
    word, key = begin_shift(request.user, place)  # type: ignore[arg-type]  # as above
    answer = {"shift": word, "public_key": key, "place": str(place), "csrf": get_token(request)}
    return JsonResponse({**answer, "now": clock.now().isoformat()})


@require_POST
@for_staff(PERMISSION)
def reports(request: Request) -> HttpResponse:
    """Take what was done without network; see docs/offline-desk.md."""
    place = desk_of(request.user)  # type: ignore[arg-type]  # as above
    if place is None:
        return problem(409, "no_desk", "choose a desk first")
    try:
        batch = read_batch(request, read_act)
    except BatchRefused as refusal:
        return problem(refusal.status, refusal.code, refusal.detail)
    results: dict[int, dict[str, Any]] = {}
    for one in in_order([sent.act.seq for sent in batch.reports]):
        sent = batch.reports[one]
        results[one] = _result(sent, record_sent(sent, batch, sender_desk=place))
    return JsonResponse({"results": [results[one] for one in range(len(results))], "now": clock.now().isoformat()})


def _result(sent: Sent, applied: Applied) -> dict[str, Any]:
    loans = Loan.objects.select_related("copy__title").defer("copy__title__record")
    loan = loans.filter(pk=applied.loan_id).first() if applied.loan_id is not None else None
    tone, told = tell_recorded(applied)
    return {
        "key": sent.key,
        "outcome": str(applied.outcome),
        "detail": applied.detail,
        "title": str(loan.copy.title) if loan is not None else "",
        "tone": tone,
        "told": told,
    }
