"""What pages of the desk share, whichever app they belong to: who may come in, at which desk, in which frame."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect

from branches.postings import desk_of
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.functional import Promise

    from branches.models import Place
    from milanolib.http import Request

LONGEST_SCAN = 60


class DeskChanged(DomainError):
    """The page was loaded at one desk and sent from another."""

    code = "desk_changed"
    message = _(
        "Nothing was done: the page was loaded at another desk than the one where you are now. Choose, then repeat."
    )


def for_staff(permission: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Let only staff with a permission in, at whatever desk they are."""

    def guarded(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @functools.wraps(view)
        def run(request: Request, **parts: Any) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, **parts)

        return run

    return guarded


def at_desk_with(permission: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Let only staff with a permission in, and give the view the branch where this person works now.

    Who has not said where she is goes and says so first. A form that was loaded at another desk is refused: what
    it asks for would happen at the wrong library.
    """

    def guarded(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @functools.wraps(view)
        def run(request: Request, **parts: Any) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            place = desk_of(request.user)  # type: ignore[arg-type]  # signed in: the permission says so
            if place is None:
                return go(request, f"{reverse('admin:desk_place')}?{urlencode({'next': request.path}, safe='/')}")
            if request.method == "POST" and request.POST.get("desk") != str(place.pk):
                messages.error(request, str(DeskChanged()))
                return go(request, reverse("admin:desk_place"))
            return view(request, place, **parts)

        return run

    return guarded


def go(request: Request, url: str) -> HttpResponse:
    """Send the browser to another page, whoever asked: a form or htmx."""
    return HttpResponseClientRedirect(url) if request.htmx else HttpResponseRedirect(url)


def desk_page(
    request: Request,
    template: str,
    title: str | Promise,
    context: dict[str, Any],
    *,
    place: Place | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render a page of the desk inside the admin site's frame."""
    frame = {**admin.site.each_context(request), "title": title, "desk": place}
    return render(request, template, {**frame, **context}, status=status)


def scanned(request: Request) -> str:
    """Return what a scanner or a hand put into the scan field, without what no barcode or card holds."""
    return "".join(letter for letter in request.POST.get("scan", "") if letter.isprintable()).strip()[:LONGEST_SCAN]
