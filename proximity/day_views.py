"""The partner's day as an installed app: its page, what it keeps, and the worker that opens it without network.

The page holds nothing of a point, so that anybody may fetch it; what fills it asks for the phone's cookie.
"""

from __future__ import annotations

import hashlib
import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST, require_safe

from loans.handing import find_parcel_by_code
from milanolib.errors import DomainError
from milanolib.http import problem
from proximity.day import day_of
from proximity.forms import CodeForm
from proximity.language import ASKED, LANGUAGES, in_asked_language, speak_asked_language
from proximity.signin import phone_required, unknown_phone

if TYPE_CHECKING:
    from branches.models import Device

TEMPLATE = "proximity/day.html"
SCRIPTS = {
    "queue": "shared/js/queue.js",
    "sending": "shared/js/sending.js",
    **{
        name: f"partner/{name}.js"
        for name in (
            "codes",
            "page",
            "kept",
            "lists",
            "signs",
            "taking",
            "handing",
            "shelf",
            "scanning",
            "camera",
            "decoder",
        )
    },
}
LATER = ("camera", "decoder")
DECODER = "zxing/zxing.min.js"  # for the camera where the browser reads no codes itself; fetched last, then kept
CAMERA = "camera=(self), microphone=()"
# Everything the page needs; the worker keeps these and nothing else.
PARTS = (
    "partner/partner.css",
    "partner/day.js",
    *SCRIPTS.values(),
    "portal/img/icons.svg",
    "portal/img/favicon.svg",
)
PAGES = (
    "home",
    "take_in",
    "hand_out",
    "take_back",
    "crate_out",
    "close_day",
    "fault",
)  # shown by the page of the day, once the browser keeps it


def _page(request: HttpRequest, language: str) -> str:
    scripts = {name: static(path) for name, path in SCRIPTS.items()}
    at_once = [address for name, address in scripts.items() if name not in LATER]
    context = {"scripts": scripts, "at_once": at_once, "decoder": static(DECODER)}
    with translation.override(language):
        return render_to_string(TEMPLATE, context, request=request)


@login_not_required
@never_cache
@require_safe
def day(request: HttpRequest) -> HttpResponse:
    """Show the page of the day, empty: it names no point and holds no token."""
    language = speak_asked_language(request) or get_language() or settings.LANGUAGE_CODE
    return HttpResponse(_page(request, language), headers={"Permissions-Policy": CAMERA})


@login_not_required
@never_cache
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Return the script that keeps the page, in each language, and its parts; another of them makes another script."""
    parts = [static(path) for path in PARTS]
    texts = [_page(request, language) for language in LANGUAGES]
    kept = {
        "pages_in": {language: f"{reverse('proximity:day')}?{ASKED}={language}" for language in LANGUAGES},
        "language": get_language(),  # until the partner chooses another
        "scope": reverse("proximity:home"),
        "pages": [reverse(f"proximity:{name}") for name in PAGES],
        "parts": parts,
        "decoder": static(DECODER),
        "version": hashlib.sha256(json.dumps([texts, parts]).encode()).hexdigest()[:12],
    }
    context = {"kept": json.dumps(kept)}
    return render(request, "proximity/worker.js", context, content_type="text/javascript; charset=utf-8")


@login_not_required
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  the shape of a view
    """Say how the phone installs the page."""
    home = reverse("proximity:home")
    said = {
        "id": home,
        "name": _("Point of the libraries of Milan"),
        "short_name": _("Library point"),
        "lang": get_language(),
        "start_url": home,
        "scope": home,
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#073b45",
        "icons": [
            {"src": static("partner/icon-192.png"), "sizes": "192x192", "type": "image/png", "purpose": "any maskable"},
            {"src": static("partner/icon-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "any maskable"},
        ],
    }
    return JsonResponse(said, content_type="application/manifest+json")


@in_asked_language
@phone_required(unknown_phone)
@require_GET
def parcels(request: HttpRequest, device: Device) -> HttpResponse:
    """Return what the phone keeps for the day, and the token that sending needs; see proximity/day.py."""
    return JsonResponse({**day_of(device), "csrf": get_token(request)})


@sensitive_post_parameters("code")
@in_asked_language
@phone_required(unknown_phone)
@require_POST
def find_by_code(request: HttpRequest, device: Device) -> HttpResponse:
    """Say which parcel a code is for that the phone itself does not know; the phone's wrong codes are counted."""
    form = CodeForm(request.POST)
    if not form.is_valid():
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "not_a_code", str(form.errors["code"][0]))
    try:
        parcel = find_parcel_by_code(device, form.cleaned_data["code"])
    except DomainError as refusal:
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, refusal.code, str(refusal))
    return JsonResponse({"tag": parcel.tag, "shelf_number": parcel.shelf_number})
