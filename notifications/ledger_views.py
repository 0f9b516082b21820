"""Pages of the ledger for staff: volumes, what is stuck, every text, sending again, a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from milanolib.errors import DomainError
from notifications.composing import preview
from notifications.forms import PreviewForm
from notifications.kinds import kind_of
from notifications.ledger import (
    BAR_LENGTH,
    COUNTED_DAYS,
    MOST_STUCK,
    channel_states,
    resend,
    stuck,
    volumes,
    write_test,
)
from notifications.models import Channel, Message
from notifications.policy import fits_one_sms, places_in_sms

if TYPE_CHECKING:
    from django.http import HttpRequest

PERMISSION = "notifications.view_message"
TO_ACT = "notifications.change_message"


def _page(request: HttpRequest, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
    frame = {**admin.site.each_context(request), "title": title}
    return render(request, f"notifications/desk/{template}.html", {**frame, **context})


@require_GET
@permission_required(PERMISSION, raise_exception=True)
def overview(request: HttpRequest) -> HttpResponse:
    """Show how many messages of each kind went which way, how the channels fare, and what is stuck."""
    rows = list(stuck()[: MOST_STUCK + 1])
    context = {
        "volumes": volumes(),
        "days": COUNTED_DAYS,
        "length": BAR_LENGTH,
        "channels": Channel.choices,
        "states": channel_states(),
        "stuck": rows[:MOST_STUCK],
        "goes_on": len(rows) > MOST_STUCK,
        "may_act": request.user.has_perm(TO_ACT),
    }
    return _page(request, "overview", _("Messages to readers"), context)


@require_GET
@permission_required(PERMISSION, raise_exception=True)
def previews(request: HttpRequest) -> HttpResponse:
    """Show a kind's texts with facts made up for it, in one language; as HTML it is the letter itself."""
    form = PreviewForm(request.GET or None)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        kind, chosen = kind_of(form.cleaned_data["kind"]), form.cleaned_data
        if kind.sample is not None:
            rendered = preview(kind, language=chosen["language"], simple=chosen["simple"])
            if "html" in request.GET:
                return HttpResponse(rendered.html)
            context |= {
                "rendered": rendered,
                "direction": "rtl" if chosen["language"] in settings.LANGUAGES_BIDI else "ltr",
                "places": places_in_sms(rendered.short),
                "fits": fits_one_sms(rendered.short),
            }
    return _page(request, "previews", _("Texts of the messages"), context)


@require_POST
@permission_required(TO_ACT, raise_exception=True)
def send_test(request: HttpRequest) -> HttpResponse:
    """Write a test message to whoever asks for it."""
    write_test(request.user)  # type: ignore[arg-type]  # signed in: the permission says so
    messages.success(request, _("Written. It reaches you within a minute, or stands below as stuck."))
    return HttpResponseRedirect(reverse("admin:messages_overview"))


@require_POST
@permission_required(TO_ACT, raise_exception=True)
def send_again(request: HttpRequest, message_id: int) -> HttpResponse:
    """Send a message once more, for a reason."""
    message = get_object_or_404(Message, pk=message_id)
    try:
        resend(message, reason=request.POST.get("reason", ""), actor=request.user)  # type: ignore[arg-type]  # signed in
        messages.success(request, _("It goes out again, if it is still true."))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return HttpResponseRedirect(reverse("admin:notifications_message_change", args=[message.pk]))
