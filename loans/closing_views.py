"""Closures at the desk: what hangs on one, apply it, see how far it is, take it back."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from branches.desk_frame import desk_page, for_staff
from branches.hanging import what_hangs_on_closure
from branches.models import Closure, Place
from branches.nearest import Elsewhere, nearest_to, pickup_points_during
from branches.permissions import places_kept_by
from branches.public_texts import public_text
from loans.clearing import clear_point
from loans.closings import apply_closure, propose, undo_closure
from loans.hanging import hanging_on_closure
from loans.hold_changes import change_pickup
from loans.models import Assignment, ClosureBatch, ClosureMove
from loans.states import HoldStatus
from milanolib import clock
from milanolib.errors import DomainError
from milanolib.http import respond

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpResponse

    from branches.hanging import Hanging
    from loans.clearing import Cleared
    from milanolib.http import Request

PERMISSION = "branches.change_closure"
AT_ONCE = 200  # moved while the librarian waits; the worker does the rest
BATCHES_SHOWN, LINES_SHOWN = 50, 100
A_DAY = dt.timedelta(days=1)


class NotSure(DomainError):
    """Undoing is confirmed first."""

    code = "not_sure"
    message = gettext_lazy("Nothing was undone: tick that the place is open after all.")


class NotSureToMove(DomainError):
    """Bringing all elsewhere is confirmed first."""

    code = "not_sure_to_move"
    message = gettext_lazy("Nothing was moved: tick that all reservations are to go elsewhere.")


class ElsewhereForm(forms.Form):
    """Where to collect while a point is closed: who stands in, then the nearest."""

    pickup = forms.ModelChoiceField(
        label=gettext_lazy("Where will it be collected?"),
        queryset=Place.objects.none(),
        empty_label=gettext_lazy("Choose a point"),
    )

    def __init__(self, *args: Any, closure: Closure, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        points = pickup_points_during(closure, clock.today())
        nearest = nearest_to(closure.place, points, first=closure.substitute_id, most=len(points))
        order = {one.place.pk: one for one in nearest}
        field: Any = self.fields["pickup"]
        field.queryset = Place.objects.filter(pk__in=[point.pk for point in points])
        named = [*order.values(), *(Elsewhere(point, None) for point in points if point.pk not in order)]
        field.choices = [("", field.empty_label), *((one.place.pk, _named(one)) for one in named)]


def _named(one: Elsewhere) -> str:
    if one.minutes is None:
        return one.place.name
    words = ngettext("%(place)s, %(minutes)s minute on foot", "%(place)s, %(minutes)s minutes on foot", one.minutes)
    return words % {"place": one.place.name, "minutes": one.minutes}


@require_GET
@for_staff(PERMISSION)
def closures(request: Request) -> HttpResponse:
    """Show the closures to come of the places that this person keeps, and what was applied of late."""
    context = {
        "closures": _closures_of(places_kept_by(request.user), clock.today()),
        "batches": [_told(one) for one in _batches(request)[:BATCHES_SHOWN]],
        "most": BATCHES_SHOWN,
    }
    return desk_page(request, "loans/closings/closures.html", _("Closures"), context)


@require_GET
@for_staff(PERMISSION)
def of_place(request: Request, place_id: int) -> HttpResponse:
    """Show what hangs on each closure of a place that is not over; the register's form shows it before it saves."""
    place = get_object_or_404(places_kept_by(request.user), pk=place_id)
    rows = [
        {"closure": one, "reason": public_text(one.reason), "proposal": propose(one), "others": _others(one)}
        for one in _closures_of(Place.objects.filter(pk=place.pk), clock.today())
    ]
    context = {"place": place, "rows": rows, "is_preview": getattr(request, "is_preview", False)}
    return desk_page(request, "loans/closings/place.html", _("What hangs on its closures"), context)


@require_GET
@for_staff(PERMISSION)
def closure(request: Request, closure_id: int) -> HttpResponse:
    """Show what hangs on a closure with the days proposed, and the button that applies it."""
    own = _own_closure(request, closure_id)
    standing = ClosureBatch.objects.filter(closure=own, undo_begun_at=None).first()
    context = {
        "closure": own,
        "reason": public_text(own.reason),
        "proposal": propose(own),
        "others": _others(own),
        "standing": standing,
        "is_long": own.is_long_from(clock.today()),
        "is_over": own.is_over_on(clock.today()),
        "can_clear": _is_shut_for_long(own),
    }
    return desk_page(request, "loans/closings/closure.html", _("Closure: %(place)s") % {"place": own.place}, context)


