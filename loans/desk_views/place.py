"""The page on which a librarian says where she works now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from branches.postings import choose_desk, desk_of, postings_of
from loans.desk_views.frame import PERMISSION, desk_page
from milanolib.errors import DomainError
from milanolib.http import respond

if TYPE_CHECKING:
    from django.http import HttpResponse

    from milanolib.http import Request


def choose_place(request: Request) -> HttpResponse:
    """Show the librarian's branches and take the one where she works now."""
    user = request.user
    if not user.has_perm(PERMISSION) or not user.is_authenticated:
        raise PermissionDenied
    if request.method == "POST":
        return _chosen(request)
    context = {"postings": postings_of(user), "next": request.GET.get("next", "")}
    return desk_page(request, "loans/desk/place.html", _("My desk"), context, place=desk_of(user))


def _chosen(request: Request) -> HttpResponse:
    number = request.POST.get("place", "")
    try:
        place = choose_desk(request.user, int(number) if number.isdecimal() else 0)  # type: ignore[arg-type]
    except DomainError as refusal:
        return respond(request, "_refusal.html", refusal=refusal, back=reverse("admin:desk_place"))
    done = _("You are at the desk of %(place)s.") % {"place": place}
    return respond(request, "_done.html", done=done, back=_way_back(request))


def _way_back(request: Request) -> str:
    """Return the page from which the librarian was sent here, if it is one of ours."""
    wanted = request.POST.get("next", "")
    is_ours = wanted and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else reverse("admin:index")
