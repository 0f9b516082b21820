"""Where a reader is reached: notices on their own devices, the script that shows them, an address that works again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from milanolib.errors import DomainError
from milanolib.http import respond
from notifications import channels
from notifications.browsers import add_browser, remove_browser
from notifications.channels.push_sealing import own_key, public_point
from notifications.mending import use_again
from notifications.models import Channel, PushSubscription

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PART = "portal/_devices.html"


@require_http_methods(["GET", "HEAD", "POST"])
def devices(request: HttpRequest) -> HttpResponse:
    """Show the browsers that take this person's notices; a browser that was asked sends itself here as a form."""
    if request.method != "POST":
        return render(request, "portal/devices.html", _context(request))
    refusal, done = None, ""
    try:
        add_browser(
            request.user,  # type: ignore[arg-type]  # signed in
            endpoint=request.POST.get("endpoint", ""),
            p256dh=request.POST.get("p256dh", ""),
            auth=request.POST.get("auth", ""),
        )
        done = _("From now on this device shows our notices.")
    except DomainError as error:
        refusal = error
    return respond(request, PART, _context(request), refusal=refusal, done=done, back=reverse("portal:devices"))


@require_POST
def device_remove(request: HttpRequest, browser_id: int) -> HttpResponse:
    """Send no notices to a browser any more; one that is gone already is no fault."""
    remove_browser(request.user, browser_id)  # type: ignore[arg-type]  # signed in
    done = _("That device shows no notices any more.")
    return respond(request, PART, _context(request), done=done, back=reverse("portal:devices"))


def _context(request: HttpRequest) -> dict[str, object]:
    is_offered = channels.is_usable(Channel.PUSH)
    return {
        "is_offered": is_offered,
        "key": public_point(own_key(settings.VAPID_KEY)) if is_offered else "",
        "browsers": PushSubscription.objects.filter(user=request.user.pk).order_by("-created_at", "-pk"),
    }


@require_POST
def address_works(request: HttpRequest) -> HttpResponse:
    """Write to this person's address again: they say that it works."""
    use_again(request.user)  # type: ignore[arg-type]  # signed in
    messages.success(request, _("We write to your e-mail address again."))
    return redirect("portal:mine")


@login_not_required  # the browser asks for it by itself, also when nobody is signed in; it holds nothing of anybody
@require_safe
@never_cache
def worker(request: HttpRequest) -> HttpResponse:
    """Return the script that shows notices."""
    context = {"icon": static("portal/img/favicon.png")}
    return render(request, "portal/push_worker.js", context, content_type="text/javascript; charset=utf-8")
