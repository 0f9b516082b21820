"""The messages for events of `accounts`, which lies below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from notifications import kinds
from notifications.services import write
from outbox import events

if TYPE_CHECKING:
    from notifications.models import Message
    from outbox.models import Event


def register_all() -> None:
    """Register kinds and handlers."""
    kinds.register(kinds.Kind("confirm_email", _("Confirm your e-mail address"), _confirmation))
    kinds.register(kinds.Kind("account_exists", _("You have a card already"), _exists))
    kinds.register(kinds.Kind("reset_password", _("Choose a new password"), _reset))
    events.register("accounts.email_to_confirm", _on_email_to_confirm)
    events.register("accounts.password_to_reset", _on_password_to_reset)
    events.register("accounts.signed_up_again", _on_signed_up_again)


def _on_email_to_confirm(event: Event) -> None:
    user = User.objects.filter(pk=event.payload["user_id"]).first()
    if user is not None:
        write("confirm_email", key=event.key, user=user, params={"address": event.payload["address_id"]})


def _on_password_to_reset(event: Event) -> None:
    user = User.objects.filter(pk=event.payload["user_id"]).first()
    if user is not None:
        write("reset_password", key=event.key, user=user, params={})


def _on_signed_up_again(event: Event) -> None:
    user = User.objects.filter(pk=event.payload["user_id"]).first()
    if user is not None:
        write("account_exists", key=event.key, user=user, params={})


def _exists(message: Message) -> kinds.Facts | None:  # noqa: ARG001  true whenever it was true
    return {"link": settings.BASE_URL + reverse("account_reset_password")}


def _confirmation(message: Message) -> kinds.Facts | None:
    address = EmailAddress.objects.filter(pk=message.params.get("address"), user=message.user).first()
    if address is None or address.verified:
        return None
    path = reverse("account_confirm_email", args=[EmailConfirmationHMAC(address).key])
    return {"link": settings.BASE_URL + path, "to": address.email}


def _reset(message: Message) -> kinds.Facts | None:
    if message.user is None:
        return None
    key = f"{user_pk_to_url_str(message.user)}-{default_token_generator.make_token(message.user)}"
    uidb36, _dash, token = key.partition("-")
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": uidb36, "key": token})
    return {"link": settings.BASE_URL + path}
