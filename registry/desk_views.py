"""The workstations at the desk: the day, walk-ins, bookings by telephone, blocked hours, days moved, the figures."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from branches.desk_frame import desk_page, for_staff
from branches.permissions import places_kept_by
from milanolib import clock
from milanolib.clock import ROME
from milanolib.errors import DomainError
from milanolib.http import respond
from milanolib.tables import csv_answer
from registry.bookings import book_slot, cancel_booking
from registry.certificates import count_certificate
from registry.errors import NotFreeNow, SlotTaken, SlotUnknown
from registry.figures import figures_of
from registry.forms import DAYS, BlockForm, MoveForm, TelephoneForm, WalkInForm, words_for
from registry.free import Free, out_of_hours
from registry.links import token_of
from registry.models import Booking, Kiosk
from registry.moving import move_days
from registry.running import STEPS, block_hours, note_step, seat_walk_in, unblock_hours

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.forms import Form
    from django.http import HttpResponse

    from milanolib.http import Request

PERMISSION = "registry.run_kiosk"
ONE_DAY = dt.timedelta(days=1)


@require_safe
@for_staff(PERMISSION)
def kiosks(request: Request) -> HttpResponse:
    """Choose a workstation; where there is one, go there."""
    own = list(_own(request))
    if len(own) == 1:
        return redirect("admin:desk_registry_day", own[0].code)
    return desk_page(request, "registry/desk/kiosks.html", _("Registry workstations"), {"kiosks": own})


@require_safe
@for_staff(PERMISSION)
def day(request: Request, code: str) -> HttpResponse:
    """Show the day of a workstation: who comes, who is there, what is free."""
    return _show_day(request, _kiosk(request, code), _day(request))


def _show_day(request: Request, kiosk: Kiosk, on: dt.date, **sent: Form) -> HttpResponse:
    """Show a day; `sent` are forms with faults or refused by a rule, which come back as they were filled in."""
    free = Free([kiosk], on, on)
    bookings = Booking.objects.filter(resource=kiosk).between(clock.start_of(on), clock.end_of(on)).order_by("during")
    stranded = out_of_hours(kiosk)
    to_tell = {one.pk for one in stranded}  # somebody must tell them: only there their contact is shown
    offered = free.on(kiosk, on)
    if "telephone" in sent:
        sent["telephone"].offer(offered)  # type: ignore[attr-defined]
    context = {
        "kiosk": kiosk,
        "day": on,
        "day_before": on - ONE_DAY,
        "day_after": on + ONE_DAY,
        "is_today": on == clock.today(),
        "rows": [
            (one, token_of(one), one.contact if one.pk in to_tell or not one.has_address else "")
            for one in bookings.exclude(status__in=["cancelled", "expired"])
        ],
        "current": free.current(kiosk) if on == clock.today() else None,
        "stranded": sorted(Counter(clock.local(one.starts).date() for one in stranded).items()),
        "walk_in": WalkInForm(auto_id="walk_in_%s"),
        "telephone": TelephoneForm(slots=offered),
        "can_book": offered or "telephone" in sent,
        "hours_form": BlockForm(),
        "moving": MoveForm(initial={"first": on, "last": _named_day(request, "fino") or on}),
        "blocks": kiosk.blocks.filter(during__overlap=(clock.start_of(on), clock.end_of(on))).order_by("during"),
        "is_kept": request.user.has_perm("registry.change_kiosk"),
        **sent,
    }
    page = desk_page(request, "registry/desk/day.html", kiosk.name, context)
    page.status_code = 422 if sent else 200
    return page


@require_POST
@for_staff(PERMISSION)
def step(request: Request, code: str, booking_id: int) -> HttpResponse:
    """Note a step of one booking, or cancel it."""
    kiosk = _kiosk(request, code)
    booking = get_object_or_404(Booking.objects.select_related("resource"), pk=booking_id, resource=kiosk)
    act = request.POST.get("act", "")
    try:
        if act in STEPS:
            note_step(booking, act, actor=request.user)  # type: ignore[arg-type]
        elif act == "cancel":
            cancel_booking(booking, actor=request.user)  # type: ignore[arg-type]
    except DomainError as refusal:
        return _answer(request, kiosk, _day(request), refusal=refusal)
    done = _("%(code)s: %(status)s.") % {"code": booking.code, "status": booking.get_status_display()}
    return _answer(request, kiosk, _day(request), done=done)


@require_POST
@for_staff(PERMISSION)
def walk_in(request: Request, code: str) -> HttpResponse:
    """Seat somebody who came without a booking, and count which certificate they want, if they say so."""
    kiosk = _kiosk(request, code)
    try:
        booking = seat_walk_in(kiosk, actor=request.user)  # type: ignore[arg-type]
    except NotFreeNow as refusal:
        if refusal.next_free is not None:
            told = _("The next free slot: %(slot)s.") % {"slot": words_for(refusal.next_free, has_day=True)}
            messages.info(request, told)
        return _answer(request, kiosk, clock.today(), refusal=refusal)
    count_certificate(kiosk, request.POST.get("certificate", ""))
    return _answer(request, kiosk, clock.today(), done=_("Seated, with the code %(code)s.") % {"code": booking.code})


@require_POST
@for_staff(PERMISSION)
def telephone(request: Request, code: str) -> HttpResponse:
    """Book for somebody on the telephone, confirmed by voice."""
    kiosk, on = _kiosk(request, code), _day(request)
    form = TelephoneForm(request.POST)
    if not form.is_valid():
        return _show_day(request, kiosk, on, telephone=form)
    try:
        booking = book_slot(
            kiosk,
            form.cleaned_data["slot"],
            form.cleaned_data["contact"],
            is_confirmed=True,
            actor=request.user,  # type: ignore[arg-type]
        )
    except (SlotTaken, SlotUnknown) as refusal:
        form.add_error("slot", str(refusal))
        return _show_day(request, kiosk, on, telephone=form)
    except DomainError as refusal:
        form.add_error("contact", str(refusal))
        return _show_day(request, kiosk, on, telephone=form)
    count_certificate(kiosk, form.cleaned_data["certificate"])
    return _answer(request, kiosk, on, done=_("Booked. Tell them the code: %(code)s.") % {"code": booking.code})


@require_POST
@for_staff(PERMISSION)
def block(request: Request, code: str) -> HttpResponse:
    """Block hours of a day."""
    kiosk, on = _kiosk(request, code), _day(request)
    form = BlockForm(request.POST)
    if not form.is_valid():
        return _show_day(request, kiosk, on, hours_form=form)
    starts, ends = (
        dt.datetime.combine(on, form.cleaned_data[name], tzinfo=ROME).astimezone(dt.UTC) for name in ("starts", "ends")
    )
    try:
        block_hours(kiosk, starts, ends, reason=form.cleaned_data["reason"], actor=request.user)  # type: ignore[arg-type]
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _show_day(request, kiosk, on, hours_form=form)
    return _answer(request, kiosk, on, done=_("These hours are blocked."))


@require_POST
@for_staff(PERMISSION)
def unblock(request: Request, code: str, block_id: int) -> HttpResponse:
    """Let blocked hours be booked again; pressed twice, the second time changes nothing."""
    kiosk, on = _kiosk(request, code), _day(request)
    block = kiosk.blocks.filter(pk=block_id).first()
    if block is not None:
        unblock_hours(block, actor=request.user)  # type: ignore[arg-type]
    return _answer(request, kiosk, on, done=_("These hours can be booked again."))


@require_POST
@for_staff(PERMISSION)
def move(request: Request, code: str) -> HttpResponse:
    """Move all confirmed bookings of some days to the first free slots after them."""
    kiosk, on = _kiosk(request, code), _day(request)
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _show_day(request, kiosk, on, moving=form)
    moved = move_days(kiosk, form.cleaned_data["first"], form.cleaned_data["last"], actor=request.user)  # type: ignore[arg-type]
    if moved.left:
        left = ngettext(
            "%(number)s booking found no free slot and stays. Call: %(which)s.",
            "%(number)s bookings found no free slot and stay. Call: %(which)s.",
            len(moved.left),
        )
        which = "; ".join(f"{one.code}, {_when(one)}" for one in moved.left)
        messages.warning(request, left % {"number": len(moved.left), "which": which})
    for booking in moved.to_call:
        told = _("%(code)s has only a telephone: call. The slot is now on %(day)s.")
        messages.warning(request, told % {"code": booking.code, "day": _when(booking)})
    number = len(moved.moved)
    done = ngettext("%(number)s booking was moved.", "%(number)s bookings were moved.", number) % {"number": number}
    return _answer(request, kiosk, form.cleaned_data["first"], done=done)


def _when(booking: Booking) -> str:
    return date_format(clock.local(booking.starts), "l j F, H:i")


@require_safe
@for_staff(PERMISSION)
def figures(request: Request) -> HttpResponse:
    """Show how the workstations are used, without anybody's data."""
    context = {"figures": figures_of(list(_own(request)))}
    return desk_page(request, "registry/desk/figures.html", _("Registry workstations in numbers"), context)


