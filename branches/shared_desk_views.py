"""The pages of shared desks: who is there, and one's own badge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from accounts.badges import may_have_badge, remove_badge, set_badge
from accounts.errors import BadgeTaken, BadgeTooShort, DeskPinWeak
from accounts.models import DeskBadge
from branches.desk_frame import desk_page
from branches.postings import desk_of
from branches.shared_desks import is_at_rest, is_opened, switch_user
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from accounts.models import User
    from milanolib.http import Request

LONGEST_BADGE = 80


def _badge_field(help_text: Any = "") -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "off", "autofocus": True})
    return forms.CharField(label=_("Badge"), max_length=LONGEST_BADGE, help_text=help_text, widget=widget)


def _pin_field(label: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "off", "inputmode": "numeric"})
    return forms.CharField(label=label, max_length=8, widget=widget)


class SwitchForm(forms.Form):
    """Who is at the desk now."""

    badge = _badge_field()
    pin = _pin_field(_("PIN"))


class BadgeForm(forms.Form):
    """A badge and a PIN of one's own."""

    badge = _badge_field(
        _("Scan any barcode that you carry with you: a badge, a key ring. Nobody can read it from here.")
    )
    pin = _pin_field(_("PIN, five to eight digits"))
    again = _pin_field(_("The PIN once more"))

    def clean(self) -> dict[str, str]:
        """Refuse two different PINs."""
        cleaned: dict[str, str] = super().clean() or {}
        if "pin" in cleaned and "again" in cleaned and cleaned["pin"] != cleaned["again"]:
            self.add_error("again", _("The two PINs are not the same. Type them again."))
        return cleaned


@sensitive_post_parameters("badge", "pin")
def switch(request: Request) -> HttpResponse:
    """Ask for badge and PIN, and hand the desk over to who they are."""
    form = SwitchForm(request.POST or None)
    refusal: DomainError | None = None
    before = request.user
    if request.method == "POST" and form.is_valid():
        try:
            user = switch_user(request, form.cleaned_data["badge"], form.cleaned_data["pin"])
        except DomainError as error:
            refusal = error
            form.fields["badge"].widget.attrs["aria-describedby"] = "refusal"
        else:
            messages.success(request, gettext("%(user)s works here now.") % {"user": user})
            return HttpResponseRedirect(_way_on(request) if user.pk == before.pk else reverse("admin:index"))
    context = {
        "form": form,
        "refusal": refusal,
        "is_opened": is_opened(request),
        "is_at_rest": is_at_rest(request),
        "has_badge": DeskBadge.objects.filter(user=request.user.pk).exists(),
        "next": request.POST.get("next") or request.GET.get("next", ""),
    }
    status = 422 if request.method == "POST" else 200
    return desk_page(request, "branches/desk/switch.html", _("Who is at the desk?"), context, status=status)


def _way_on(request: Request) -> str:
    """Return the page at which the desk came to rest, for the colleague who was there; else the first one."""
    wanted = request.POST.get("next", "")
    is_ours = wanted and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else reverse("admin:index")


@sensitive_post_parameters("badge", "pin", "again")
def badge(request: Request) -> HttpResponse:
    """Let a librarian set her badge and PIN; the password is asked for again first, whoever sits there."""
    try:
        return _own_badge(request)
    except ReauthenticationRequired:
        if request.method != "POST":
            raise
        # allauth would keep the form for later, with the PIN in it
        messages.warning(request, gettext("Nothing was saved: the password is asked for again after five minutes."))
        return HttpResponseRedirect(request.path)


@reauthentication_required
def _own_badge(request: Request) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]  # signed in: the admin site says so
    form = BadgeForm(request.POST or None)
    refusal: DomainError | None = None
    if request.method == "POST" and "remove" in request.POST:
        remove_badge(user)
        messages.success(request, gettext("Your badge opens nothing any more."))
        return HttpResponseRedirect(request.path)
    if request.method == "POST" and form.is_valid():
        try:
            set_badge(user, form.cleaned_data["badge"], form.cleaned_data["pin"])
        except (BadgeTaken, BadgeTooShort) as error:
            form.add_error("badge", str(error))
        except DeskPinWeak as error:
            form.add_error("pin", str(error))
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, gettext("Saved. Try it: change who is at the desk."))
            return HttpResponseRedirect(reverse("admin:desk_switch"))
    context = {
        "form": form,
        "refusal": refusal,
        "may_have_badge": may_have_badge(user),
        "held": DeskBadge.objects.filter(user=user).first(),
    }
    status = 422 if request.method == "POST" else 200
    return desk_page(request, "branches/desk/badge.html", _("My badge"), context, place=desk_of(user), status=status)
