"""Verbs on devices: bind a phone to a place, know it again, cut it off; and whose clock counts."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.services import note_act
from branches.models import Device, DeviceKind, Place
from milanolib import clock
from milanolib.db import lock
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from accounts.models import User

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LOOKALIKES = str.maketrans("OIL", "011")
ACTIVATION_VALID = dt.timedelta(days=7)
MARKED = "milanolib_"  # begins a token, so that whoever finds one in a file knows what it is
SEEN_STEP = dt.timedelta(minutes=5)
WRONG_CODES_ALLOWED = 5
CODES_LOCKED_FOR = dt.timedelta(minutes=15)
OLDEST_ACT = dt.timedelta(days=366)  # what a phone says is older was told by a clock that had stopped


class ActivationRefused(DomainError):
    """The activation code is not valid (any more)."""

    code = "activation_refused"
    message = _("This activation code is not valid or has been used. Ask your library for a new one.")


def new_code(length: int = 8) -> str:
    """Return a random code of Crockford's base 32: no letter that looks like a digit."""
    return "".join(secrets.choice(CROCKFORD) for _number in range(length))


def normalised_code(text: str) -> str:
    """Return a code as it was meant: capitals, no spaces or dashes, O read as 0, I and L as 1."""
    return "".join(text.split()).replace("-", "").upper().translate(LOOKALIKES)


def secret_hash(secret: str) -> str:
    """Return the hash under which a device's secret is kept; the secrets are long and random, so no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def invite_device(
    place: Place, *, name: str, kind: str = DeviceKind.PARTNER_PHONE, actor: User | None
) -> tuple[Device, str]:
    """Make a device for a place and return it with the activation code, which is shown once and kept only hashed."""
    code = new_code(10)
    device = Device.objects.create(
        place=place,
        kind=kind,
        name=name,
        activation_hash=secret_hash(code),
        activation_expires_at=clock.now() + ACTIVATION_VALID,
    )
    note_act("invite_device", f"device:{device.pk}", actor=actor, place_code=place.code)
    return device, code


@transaction.atomic
def activate_device(code: str, *, kind: str | None = None, token: str | None = None) -> tuple[Device, str]:
    """Bind the phone that sends `code` and return the device and its token; the code is used up.

    `kind` is the only kind of device that this door takes; `token` a long, unguessable one that the door has made.
    Raises ActivationRefused.
    """
    invited = Device.objects.filter(activation_hash=secret_hash(normalised_code(code)), revoked_at=None)
    if kind is not None:
        invited = invited.filter(kind=kind)
    device = invited.select_for_update(no_key=True).first()
    now = clock.now()
    if device is None or device.activation_expires_at is None or device.activation_expires_at < now:
        raise ActivationRefused
    token = token or secrets.token_urlsafe(32)
    device.activation_hash, device.activation_expires_at = "", None
    device.token_hash, device.activated_at, device.last_seen_at = secret_hash(token), now, now
    device.save(
        update_fields=["activation_hash", "activation_expires_at", "token_hash", "activated_at", "last_seen_at"]
    )
    return device, token


@transaction.atomic
def issue_token(place: Place, *, name: str, actor: User | None) -> tuple[Device, str]:
    """Make a device for a partner's own software and return it with its token, shown once and kept only hashed.

    There is no code to type: a program is given the token by hand. It is cut off like a phone.
    """
    token = f"{MARKED}{secrets.token_urlsafe(32)}"
    now = clock.now()
    device = Device.objects.create(
        place=place, kind=DeviceKind.PARTNER_SOFTWARE, name=name, token_hash=secret_hash(token), activated_at=now
    )
    note_act("issue_token", f"device:{device.pk}", actor=actor, place_code=place.code)
    return device, token


def offline_desk_of(place: Place) -> Device:
    """Return the device under which the desk of a place reports what it did without network; made when first asked.

    It has no token: librarians send, each signed in.
    """
    device, _is_new = Device.objects.get_or_create(
        place=place, kind=DeviceKind.OFFLINE_DESK, revoked_at=None, defaults={"name": place.code}
    )
    return device


def device_of(token: str) -> Device | None:
    """Return the live device that a token belongs to, with its place."""
    if not token:
        return None
    device = Device.objects.select_related("place").filter(token_hash=secret_hash(token), revoked_at=None).first()
    now = clock.now()
    if device and (device.last_seen_at is None or now - device.last_seen_at > SEEN_STEP):
        Device.objects.filter(pk=device.pk).update(last_seen_at=now)
    return device


@transaction.atomic
def revoke_device(device: Device, *, actor: User | None) -> None:
    """Cut a phone off at once. Safe to repeat; what it reported stays."""
    lock(device)
    if device.revoked_at is None:
        device.revoked_at = clock.now()
        device.save(update_fields=["revoked_at"])
        note_act("revoke_device", f"device:{device.pk}", actor=actor)


def codes_are_locked(device: Device, now: dt.datetime) -> bool:
    """Whether hand-out by code rests on this phone after too many wrong ones."""
    return device.codes_locked_until is not None and device.codes_locked_until > now


def count_code(device: Device, *, right: bool) -> None:
    """Count a wrong pickup code on a phone, or begin anew after a right one; five in a row rest it a while."""
    with transaction.atomic():
        lock(device)
        device.wrong_codes = 0 if right else device.wrong_codes + 1
        if device.wrong_codes >= WRONG_CODES_ALLOWED:
            device.wrong_codes, device.codes_locked_until = 0, clock.now() + CODES_LOCKED_FOR
        device.save(update_fields=["wrong_codes", "codes_locked_until"])


def occurred_at(
    *,
    received_at: dt.datetime,
    device_sent_at: dt.datetime | None,
    device_act_at: dt.datetime | None,
    not_before: dt.datetime | None = None,
) -> dt.datetime:
    """Return when an act on a phone happened, whatever its clock says: only the difference of two readings counts.

    The result lies between `not_before` (the last known custody event) and `received_at`. A phone that names no
    time did it just now. All instants are aware.
    """
    happened = received_at
    if device_sent_at is not None and device_act_at is not None:
        age = device_sent_at - device_act_at
        if dt.timedelta() <= age <= OLDEST_ACT:  # else the clock was set in between, and says nothing
            happened = received_at - age
    if not_before is not None:
        happened = max(happened, not_before)
    return min(happened, received_at)