@require_POST
@for_staff(PERMISSION)
def apply(request: Request, closure_id: int) -> HttpResponse:
    """Move the dates; a long list goes on behind the page."""
    own = _own_closure(request, closure_id)
    try:
        batch = apply_closure(own, actor=request.user, most=AT_ONCE)  # type: ignore[arg-type]
    except DomainError as refusal:
        return respond(request, "_refusal.html", refusal=refusal, back=reverse("admin:desk_closures"))
    done = _("The closure is applied.") if batch.finished_at else _("The closure is being applied.")
    return respond(request, "_done.html", done=done, back=reverse("admin:desk_closure_batch", args=[batch.pk]))


@require_POST
@for_staff(PERMISSION)
def clear(request: Request, closure_id: int) -> HttpResponse:
    """Bring all that is reserved for a point that is closed for long elsewhere."""
    own = _own_closure(request, closure_id)
    back = reverse("admin:desk_closure", args=[own.pk])
    if request.POST.get("sure") != "on":
        return respond(request, "_refusal.html", refusal=NotSureToMove(), back=back)
    try:
        cleared = clear_point(own, actor=request.user)  # type: ignore[arg-type]
    except DomainError as refusal:
        return respond(request, "_refusal.html", refusal=refusal, back=back)
    return respond(request, "_done.html", done=tell_cleared(cleared), back=back)


def tell_cleared(cleared: Cleared) -> str:
    """Say in words what became of the reservations, and what is left to do."""
    words = ngettext(
        "%(count)s reservation goes elsewhere; its reader is told.",
        "%(count)s reservations go elsewhere; their readers are told.",
        cleared.moved,
    )
    said = [words % {"count": cleared.moved}]
    if cleared.turned:
        words = ngettext(
            "%(count)s crate on the road is brought back: the driver sees it, a task says where.",
            "%(count)s crates on the road are brought back: the driver sees them, tasks say where.",
            cleared.turned,
        )
        said.append(words % {"count": cleared.turned})
    if cleared.emptied:
        words = ngettext(
            "%(count)s crate that had not left stays: a task asks for new labels.",
            "%(count)s crates that had not left stay: tasks ask for new labels.",
            cleared.emptied,
        )
        said.append(words % {"count": cleared.emptied})
    if cleared.on_the_way:
        words = ngettext(
            "%(count)s could not be stopped: at the next desk where it is scanned, send it another way.",
            "%(count)s could not be stopped: at the next desk where they are scanned, send them another way.",
            cleared.on_the_way,
        )
        said.append(words % {"count": cleared.on_the_way})
    if cleared.nowhere:
        words = ngettext(
            "For %(count)s there is no other point with room: repeat this later.",
            "For %(count)s there is no other point with room: repeat this later.",
            cleared.nowhere,
        )
        said.append(words % {"count": cleared.nowhere})
    if cleared.to_fetch:
        said.append(_("Something lies at the point: a task asks to fetch it."))
    return " ".join(said)


@require_GET
@for_staff(PERMISSION)
def kept(request: Request, closure_id: int) -> HttpResponse:
    """Show what is ready at a point that is closed for long, to be brought elsewhere for who asks."""
    own = _own_closure(request, closure_id)
    context = {"closure": own, "rows": _kept_at(own)[:LINES_SHOWN], "can_move": _is_shut_for_long(own)}
    return desk_page(request, "loans/closings/kept.html", _("Kept at %(place)s") % {"place": own.place}, context)


@for_staff(PERMISSION)
def move(request: Request, closure_id: int, hold_id: int) -> HttpResponse:
    """Ask where a reader wants to collect what is ready at a closed point, and send it there."""
    own = _own_closure(request, closure_id)
    held = get_object_or_404(_kept_at(own), hold=hold_id)
    back = reverse("admin:desk_closure_kept", args=[own.pk])
    form = ElsewhereForm(request.POST or None, closure=own)
    refusal: DomainError | None = None
    if request.method == "POST" and form.is_valid():
        pickup = form.cleaned_data["pickup"]
        try:
            change_pickup(held.hold, pickup, actor=request.user)  # type: ignore[arg-type]
        except DomainError as error:
            refusal = error
        else:
            done = _("It goes to %(place)s. Scan it at the desk: the answer says where to put it.")
            return respond(request, "_done.html", done=done % {"place": pickup}, back=back)
    context = {"closure": own, "held": held, "form": form, "refusal": refusal}
    status = 422 if request.method == "POST" else 200
    return desk_page(request, "loans/closings/move.html", _("Bring it elsewhere"), context, status=status)


