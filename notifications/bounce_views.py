"""Where the mail server hands over letters that came back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from milanolib.http import problem
from notifications.bounces import take_bounce

if TYPE_CHECKING:
    from django.http import HttpRequest


@csrf_exempt  # a mail server has no cookie: the secret is what it shows
@login_not_required
@require_POST
def bounced(request: HttpRequest) -> JsonResponse:
    """Take one report, and answer of how many letters of ours it spoke; the same again marks nothing else."""
    if not settings.BOUNCE_SECRET:
        raise Http404
    if not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.BOUNCE_SECRET}"):
        return problem(401, "not_known", "the secret is not ours")
    return JsonResponse({"reported": take_bounce(request.body)})
