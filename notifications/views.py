"""The way out of a kind of message, from the message itself and without a sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from notifications.models import Channel
from notifications.preferences import optional_kinds, read_unsubscribe_token, switch_off

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@csrf_exempt  # mail programs send this without a cookie (RFC 8058): the signed address is what shows the right
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Show what would be switched off; sent as a form, by a person or a mail program, switch it off."""
    found = read_unsubscribe_token(token)
    if found is None:
        raise Http404
    reader, codes, channel = found
    kinds = optional_kinds(codes)
    if not kinds:
        raise Http404
    is_off = request.method == "POST" and bool(switch_off(reader, codes, channel))
    context = {"kinds": kinds, "channel": Channel(channel).label, "is_off": is_off}
    return render(request, "notifications/unsubscribe.html", context)
