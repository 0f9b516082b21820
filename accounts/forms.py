"""Sign in, and become a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account import forms as allauth_forms
from allauth.account.app_settings import EmailVerificationMethod
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.cards import is_card_number, normalised
from accounts.services import enrol

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.models import User

MUNICIPI = [("", _("elsewhere, or rather not say")), *((str(n), f"Municipio {n}") for n in range(1, 10))]


class LoginForm(allauth_forms.LoginForm):
    """E-mail address or card number, and the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.CharField(
            label=_("E-mail address or card number"),
            max_length=254,
            widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
        )
        self.order_fields(["login", "password", "remember"])

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        """Sign in; who has no address (a child, say) has none to confirm."""
        if not self.user.email:
            self._login.email_verification = EmailVerificationMethod.NONE
        return super().login(request, redirect_url=redirect_url)

    def clean_login(self) -> str:
        """Tidy what was typed; a card may be typed with spaces and small letters."""
        login = self.cleaned_data["login"].strip()
        return normalised(login) if is_card_number(normalised(login)) else login

    def user_credentials(self) -> dict[str, Any]:
        """Return what the backends are asked: a card's number or an e-mail address."""
        login, password = self.cleaned_data["login"], self.cleaned_data.get("password")
        return {"card" if is_card_number(login) else "email": login, "password": password}


class SignupForm(allauth_forms.SignupForm):
    """What a provisional reader tells us: a name, and where they live if they like."""

    given_name = forms.CharField(
        label=_("Given name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    family_name = forms.CharField(
        label=_("Family name"),
        max_length=100,
        required=False,
        help_text=_("Leave it empty if you have a single name."),
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    municipio = forms.TypedChoiceField(
        label=_("Municipio where you live"),
        choices=MUNICIPI,
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("Only for statistics and for showing what is near."),
    )
    accepts_rules = forms.BooleanField(label=_("I have read the privacy notice."))
    field_order = ["given_name", "family_name", "email", "password1", "municipio", "accepts_rules"]

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        """Make the new user a provisional reader; allauth calls this within the sign-up."""
        user.name = f"{self.cleaned_data['given_name']} {self.cleaned_data['family_name']}".strip()
        user.language = request.LANGUAGE_CODE
        user.save(update_fields=["name", "language"])
        enrol(
            given_name=self.cleaned_data["given_name"],
            family_name=self.cleaned_data["family_name"],
            municipio=self.cleaned_data["municipio"],
            user=user,
        )
