"""Crates: what is to be sent, what is in each, what has come, and what was in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from branches.models import Place
from loans.crate_reads import content_of, crates_at, crates_coming, crates_gone, crates_stopped, note_shut, ways_from
from loans.crate_words import tell_put, tell_taken_out, tell_unpacked
from loans.crates import (
    crate_by_code,
    finish_crate,
    inside,
    load_crate,
    open_crate,
    put_in_crate,
    receive_crate,
    reopen_crate,
    seal_crate,
    take_out_of_crate,
    unpack,
    unpack_all,
)
from loans.desk_reads import copy_by_code
from loans.desk_views.another_way import address_for
from loans.desk_views.answers import can_be_undone, staff
from loans.desk_views.frame import at_desk, desk_page, go, scanned
from loans.desk_views.slips import paper_of, pdf
from loans.desk_words import alerts_on_return
from loans.errors import NotHandedOutThere
from loans.slips_pdf import manifest_pdf
from milanolib.errors import DomainError
from milanolib.http import respond

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from accounts.models import User
    from catalog.models import Copy
    from loans.crate_words import Told
    from loans.models import Crate
    from milanolib.http import Request

FILLING, UNPACKING = "loans/desk/crate.html", "loans/desk/crate_in.html"


@at_desk
def crates(request: Request, place: Place) -> HttpResponse:
    """Show what is to be sent from here and what comes; a crate that is scanned is received, or opened to be filled."""
    if request.method == "POST":
        return _found(request, place)
    here = place.holding_place
    context = {"ways": ways_from(here), "coming": crates_coming(here), "gone": crates_gone(here)}
    context["stopped"] = crates_stopped(here)
    return desk_page(request, "loans/desk/crates.html", _("Crates"), context, place=place)


def _found(request: Request, place: Place) -> HttpResponse:
    """Go to the page of a crate that was scanned; one that goes here has come. One for another place is told."""
    code = scanned(request)
    try:
        found = crate_by_code(code)
        here = place.holding_place.pk
        if found.origin_id != here or found.destination_id == here:  # one that was turned back ends where it was filled
            receive_crate(found, place, actor=staff(request))
    except DomainError as refusal:
        context = {"desk": place, "scanned": code}
        return respond(
            request, "loans/desk/crates.html#answer", context, refusal=refusal, back=reverse("admin:desk_crates")
        )
    return go(request, reverse("admin:desk_crate", args=[found.code]))


@require_POST
@at_desk
def begin(request: Request, place: Place) -> HttpResponse:
    """Begin a crate for another place, or go on with the one that stands open."""
    number = request.POST.get("destination", "")
    destination = get_object_or_404(Place, pk=number if number.isdecimal() else 0)
    try:
        begun = open_crate(place, destination, actor=staff(request))
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return go(request, reverse("admin:desk_crates"))
    return go(request, reverse("admin:desk_crate", args=[begun.code]))


@at_desk
def crate(request: Request, place: Place, code: str) -> HttpResponse:
    """Show a crate with its scan field: at the place where it is filled, or at the one where it is unpacked."""
    one = get_object_or_404(crates_at(place.holding_place), code=code)
    if one.destination_id == place.holding_place.pk:
        return _taken_in(request, place, one) if request.method == "POST" else _page(request, place, one, UNPACKING)
    return _put_in(request, place, one) if request.method == "POST" else _page(request, place, one, FILLING)


def _page(request: Request, place: Place, one: Crate, template: str) -> HttpResponse:
    title = _("Crate %(crate)s") % {"crate": one}
    return desk_page(request, template, title, {"crate": note_shut([one])[0], "content": content_of(one)}, place=place)


def _put_in(request: Request, place: Place, one: Crate) -> HttpResponse:
    """Put what was scanned into the crate, or take it out when its row says so."""
    is_out = request.POST.get("mode") == "out"
    verb, tell = (take_out_of_crate, tell_taken_out) if is_out else (put_in_crate, tell_put)

    def done(copy: Copy) -> Told:
        verb(copy, one, place, actor=staff(request))
        return tell(one, inside(one).count())

    return _scan(request, place, one, FILLING, done)


def _taken_in(request: Request, place: Place, one: Crate) -> HttpResponse:
    """Take in what was scanned, and say where it goes."""
    shown: dict[str, Any] = {}

    def done(copy: Copy) -> Told:
        what = ("check_in", f"copy:{copy.pk}", str(copy.title))
        found = can_be_undone(request, place, what, lambda: unpack(copy, one, place, actor=staff(request)))
        shown.update(copy=found.outcome.copy, alerts=alerts_on_return(found.outcome))
        return tell_unpacked(found, inside(one).count())

    return _scan(request, place, one, UNPACKING, done, shown)


def _scan(
    request: Request,
    place: Place,
    one: Crate,
    template: str,
    done: Callable[[Copy], Told],
    shown: dict[str, Any] | None = None,
) -> HttpResponse:
    code, back = scanned(request), reverse("admin:desk_crate", args=[one.code])
    context: dict[str, Any] = {"desk": place, "scanned": code, "crate": one, "is_swap": True}
    try:
        told = done(copy_by_code(code))
    except DomainError as refusal:
        one.refresh_from_db()
        context["content"] = content_of(one)
        back = address_for(code) if isinstance(refusal, NotHandedOutThere) else back
        return respond(request, f"{template}#answer", context, refusal=refusal, back=back)
    context |= {"told": told, "about": "" if shown else code, "content": content_of(one), **(shown or {})}
    return respond(request, f"{template}#answer", context, done=f"{code}: {told}.", back=back)


@require_POST
@at_desk
def act(request: Request, place: Place, code: str, act: str) -> HttpResponse:
    """Do something to a crate as a whole, say so, and show its page again."""
    one = get_object_or_404(crates_at(place.holding_place), code=code)
    if act not in ACTS:
        raise Http404
    try:
        messages.success(request, ACTS[act](one, place, staff(request)))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return go(request, reverse("admin:desk_crate", args=[one.code]))


def _seal(one: Crate, place: Place, user: User) -> str:
    one = seal_crate(one, place, actor=user)
    words = ngettext(
        "Crate %(crate)s is sealed with %(count)s thing in it. Print its list and put it in.",
        "Crate %(crate)s is sealed with %(count)s things in it. Print its list and put it in.",
        one.parcels_declared or 0,
    )
    return words % {"crate": one, "count": one.parcels_declared}


def _reopen(one: Crate, place: Place, user: User) -> str:
    reopen_crate(one, place, actor=user)
    return _("Crate %(crate)s is open again. Its list has to be printed anew.") % {"crate": one}


def _load(one: Crate, place: Place, user: User) -> str:
    load_crate(one, place, actor=user)
    return _("Crate %(crate)s is on the road to %(place)s.") % {"crate": one, "place": one.destination}


def _receive(one: Crate, place: Place, user: User) -> str:
    receive_crate(one, place, actor=user)
    return _("Crate %(crate)s has come. Scan what is in it.") % {"crate": one}


def _unpack_all(one: Crate, place: Place, user: User) -> str:
    count = len(unpack_all(one, place, actor=user))
    words = ngettext(
        "%(count)s thing was taken in. The stack at the desk says where it goes.",
        "%(count)s things were taken in. The stack at the desk says where each one goes.",
        count,
    )
    return words % {"count": count}


def _finish(one: Crate, place: Place, user: User) -> str:
    finish_crate(one, place, actor=user)
    missing = inside(one).count()
    if not missing:
        return _("Crate %(crate)s is unpacked. All was there.") % {"crate": one}
    words = ngettext(
        "Crate %(crate)s is unpacked. %(count)s thing was not in it: both libraries look for it.",
        "Crate %(crate)s is unpacked. %(count)s things were not in it: both libraries look for them.",
        missing,
    )
    return words % {"crate": one, "count": missing}


ACTS: dict[str, Callable[[Crate, Place, User], str]] = {
    "chiusura": _seal,
    "riapertura": _reopen,
    "partenza": _load,
    "arrivo": _receive,
    "tutto": _unpack_all,
    "fine": _finish,
}


@require_GET
@at_desk
def manifest(request: Request, place: Place, code: str) -> HttpResponse:
    """Print the list that travels with a crate; it names neither readers nor titles."""
    one = get_object_or_404(crates_at(place.holding_place), code=code)
    content = content_of(one)
    parcels = [transit.parcel for transit in content if transit.parcel is not None]  # type: ignore[attr-defined]
    as_they_are = [transit for transit in content if transit.parcel is None]  # type: ignore[attr-defined]
    return pdf(manifest_pdf(one, parcels, as_they_are, paper=paper_of(request)), "crate")
