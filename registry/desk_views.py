"""The workstations at the desk: the day, walk-ins, bookings by telephone, blocked hours, a day moved, the figures."""

from __future__ import annotations

import datetime as dt
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
from registry.figures import figures_of
from registry.forms import BlockForm, TelephoneForm
from registry.free import Free, out_of_hours
from registry.links import token_of
from registry.models import Booking, Kiosk
from registry.running import STEPS, block_hours, move_day, note_step, seat_walk_in, unblock_hours

if TYPE_CHECKING:
    from django.db.models import QuerySet
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
    kiosk, on = _kiosk(request, code), _day(request)
    free = Free([kiosk], on, on)
    bookings = Booking.objects.filter(resource=kiosk).between(clock.start_of(on), clock.end_of(on)).order_by("during")
    stranded = {one.pk for one in out_of_hours(kiosk)}  # somebody must tell them: only there their contact is shown
    context = {
        "kiosk": kiosk,
        "day": on,
        "day_before": on - ONE_DAY,
        "day_after": on + ONE_DAY,
        "is_today": on == clock.today(),
        "rows": [
            (one, token_of(one), one.contact if one.pk in stranded or not one.has_address else "")
            for one in bookings.exclude(status__in=["cancelled", "expired"])
        ],
        "current": free.current(kiosk) if on == clock.today() else None,
        "telephone": TelephoneForm(slots=free.on(kiosk, on)),
        "hours_form": BlockForm(),
        "blocks": kiosk.blocks.filter(during__overlap=(clock.start_of(on), clock.end_of(on))).order_by("during"),
        "is_kept": request.user.has_perm("registry.change_kiosk"),
    }
    return desk_page(request, "registry/desk/day.html", kiosk.name, context)


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
    """Seat somebody who came without a booking."""
    kiosk = _kiosk(request, code)
    try:
        booking = seat_walk_in(kiosk, actor=request.user)  # type: ignore[arg-type]
    except DomainError as refusal:
        return _answer(request, kiosk, clock.today(), refusal=refusal)
    return _answer(request, kiosk, clock.today(), done=_("Seated, with the code %(code)s.") % {"code": booking.code})


@require_POST
@for_staff(PERMISSION)
def telephone(request: Request, code: str) -> HttpResponse:
    """Book for somebody on the telephone, confirmed by voice."""
    kiosk, on = _kiosk(request, code), _day(request)
    form = TelephoneForm(request.POST)
    if not form.is_valid():
        return _answer(request, kiosk, on, slip=_("Nothing was booked: choose a time and write how to reach them."))
    try:
        booking = book_slot(
            kiosk,
            form.cleaned_data["slot"],
            form.cleaned_data["contact"],
            is_confirmed=True,
            actor=request.user,  # type: ignore[arg-type]
        )
    except DomainError as refusal:
        return _answer(request, kiosk, on, refusal=refusal)
    return _answer(request, kiosk, on, done=_("Booked. Tell them the code: %(code)s.") % {"code": booking.code})


@require_POST
@for_staff(PERMISSION)
def block(request: Request, code: str) -> HttpResponse:
    """Block hours of a day."""
    kiosk, on = _kiosk(request, code), _day(request)
    form = BlockForm(request.POST)
    if not form.is_valid():
        return _answer(request, kiosk, on, slip=_("Nothing was blocked: write both times, as in 10:30."))
    starts, ends = (
        dt.datetime.combine(on, form.cleaned_data[name], tzinfo=ROME).astimezone(dt.UTC) for name in ("starts", "ends")
    )
    try:
        block_hours(kiosk, starts, ends, reason=form.cleaned_data["reason"], actor=request.user)  # type: ignore[arg-type]
    except DomainError as refusal:
        return _answer(request, kiosk, on, refusal=refusal)
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
    """Move all confirmed bookings of a day to the first free slots after it."""
    kiosk, on = _kiosk(request, code), _day(request)
    if request.POST.get("sure") != "on":
        return _answer(request, kiosk, on, slip=_("Nothing was moved: tick that you are sure."))
    moved = move_day(kiosk, on, actor=request.user)  # type: ignore[arg-type]
    done = ngettext("%(number)s booking was moved.", "%(number)s bookings were moved.", moved.moved)
    if moved.left:
        left = ngettext(
            "%(number)s found no free slot: call them.", "%(number)s found no free slot: call them.", moved.left
        )
        messages.warning(request, left % {"number": moved.left})
    for booking in moved.to_call:
        told = _("%(code)s has only a telephone: call. The slot is now on %(day)s.")
        day = date_format(clock.local(booking.starts), "l j F, H:i")
        messages.warning(request, told % {"code": booking.code, "day": day})
    return _answer(request, kiosk, on, done=done % {"number": moved.moved})


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
    try:
        return dt.date.fromisoformat(request.GET.get("giorno", ""))
    except ValueError:
        return clock.today()


def _answer(
    request: Request,
    kiosk: Kiosk,
    on: dt.date,
    *,
    done: str = "",
    refusal: DomainError | None = None,
    slip: str = "",
) -> HttpResponse:
    """Go back to the day and say there what happened."""
    if slip:
        messages.error(request, slip)
    back = f"{reverse('admin:desk_registry_day', args=[kiosk.code])}?giorno={on.isoformat()}"
    return respond(request, "_done.html", refusal=refusal, done=done, back=back)
