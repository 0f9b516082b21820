"""Copies: those of a title, a new one, and what can be done with one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from branches.desk_frame import at_desk_with, desk_page, for_staff, scanned
from branches.permissions import keeps_all_places
from branches.postings import desk_of, postings_of
from catalog.models import Copy, Title
from loans.claims import LoanOver, claims_of
from loans.desk_reads import copy_by_barcode
from loans.desk_views.frame import PERMISSION as AT_DESK
from loans.keeping import ReadersWait, add_copy, correct_copy, relocate_copy, withdraw_copy
from loans.keeping_forms import CopyForm, NewCopyForm, RelocateForm, WithdrawForm
from loans.keeping_views.copy_acts import ACTS, BY_CODE, is_offered, standing_loan_of
from milanolib.adminsite import tiles_of
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpResponse

    from branches.models import Place
    from loans.keeping_views.copy_acts import Act
    from milanolib.http import Request

# Copies are part of cataloguing; no role may write the rows of circulation by hand.
CHANGE, VIEW = "catalog.change_title", "catalog.view_copy"


class CopyOfAnotherLibrary(DomainError):
    """Its own library decides whether it stays."""

    code = "copy_of_another_library"
    message = gettext_lazy(
        "This copy belongs to %(place)s, where you are not posted. Ask a colleague there, or a manager, to give it "
        "away or withdraw it."
    )


@at_desk_with(VIEW)
def find(request: Request, place: Place) -> HttpResponse:
    """Ask for a barcode and go to its copy."""
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            return HttpResponseRedirect(reverse("admin:copy_edit", args=[copy_by_barcode(scanned(request)).pk]))
        except DomainError as error:
            refusal = error
    context = {"refusal": refusal, "scanned": scanned(request)}
    status = 422 if refusal else 200
    return desk_page(request, "loans/keeping/copy_find.html", _("Copies"), context, place=place, status=status)


@at_desk_with(VIEW)
def of_title(request: Request, place: Place, title_id: int) -> HttpResponse:
    """Show the copies of a title, and add one that belongs to the library where the librarian is."""
    title = get_object_or_404(Title.objects.defer("record", "summary"), pk=title_id)
    may_add = request.user.has_perm(CHANGE)
    form = NewCopyForm(request.POST or None)
    refusal: DomainError | None = None
    if request.method == "POST" and may_add and form.is_valid():
        try:
            copy = add_copy(title, place, actor=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, _("Added: %(barcode)s. Print its label.") % {"barcode": copy.barcode})
            return HttpResponseRedirect(request.path)
    elif request.method == "POST" and not may_add:
        refusal = DomainError()
    context = {
        "title_shown": title,
        "ways": tiles_of("title", request.user, title.pk),
        "copies": Copy.objects.filter(title=title).select_related("home", "place").order_by("home__name", "barcode"),
        "form": form,
        "may_add": may_add and title.merged_into_id is None,
        "refusal": refusal,
    }
    status = 422 if request.method == "POST" else 200
    return desk_page(request, "loans/keeping/copies.html", str(title), context, place=place, status=status)


@for_staff(VIEW)
def edit(request: Request, copy_id: int) -> HttpResponse:
    """Show a copy with what can be done about it."""
    return _page(request, _copy(copy_id))


@require_POST
@for_staff(CHANGE)
def correct(request: Request, copy_id: int) -> HttpResponse:
    """Write shelf mark, size and whether it can be borrowed."""
    copy = _copy(copy_id)
    form = CopyForm(request.POST)
    if not form.is_valid():
        return _page(request, copy, correct=form)
    try:
        correct_copy(copy, actor=request.user, **form.cleaned_data)  # type: ignore[arg-type]
    except DomainError as refusal:
        return _page(request, copy, refusal=refusal, correct=form)
    return _done(request, copy, _("Saved."))


@require_POST
@for_staff(CHANGE)
def relocate(request: Request, copy_id: int) -> HttpResponse:
    """Give a copy to another library; only its own library does so, or a manager."""
    copy = _copy(copy_id)
    form = RelocateForm(request.POST, prefix="to")
    if not form.is_valid():
        return _page(request, copy, relocate=form)
    try:
        _refuse_unless_own(request, copy)
        moved = relocate_copy(copy, actor=request.user, **form.cleaned_data)  # type: ignore[arg-type]
    except DomainError as refusal:
        return _page(request, copy, refusal=refusal, relocate=form)
    done = _("It belongs to %(place)s now: %(status)s.")
    return _done(request, copy, done % {"place": moved.home, "status": moved.get_status_display()})


@require_POST
@for_staff(CHANGE)
def withdraw(request: Request, copy_id: int) -> HttpResponse:
    """Take a copy out of the stock; only its own library does so, or a manager."""
    copy = _copy(copy_id)
    form = WithdrawForm(request.POST, prefix="out")
    if not form.is_valid():
        return _page(request, copy, withdraw=form)
    try:
        _refuse_unless_own(request, copy)
        withdraw_copy(copy, actor=request.user, **form.cleaned_data)  # type: ignore[arg-type]
    except DomainError as refusal:
        return _page(request, copy, refusal=refusal, withdraw=form)
    return _done(request, copy, _("Withdrawn. Scanned at check-in it is in the stock again."))


@require_POST
@at_desk_with(AT_DESK)
def trouble(request: Request, place: Place, copy_id: int, code: str) -> HttpResponse:
    """Do what can be done with a copy that is not as it should be, or with its loan; the page says what came of it."""
    act, copy = BY_CODE.get(code), _copy(copy_id)
    if act is None:
        raise Http404
    form = act.form(request.POST, prefix=code)
    if not form.is_valid():
        return _page(request, copy, acted=(act, form))
    loan = standing_loan_of(copy) if act.is_of_loan else None
    try:
        if act.is_of_loan and (loan is None or str(loan.pk) != request.POST.get("loan")):
            raise LoanOver  # the page shows another loan than the one that stands now
        done = act.run(copy, loan, place, request.user, **form.cleaned_data)
    except DomainError as refusal:
        return _page(request, _copy(copy_id), refusal=refusal, acted=(act, form))
    return _done(request, copy, done)


def _copy(copy_id: int) -> Copy:
    copies = Copy.objects.select_related("title", "home", "place").defer("title__record", "title__summary")
    return get_object_or_404(copies, pk=copy_id)


def _refuse_unless_own(request: Request, copy: Copy) -> None:
    """Raise CopyOfAnotherLibrary unless somebody is posted to the library that owns a copy, or keeps the network."""
    user = request.user
    if keeps_all_places(user) or postings_of(user).filter(place=copy.home_id).exists():  # type: ignore[arg-type]
        return
    raise CopyOfAnotherLibrary(place=copy.home)


def _page(
    request: Request,
    copy: Copy,
    refusal: DomainError | None = None,
    acted: tuple[Act, forms.Form] | None = None,
    **sent: forms.Form,
) -> HttpResponse:
    given = {name: getattr(copy, name) for name in ("shelf_mark", "volume", "size", "parts_note", "is_lendable")}
    withdraw_form = sent.get("withdraw") or WithdrawForm(prefix="out")
    if "withdraw" not in sent or not isinstance(refusal, ReadersWait):
        del withdraw_form.fields["although_waited_for"]  # asked only where it matters
    context: dict[str, Any] = {
        "copy": copy,
        "refusal": refusal,
        "may_change": request.user.has_perm(CHANGE),
        "correct_form": sent.get("correct") or CopyForm(initial=given),
        "relocate_form": sent.get("relocate") or RelocateForm(prefix="to", initial={"shelf_mark": copy.shelf_mark}),
        "withdraw_form": withdraw_form,
        **_troubles(request, copy, acted),
    }
    status = 422 if sent or acted else 200
    place = desk_of(request.user)  # type: ignore[arg-type]  # signed in
    return desk_page(request, "loans/keeping/copy.html", copy.barcode, context, place=place, status=status)


def _troubles(request: Request, copy: Copy, acted: tuple[Act, forms.Form] | None) -> dict[str, Any]:
    """Return the copy's loan and what can be done about either, to somebody who works at a desk."""
    if not request.user.has_perm(AT_DESK):
        return {}
    loan = standing_loan_of(copy)
    offered = [act for act in ACTS if is_offered(act, copy, loan)]
    forms_of = {act.code: act.form(prefix=act.code) for act in offered}
    if acted is not None and acted[0].code in forms_of:
        forms_of[acted[0].code] = acted[1]
    return {
        "loan": loan,
        "claims": claims_of(loan.reader) if loan is not None and loan.reader is not None else 0,
        "acts": [(act, forms_of[act.code]) for act in offered if not act.is_of_loan],
        "loan_acts": [(act, forms_of[act.code]) for act in offered if act.is_of_loan],
        "acted": acted[0].code if acted else "",
    }


def _done(request: Request, copy: Copy, words: str) -> HttpResponse:
    messages.success(request, words)
    return HttpResponseRedirect(reverse("admin:copy_edit", args=[copy.pk]))