@require_GET
@for_staff(PERMISSION)
def batch(request: Request, batch_id: int) -> HttpResponse:
    """Show how far a batch is, its first lines, and until when it can be undone."""
    own = _told(get_object_or_404(_batches(request), pk=batch_id))
    lines = ClosureMove.objects.filter(batch=own)
    shown = lines.select_related("loan__copy__title", "hold__title", "hold__work")
    shown = shown.defer("loan__copy__title__record", "loan__copy__title__summary", "hold__title__record")
    context: dict[str, Any] = {
        "batch": own,
        "lines": shown.order_by("pk")[:LINES_SHOWN],
        "most": LINES_SHOWN,
        "is_under_way": own.undone_at is None if own.undo_begun_at else own.finished_at is None,
        "to_go": _to_go(own),
        "left": [(ClosureMove(left_because=code).get_left_because_display(), n) for code, n in _left(lines)],
    }
    return desk_page(request, "loans/closings/batch.html", _("Closure: %(place)s") % {"place": own.place}, context)


@require_POST
@for_staff(PERMISSION)
def undo(request: Request, batch_id: int) -> HttpResponse:
    """Take a batch back, and the closure with it."""
    own = get_object_or_404(_batches(request), pk=batch_id)
    back = reverse("admin:desk_closure_batch", args=[own.pk])
    if request.POST.get("sure") != "on":
        return respond(request, "_refusal.html", refusal=NotSure(), back=back)
    try:
        undone = undo_closure(own, actor=request.user, most=AT_ONCE)  # type: ignore[arg-type]
    except DomainError as refusal:
        return respond(request, "_refusal.html", refusal=refusal, back=back)
    done = _("The closure is undone.") if undone.undone_at else _("The closure is being undone.")
    return respond(request, "_done.html", done=done, back=back)


def _closures_of(places: QuerySet[Place], today: dt.date) -> QuerySet[Closure]:
    """Return the closures of places that are not over, the next one first."""
    closures = Closure.objects.filter(Q(ends_on=None) | Q(ends_on__gte=today), place__in=places)
    return closures.select_related("place", "substitute").order_by("starts_on", "place__name", "pk")


def _others(closure: Closure) -> list[Hanging]:
    """Return what hangs on a closure and is no matter of loans: shown beside what is, before and after it is saved."""
    return what_hangs_on_closure(closure, besides=hanging_on_closure)


def _kept_at(closure: Closure) -> QuerySet[Assignment]:
    """Return what is ready at the place of a closure, the oldest last day first."""
    there = Q(hold__pickup_place=closure.place_id) | Q(hold__pickup_place__vehicle=closure.place_id)
    ready = Assignment.objects.open().filter(there, hold__status=HoldStatus.READY)
    ready = ready.select_related("copy__title", "hold__reader", "hold__pickup_place")
    return ready.defer("copy__title__record", "copy__title__summary").order_by("hold__keep_until", "pk")


def _is_shut_for_long(closure: Closure) -> bool:
    """Whether it has begun: before that the point hands out what is ready there."""
    today = clock.today()
    return closure.covers(today) and closure.is_long_from(today)


def _own_closure(request: Request, closure_id: int) -> Closure:
    closures = Closure.objects.filter(place__in=places_kept_by(request.user)).select_related("place", "substitute")
    return get_object_or_404(closures, pk=closure_id)


def _batches(request: Request) -> QuerySet[ClosureBatch]:
    """Return the batches of the places that this person keeps, with how many lines each has and how they stand."""
    back, left = Q(moves__put_back_at__isnull=False), ~Q(moves__left_because="")
    return (
        ClosureBatch.objects.filter(place__in=places_kept_by(request.user))
        .select_related("place", "applied_by", "undone_by", "closure")
        .annotate(
            moved=Count("moves"),
            loans=Count("moves", filter=Q(moves__kind="loan")),
            kept=Count("moves", filter=Q(moves__kind="hold")),
            visits=Count("moves", filter=Q(moves__kind="visit")),
            back=Count("moves", filter=back),
            left=Count("moves", filter=left & Q(moves__isnull=False)),
        )
        .order_by("-applied_at", "-pk")
    )


def _left(lines: QuerySet[ClosureMove]) -> QuerySet[Any]:
    return lines.exclude(left_because="").order_by().values_list("left_because").annotate(Count("pk"))


def _to_go(batch: ClosureBatch) -> int:
    """Return how many dates of a batch that is under way are still to be moved, or put back."""
    if batch.undo_begun_at is not None:
        return batch.moved - batch.back - batch.left  # type: ignore[attr-defined]
    return propose(batch.closure).movable if batch.finished_at is None and batch.closure is not None else 0


def _told(batch: ClosureBatch) -> ClosureBatch:
    """Say of a batch whether it can be undone still, and for how many days."""
    until = batch.undo_until - clock.now()
    is_over = batch.ends_on is not None and batch.ends_on < clock.today()
    batch.can_undo = batch.undo_begun_at is None and until >= dt.timedelta() and not is_over  # type: ignore[attr-defined]
    batch.days_left = max(1, math.ceil(until / A_DAY))  # type: ignore[attr-defined]
    return batch
