"""A family's cards together, and who may collect for whom."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from allauth.core import ratelimit
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guardians import show_titles
from accounts.models import Guardianship, Reader
from accounts.querysets import TITLES_ONES_OWN_FROM
from loans.delegations import collects_for, find_delegate, let_collect, ready_through, revoke_delegation
from loans.models import Delegation
from loans.policy import ADULT_AGE, age_on
from loans.states import HoldStatus
from milanolib import clock
from milanolib.errors import DomainError
from milanolib.http import respond
from portal.household import HoldLine, Household
from portal.mine_forms import DelegationForm

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def family(request: HttpRequest) -> HttpResponse:
    """Show all cards' loans by child, what can be collected for all of them by point, and who looks after this card."""
    household = Household.of(request.user)
    lines = [household.loan_line(loan) for loan in household.loans]
    ready = household.hold_lines(household.holds.filter(status=HoldStatus.READY).order_by("pickup_place", "keep_until"))
    context = {
        "household": household,
        "cards": [
            (reader, [line for line in lines if line.loan.reader_id == reader.pk]) for reader in household.readers
        ],
        "pickups": _by_point(ready),
        "can_renew_all": sum(line.can_renew for line in lines) > 1,
        "guardianships": _guardianships(request),
        "delegation_count": Delegation.objects.valid_on(clock.today()).filter(reader__user=request.user.pk).count(),
        "for_others": _for_others(request),
    }
    return render(request, "portal/family.html", context)


@require_POST
def titles(request: HttpRequest, guardianship_id: int) -> HttpResponse:
    """A child of 14 or more lets a parent see the titles, or no longer; nobody else can."""
    guardianship = next((one for one in _guardianships(request) if one.pk == guardianship_id), None)
    if guardianship is None:
        raise Http404
    shows = request.POST.get("shows") == "1"
    show_titles(guardianship, shows=shows, actor=None)
    name = {"name": str(guardianship.guardian)}
    done = _("%(name)s can see your titles now.") % name if shows else _("%(name)s no longer sees your titles.") % name
    context = {"guardianship": guardianship}
    return respond(request, "portal/_guardianship_row.html", context, done=done, back=reverse("portal:family"))


@require_http_methods(["GET", "HEAD", "POST"])
def delegations(request: HttpRequest) -> HttpResponse:
    """Show who may collect for this reader; a POST lets somebody."""
    reader = Reader.objects.filter(user=request.user.pk).first()
    form = DelegationForm(request.POST if request.method == "POST" and reader is not None else None)
    refusal = None
    if reader is not None and form.is_bound and form.is_valid():
        fields = dict(form.cleaned_data)
        number = fields.pop("card_number")
        # whose card a number is must not be found out by trying
        if number and (limited := ratelimit.consume_or_429(request, action="delegation")):
            return limited
        try:
            delegate = find_delegate(number, fields["name"]) if number else None
            let_collect(reader, delegate=delegate, actor=None, **fields)
        except DomainError as error:
            refusal = error
        else:
            return HttpResponseRedirect(reverse("portal:delegations"))
    own = Delegation.objects.not_revoked().filter(reader=reader, valid_until__gte=clock.today())
    context = {"reader": reader, "form": form, "refusal": refusal, "delegations": own.select_related("delegate")}
    return render(request, "portal/delegations.html", context, status=422 if form.is_bound else 200)


@require_POST
def revoke(request: HttpRequest, delegation_id: int) -> HttpResponse:
    """Take a delegation back, at once."""
    delegation = get_object_or_404(Delegation, pk=delegation_id, reader__user=request.user.pk)
    revoke_delegation(delegation, actor=None)
    done = _("%(name)s can no longer collect for you.") % {"name": delegation.delegate_name}
    context = {"gone": delegation_id}
    return respond(request, "portal/_delegation_gone.html", context, done=done, back=reverse("portal:delegations"))


def _by_point(lines: list[HoldLine]) -> list[tuple[Any, list[HoldLine]]]:
    return [(place, list(group)) for place, group in groupby(lines, key=lambda line: line.hold.pickup_place)]


def _guardianships(request: HttpRequest) -> list[Guardianship]:
    """Return who looks after the card of the person signed in, as long as its titles are the person's own affair."""
    own = Guardianship.objects.filter(child__user=request.user.pk, ended_at=None)
    today = clock.today()
    rows = own.select_related("child", "guardian").order_by("pk")
    return [one for one in rows if one.child.born_on is not None and _is_teenager(age_on(today, one.child.born_on))]


def _is_teenager(age: int) -> bool:
    return TITLES_ONES_OWN_FROM <= age < ADULT_AGE


def _for_others(request: HttpRequest) -> list[dict[str, Any]]:
    """Return for whom this reader may collect, and how much waits where."""
    reader = Reader.objects.filter(user=request.user.pk).first()
    if reader is None:
        return []
    ready = ready_through(reader)
    return [{"delegation": one, "ready": ready.get(one.pk, [])} for one in collects_for(reader)]
