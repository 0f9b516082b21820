"""Verbs on the badges with which colleagues take over a desk. A badge and a PIN alone never sign anybody in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from accounts.encryption import badge_hash
from accounts.errors import (
    BadgeOrPinWrong,
    BadgeTaken,
    BadgeTooShort,
    DeskPinLocked,
    DeskPinWeak,
    NoBadgeForThisUser,
)
from accounts.models import DeskBadge
from accounts.policy import SHORTEST_BADGE, is_good_desk_pin
from accounts.services import note_act
from milanolib import clock

if TYPE_CHECKING:
    from accounts.models import User


def may_have_badge(user: User) -> bool:
    """Whether somebody may take over a desk: who works here, is still with us, and is no operator."""
    return user.is_active and user.is_staff and not user.is_superuser


@transaction.atomic
def set_badge(user: User, badge: str, pin: str) -> DeskBadge:
    """Let a librarian's badge and PIN be these from now on; wrong PINs so far are forgotten. Safe to repeat.

    The badge of somebody who has left is free. Raises NoBadgeForThisUser, BadgeTooShort, DeskPinWeak, BadgeTaken.
    """
    if not may_have_badge(user):
        raise NoBadgeForThisUser
    code = _normalised(badge)
    if len(code) < SHORTEST_BADGE:
        raise BadgeTooShort
    if not is_good_desk_pin(pin):
        raise DeskPinWeak
    digest = badge_hash(code)
    held = DeskBadge.objects.select_for_update().filter(badge_hash=digest).exclude(user=user).first()
    if held is not None and not may_have_badge(held.user):
        held.delete()
    try:
        with transaction.atomic():
            values = {"badge_hash": digest, "pin_hash": make_password(pin), "set_at": clock.now()}
            row, _is_new = DeskBadge.objects.update_or_create(
                user=user, defaults={**values, "pin_failures": 0, "pin_locked_until": None}
            )
    except IntegrityError as error:
        if "deskbadge_badge_once" in str(error):
            raise BadgeTaken from error
        raise
    note_act("set_badge", f"user:{user.pk}", actor=user)
    return row


@transaction.atomic
def remove_badge(user: User) -> None:
    """Let a librarian have no badge any more. Safe to repeat."""
    if DeskBadge.objects.filter(user=user).delete()[0]:
        note_act("remove_badge", f"user:{user.pk}", actor=user)


def colleague_with(badge: str, pin: str) -> User:
    """Return whose badge and PIN these are; five wrong PINs let the badge rest for half an hour.

    An unknown badge, one of somebody who left and one of an operator answer like a wrong PIN and take as long. The
    count of failures is kept although the verb refuses. Raises BadgeOrPinWrong, DeskPinLocked.
    """
    with transaction.atomic():
        held = (
            DeskBadge.objects.select_for_update(of=("self",))
            .select_related("user")
            .filter(badge_hash=badge_hash(_normalised(badge)))
            .first()
        )
        now = clock.now()
        if held is None or not may_have_badge(held.user):
            make_password(pin)
            raise BadgeOrPinWrong
        if held.is_pin_locked(now):
            raise DeskPinLocked
        right = held.count_pin(pin, now)
    if not right:
        raise BadgeOrPinWrong
    return held.user


def _normalised(badge: str) -> str:
    return re.sub(r"\s", "", badge)
