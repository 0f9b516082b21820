"""The demo's own pages: how to try it, the post that was sent, the clock. They exist only where DEMO is set."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from branches.devices import invite_device
from loans.models import Assignment, Loan, Parcel
from loans.states import ParcelStatus
from loans.tasks import daily
from milanolib import clock
from proximity.points import partner_places

if TYPE_CHECKING:
    from email.message import EmailMessage

    from django.http import HttpRequest, HttpResponse

SHOWN = 100
LONGEST_STEP = 60


@dataclass(frozen=True)
class Letter:
    """A message as the demo's mail server kept it."""

    name: str
    parsed: EmailMessage

    @property
    def to(self) -> str:
        """The recipients of the envelope."""
        return str(self.parsed.get("X-Envelope-To", self.parsed.get("To", "")))

    @property
    def subject(self) -> str:
        """The subject, decoded."""
        return str(self.parsed.get("Subject", ""))

    @property
    def body(self) -> str:
        """The plain text."""
        part = self.parsed.get_body(preferencelist=("plain",))
        return part.get_content() if part is not None else ""


def _letter(path: Path) -> Letter:
    parsed = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    return Letter(path.name, parsed)  # type: ignore[arg-type]  # the default policy makes EmailMessage


def _mail_folder() -> Path:
    if not settings.DEMO_MAIL_DIR:
        raise Http404
    return Path(settings.DEMO_MAIL_DIR)


@require_safe
@login_not_required
def index(request: HttpRequest) -> HttpResponse:
    """How to try the demo: who to sign in as, in which order, the clock, the post."""
    logins = Path(settings.DEMO_DIR or ".") / "demo-logins.txt"
    return render(
        request,
        "portal/demo/index.html",
        {
            "logins": logins.read_text() if logins.is_file() else "",
            "partners": partner_places(),
            "picks": Assignment.objects.open()
            .filter(committed_at=None)
            .select_related("copy__place", "copy__title", "hold__pickup_place")
            .defer("copy__title__record")[:SHOWN],
            "parcels": Parcel.objects.filter(status=ParcelStatus.PACKED).select_related("destination")[:SHOWN],
            "loans": Loan.objects.standing()
            .select_related("copy__title")
            .defer("copy__title__record")
            .order_by("-lent_at")[:SHOWN],
            "offset": clock.offset_days(),
        },
    )


@require_safe
@login_not_required
def mailbox(request: HttpRequest) -> HttpResponse:
    """The messages that went out, newest first."""
    files = sorted(_mail_folder().glob("*.eml"), reverse=True)[:SHOWN]
    return render(request, "portal/demo/mailbox.html", {"letters": [_letter(path) for path in files]})


@require_safe
@login_not_required
def message(request: HttpRequest, name: str) -> HttpResponse:
    """One message as its reader got it."""
    path = next((one for one in _mail_folder().glob("*.eml") if one.name == name), None)
    if path is None:
        raise Http404
    return render(request, "portal/demo/message.html", {"letter": _letter(path)})


@require_POST
@login_not_required
def clock_forward(request: HttpRequest) -> HttpResponse:
    """Move the demo's clock on by whole days and do what falls due on each, as beat would."""
    try:
        days = int(request.POST.get("days", "1"))
    except ValueError:
        days = 1
    days = min(max(days, 1), LONGEST_STEP)
    for _day in range(days):
        clock.move_forward(1)
        daily()
    text = ngettext("The clock has moved on by %(days)s day.", "The clock has moved on by %(days)s days.", days)
    messages.success(request, text % {"days": days})
    return redirect("demo:index")


@require_POST
@login_not_required
def activation_code(request: HttpRequest, code: str) -> HttpResponse:
    """Make an activation code for a partner's phone, as the library's desk does."""
    place = get_object_or_404(partner_places(), code=code)
    _device, secret = invite_device(place, name="demo", actor=None)
    messages.success(
        request,
        _("Activation code for %(place)s: %(code)s. Open /partner/ and type it; it works once.")
        % {"place": place.name, "code": secret},
    )
    return redirect("demo:index")
