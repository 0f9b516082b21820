"""Duties of a public body's site: declarations, and a way to tell us what does not work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from notifications.services import take_feedback
from portal.forms import FeedbackForm

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
@login_not_required
def page(request: HttpRequest, name: str) -> HttpResponse:
    """One of the standing pages."""
    return render(request, f"portal/legal/{name}.html")


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def feedback(request: HttpRequest) -> HttpResponse:
    """Take what somebody wrote and give them a case number to come back with."""
    form = FeedbackForm(request.POST or None, initial={"page": request.GET.get("pagina", "")[:200]})
    case = None
    if request.method == "POST" and form.is_valid():
        if limited := ratelimit.consume_or_429(request, action="feedback"):
            return limited
        case = take_feedback(**form.cleaned_data)
    invalid = request.method == "POST" and case is None
    return render(request, "portal/feedback.html", {"form": form, "case": case}, status=422 if invalid else 200)