@require_safe
@for_staff(PERMISSION)
def figures_csv(request: Request) -> HttpResponse:
    """Return the same as a file."""
    parts = figures_of(list(_own(request)))
    rows = [[part.code, row.kiosk, row.label, row.number] for part in parts for row in part.rows]
    return csv_answer("anagrafe.csv", ["what", "workstation", "which", "number"], rows)


def _own(request: Request) -> QuerySet[Kiosk]:
    return Kiosk.objects.filter(place__in=places_kept_by(request.user)).select_related("place").order_by("name")


def _kiosk(request: Request, code: str) -> Kiosk:
    return get_object_or_404(_own(request), code=code)


def _day(request: Request) -> dt.date:
    return _named_day(request, "giorno") or clock.today()


def _named_day(request: Request, name: str) -> dt.date | None:
    """Return the day that the address names; None where it names none, or one that no calendar here reaches."""
    try:
        day = dt.date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None
    return day if DAYS[0] <= day <= DAYS[1] else None


def _answer(
    request: Request, kiosk: Kiosk, on: dt.date, *, done: str = "", refusal: DomainError | None = None
) -> HttpResponse:
    """Go back to the day and say there what happened."""
    back = f"{reverse('admin:desk_registry_day', args=[kiosk.code])}?giorno={on.isoformat()}"
    return respond(request, "_done.html", refusal=refusal, done=done, back=back)
