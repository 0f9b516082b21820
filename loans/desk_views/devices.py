"""Phones of the partners' points that a branch serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from branches.devices import invite_device, issue_token, revoke_device
from branches.models import Device, DeviceKind
from loans.activation_pdf import activation_card, grouped
from loans.desk_forms import InviteForm
from loans.desk_reads import devices_served
from loans.desk_views.frame import at_desk, desk_page
from milanolib import clock
from milanolib.http import respond
from milanolib.printing import qr_code

if TYPE_CHECKING:
    from django.http import HttpResponse

    from branches.models import Place
    from milanolib.http import Request


@at_desk
def devices(request: Request, place: Place) -> HttpResponse:
    """Show the devices at the points served from here; make a new one and show its code or token, this once.

    The secret is answered at once and never stored, not even in a message for the next page.
    """
    form = InviteForm(request.POST or None, served_by=place)
    invited, code, token, status = None, "", "", 200
    if request.method == "POST":
        if form.is_valid():
            asked = {"name": form.cleaned_data["name"], "actor": request.user}
            if form.cleaned_data["kind"] == DeviceKind.PARTNER_SOFTWARE:
                invited, token = issue_token(form.cleaned_data["place"], **asked)
            else:
                invited, code = invite_device(form.cleaned_data["place"], **asked)
                if request.POST.get("card"):
                    return activation_card(invited, code)
            form = InviteForm(served_by=place)
        else:
            status = 422
    address = f"{settings.BASE_URL}/partner/"
    context = {
        "form": form,
        "invited": invited,
        "code": grouped(code),
        "token": token,
        "address": f"{settings.BASE_URL}/api/v1/openapi.json" if token else address,
        "qr": qr_code(address) if code else "",
        "devices": devices_served(place),
        "instant": clock.now(),
    }
    response = desk_page(request, "loans/desk/devices.html", _("Devices of points"), context, place=place)
    response.status_code = status
    return response


@require_POST
@at_desk
def revoke(request: Request, place: Place, device_id: int) -> HttpResponse:
    """Cut a phone off at once."""
    device = get_object_or_404(Device.objects.filter(place__parent=place).select_related("place"), pk=device_id)
    revoke_device(device, actor=request.user)  # type: ignore[arg-type]
    done = _("%(device)s no longer works; what it reported stays.") % {"device": device}
    context = {"desk": place, "device": device, "instant": clock.now()}
    return respond(request, "loans/desk/devices.html#device", context, done=done, back=reverse("admin:desk_devices"))
