"""Where allauth meets our outbox: its messages become events, so that no sign-up waits for a mail server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter

from accounts.browsers import knows_browser, remember_browser
from accounts.models import User
from milanolib import clock
from outbox.events import emit

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class AccountAdapter(DefaultAccountAdapter):
    """Confirmation and password messages go the way of all messages: written now, sent by the worker."""

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:  # noqa: ARG002, FBT001  allauth's signature
        """Write the event; the link is made when the message is sent."""
        address = emailconfirmation.email_address
        emit(
            "accounts.email_to_confirm",
            key=f"email-to-confirm:{address.pk}:{clock.now():%Y%m%d%H%M%S}",
            user_id=address.user_id,
            address_id=address.pk,
        )

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """Confirm, and write the event: the address works."""
        is_confirmed = bool(super().confirm_email(request, email_address))
        if is_confirmed:
            emit(
                "accounts.email_confirmed",
                key=f"email-confirmed:{email_address.pk}:{clock.now():%Y%m%d%H%M%S}",
                address_id=email_address.pk,
            )
        return is_confirmed

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:  # noqa: ARG002  allauth's signature
        """Write the event; the token is made when the message is sent."""
        emit(
            "accounts.password_to_reset",
            key=f"password-to-reset:{user.pk}:{clock.now():%Y%m%d%H%M%S}",
            user_id=user.pk,
        )

    def send_account_already_exists_mail(self, email: str) -> None:
        """Write the event; a stranger who tries an address learns nothing, not even from the time it takes."""
        user = User.objects.filter(email__iexact=email).first()
        if user is not None:
            emit(
                "accounts.signed_up_again",
                key=f"signed-up-again:{user.pk}:{clock.now():%Y%m%d%H%M}",
                user_id=user.pk,
            )

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign somebody in; if they had signed in before, and never with this browser, they are told."""
        had_signed_in = user.last_login is not None
        super().login(request, user)
        if had_signed_in and not knows_browser(request, user):
            now = clock.now()
            key = f"signed-in-anew:{user.pk}:{now:%Y%m%d%H%M%S}"
            emit("accounts.signed_in_anew", key=key, user_id=user.pk, at=now.isoformat())

    def post_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse:
        """Go on after signing in, and let the browser be known from now on."""
        response: HttpResponse = super().post_login(request, user, **how)
        remember_browser(request, response, user)
        return response

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count wrong passwords by card as by address; allauth alone would count all cards as one."""
        login = credentials.get("card") or credentials.get("email") or ""
        return str(super()._get_login_attempts_cache_key(request, **{**credentials, "email": login}))
