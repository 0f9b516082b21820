"""'Projects and practices': what each is in plain words, what it comes to today, what was officially published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from branches.models import PlaceKind
from portal.projects import official, proximity_figures, registry_figures, self_service_figures

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
@login_not_required
def index(request: HttpRequest) -> HttpResponse:
    """All projects, with a sentence on each."""
    return render(request, "portal/projects.html")


@require_safe
@login_not_required
def proximity(request: HttpRequest) -> HttpResponse:
    """The proximity network."""
    context = {"figures": proximity_figures(), "official": official("proximity"), "kinds": _kinds()}
    return render(request, "portal/projects_proximity.html", context)


@require_safe
@login_not_required
def registry(request: HttpRequest) -> HttpResponse:
    """Registry certificates at the library."""
    context = {"figures": registry_figures(), "official": official("registry")}
    return render(request, "portal/projects_registry.html", context)


@require_safe
@login_not_required
def self_service(request: HttpRequest) -> HttpResponse:
    """Services and rooms that people use on their own."""
    context = {"figures": self_service_figures(), "official": official("self_service")}
    return render(request, "portal/projects_self_service.html", context)


@require_safe
@login_not_required
def agreements(request: HttpRequest) -> HttpResponse:
    """Agreements with cinemas, theatres and museums."""
    return render(request, "portal/projects_agreements.html", {"official": official("agreements")})


def _kinds() -> list[dict[str, str]]:
    """Return what each kind of proximity point is good for."""
    return [
        {
            "icon": PlaceKind.NEWSSTAND.value,
            "name": _("Newsstands and neighbourhood bookshops"),
            "text": _(
                "You reserve online and choose the shop as the point where you collect; you give back there too, while"
                " you buy the paper. Meant for who has no library within easy reach."
            ),
        },
        {
            "icon": PlaceKind.CONDOMINIUM.value,
            "name": _("Condominium libraries"),
            "text": _(
                "Rooms in blocks of flats, often the old porter's lodge, that neighbours keep open: they lend books"
                " that were given to them. Each has its own hours and rules, and a district library at its side."
            ),
        },
        {
            "icon": PlaceKind.LOCKER.value,
            "name": _("Smart lockers"),
            "text": _(
                "Cabinets with compartments: what you have reserved online waits behind a door that opens for you,"
                " also when the library is shut. Give back there whatever you have borrowed."
            ),
        },
        {
            "icon": PlaceKind.METRO_LIBRARY.value,
            "name": _("The library in the metro"),
            "text": _(
                "An automated library in the Porta Venezia station: books, audiobooks, comics and DVDs to borrow on"
                " the spot with your card, as long as the metro runs."
            ),
        },
        {
            "icon": PlaceKind.RETURN_BOX.value,
            "name": _("Return boxes"),
            "text": _("Boxes outside some libraries: give back at any hour, the loan ends when you drop it in."),
        },
    ]
