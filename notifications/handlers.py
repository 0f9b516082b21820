"""The messages for events of `accounts`, which lies below."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.erasing import last_address
from accounts.erasing import token_of as token_of_erasure
from accounts.exporting import token_of
from accounts.models import DataExport, Erasure, Reader, ReaderStatus, User
from accounts.policy import COPY_KEPT, ERASE_AFTER
from milanolib import clock
from notifications import kinds
from notifications.ledger import TEST
from notifications.services import write
from outbox import events

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.functional import Promise

    from notifications.models import Message
    from outbox.models import Event


def register_all() -> None:
    """Register kinds and handlers."""
    for kind in KINDS:
        kinds.register(kind)
    events.register("accounts.email_to_confirm", _on_email_to_confirm)
    events.register("accounts.password_to_reset", _on_password_to_reset)
    events.register("accounts.signed_up_again", _on_signed_up_again)
    events.register("accounts.signed_in_anew", _on_signed_in_anew)
    events.register("accounts.card_expiring", _on_card_expiring)
    events.register("accounts.data_exported", _on_data_exported)
    events.register("accounts.erasure_asked", _on_erasure_asked)
    events.register("accounts.account_erased", _on_account_erased)


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


def _on_signed_in_anew(event: Event) -> None:
    user = User.objects.filter(pk=event.payload["user_id"]).first()
    if user is not None:
        write("new_sign_in", key=event.key, user=user, params={"at": event.payload["at"]})


def _on_card_expiring(event: Event) -> None:
    reader = Reader.objects.filter(pk=event.payload["reader_id"]).first()
    if reader is not None:
        write("card_expiring", key=event.key, reader=reader, params={"day": event.payload["day"]})


def _on_data_exported(event: Event) -> None:
    export = DataExport.objects.closed().filter(pk=event.payload["export_id"]).first()
    if export is not None:
        write("data_exported", key=event.key, user=export.asked_by, params={"export": export.pk})


def _on_erasure_asked(event: Event) -> None:
    erasure = Erasure.objects.filter(pk=event.payload["erasure_id"]).first()
    if erasure is not None and erasure.told is not None:
        write("erasure_asked", key=event.key, user=erasure.told, params={"erasure": erasure.pk})


def _on_account_erased(event: Event) -> None:
    """Write to the address that is kept for this letter alone; or to the parent who asked for a child."""
    erasure = Erasure.objects.filter(pk=event.payload["erasure_id"]).first()
    if erasure is None:
        return
    if erasure.address_sealed is not None:
        write("account_erased", key=event.key, params={"erasure": erasure.pk}, language=erasure.language)
    elif erasure.told is not None:
        write("account_erased", key=event.key, params={"erasure": erasure.pk}, user=erasure.told)


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


def _card_expiring(message: Message) -> kinds.Facts | None:
    """Return the day, if the card still expires on it and has not yet."""
    reader = message.reader
    if reader is None or reader.status == ReaderStatus.CLOSED or reader.card_expires_on is None:
        return None
    if reader.card_expires_on.isoformat() != message.params.get("day") or reader.card_expires_on < clock.today():
        return None
    return {"expires_on": reader.card_expires_on}


def _new_sign_in(message: Message) -> kinds.Facts | None:
    if message.user is None:
        return None
    return {"at": dt.datetime.fromisoformat(str(message.params["at"])), "link": _new_password()}


def _data_exported(message: Message) -> kinds.Facts | None:
    """Return where the copy is and until when, as long as it is there."""
    export = DataExport.objects.closed().filter(pk=message.params.get("export"), asked_by=message.person).first()
    if export is None or not export.is_there:
        return None
    path = reverse("portal:data_download", args=[token_of(export)])
    return {"copy": settings.BASE_URL + path, "kept_until": export.kept_until, "link": _new_password()}


def _erasure_asked(message: Message) -> kinds.Facts | None:
    """Return the day and the way back, as long as nobody is erased and nobody has thought better of it."""
    erasure = Erasure.objects.open().filter(pk=message.params.get("erasure")).first()
    if erasure is None:
        return None
    path = reverse("portal:erasure_cancel", args=[token_of_erasure(erasure)])
    return {"due_at": erasure.due_at, "keep": settings.BASE_URL + path, "link": _new_password()}


def _account_erased(message: Message) -> kinds.Facts | None:
    """Return the address that is kept for this letter; none, once it is forgotten, and the letter goes nowhere."""
    erasure = Erasure.objects.filter(pk=message.params.get("erasure"), done_at__isnull=False).first()
    if erasure is None or (message.person is None and erasure.address_sealed is None):
        return None
    return {"to": last_address(erasure)}


def _new_password() -> str:
    return settings.BASE_URL + reverse("account_reset_password")


def _sample() -> kinds.Facts:
    return {
        "link": settings.BASE_URL + "/accesso/conferma/MQ:1abc:x/",
        "at": clock.now(),
        "copy": settings.BASE_URL + "/mio/dati/copia/1~x/",
        "kept_until": clock.now() + COPY_KEPT,
        "due_at": clock.now() + ERASE_AFTER,
        "keep": settings.BASE_URL + "/mio/dati/tieni/1~x/",
        "expires_on": clock.today() + dt.timedelta(days=30),
    }


def _of_sign_in(code: str, name: Promise, truth: Callable[[Message], kinds.Facts | None]) -> kinds.Kind:
    """Return a kind about safety: it cannot be switched off, and waits for no morning."""
    return kinds.Kind(code, name, truth, kinds.Topic.SAFETY, _sample, is_required=True, is_urgent=True)


def _test(message: Message) -> kinds.Facts | None:
    return {"at": dt.datetime.fromisoformat(str(message.params["at"]))} if message.user is not None else None


KINDS = (
    kinds.Kind(TEST, _("Test"), _test, kinds.Topic.OTHER, _sample, is_required=True, is_urgent=True),
    kinds.Kind("card_expiring", _("Your card expires soon"), _card_expiring, kinds.Topic.CARD, _sample),
    _of_sign_in("confirm_email", _("Confirm your e-mail address"), _confirmation),
    _of_sign_in("account_exists", _("You have a card already"), _exists),
    _of_sign_in("reset_password", _("Choose a new password"), _reset),
    _of_sign_in("new_sign_in", _("Signed in on another device"), _new_sign_in),
    _of_sign_in("data_exported", _("Your data have been exported"), _data_exported),
    _of_sign_in("erasure_asked", _("Your data will be erased"), _erasure_asked),
    _of_sign_in("account_erased", _("Your data have been erased"), _account_erased),
)
