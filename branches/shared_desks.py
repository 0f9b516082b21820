"""A computer at a desk that colleagues share: who works there now changes by badge and PIN.

Somebody signs in with a password in the morning; that day, a badge and a PIN hand the session on. Without use it comes
to rest, and only the badge (or the password) wakes it. A session that began with a badge opens the desk; on the portal
its colleague is nobody, until the password is typed. All of it is held by the session, which ends with the browser or
with signing out.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from allauth.account.signals import user_logged_in
from django.contrib.auth import login
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.badges import colleague_with, may_have_badge
from accounts.policy import DESK_IDLE_MINUTES
from accounts.services import note_act
from branches.postings import NotPostedThere, choose_desk, desk_of
from milanolib import clock
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from accounts.models import User
    from milanolib.http import Request

OPENED_ON, USED_AT, BY_BADGE = "desk_opened_on", "desk_used_at", "desk_by_badge"
LOOKED_AT_EVERY = dt.timedelta(minutes=1)
BACKEND = "accounts.backends.CardBackend"  # which asks on each page whether the colleague is still with us


class DeskNotOpened(DomainError):
    """Nobody has signed in with a password on this computer today."""

    code = "desk_not_opened"
    message = _(
        "Nobody has signed in with a password on this computer today. Sign out, and in with the password; after that "
        "badges work until midnight."
    )


def note_password(sender: Any, request: Request, user: User, **kwargs: Any) -> None:  # noqa: ARG001  a signal's arguments
    """Remember for the day that staff signed in with a password in this browser."""
    if request.session.pop(BY_BADGE, None):
        request.session.cycle_key()  # from now on it opens more
    if user.is_staff:
        request.session[OPENED_ON] = clock.today().isoformat()


def register() -> None:
    """Listen to sign-ins; those by badge do not come this way."""
    user_logged_in.connect(note_password, dispatch_uid="shared_desks")


def is_opened(request: Request) -> bool:
    """Whether badges work in this browser today."""
    return request.session.get(OPENED_ON) == clock.today().isoformat()


def is_by_badge(request: Request) -> bool:
    """Whether this session was taken over with a badge: it opens the desk and nothing else."""
    return bool(request.session.get(BY_BADGE))


def is_at_rest(request: Request) -> bool:
    """Whether the desk was not used for as long as its library allows; sessions that no desk has used never are.

    One that was taken over by who has become an operator since rests as well.
    """
    if is_by_badge(request) and not may_have_badge(request.user):  # type: ignore[arg-type]  # signed in
        return True
    used_at = _used_at(request)
    if used_at is None:
        return False
    idle = clock.now() - used_at
    return idle >= LOOKED_AT_EVERY and idle >= _allowed(request.user)  # type: ignore[arg-type]  # signed in


def note_use(request: Request) -> None:
    """Write down that the desk is used, at most once a minute; only a desk that somebody opened ever rests."""
    if OPENED_ON not in request.session:
        return
    now, used_at = clock.now(), _used_at(request)
    if used_at is None or now - used_at >= LOOKED_AT_EVERY:
        request.session[USED_AT] = now.isoformat()


def switch_user(request: Request, badge: str, pin: str) -> User:
    """Let a colleague take over this desk by badge and PIN, at the library where it stands if she is posted there.

    The session begins anew: another key, and nothing of what the colleague before had in it. Raises DeskNotOpened,
    BadgeOrPinWrong, DeskPinLocked.
    """
    if not is_opened(request):
        raise DeskNotOpened
    user = colleague_with(badge, pin)
    before: User = request.user  # type: ignore[assignment]  # the page is for staff who are signed in
    place, opened_on = desk_of(before), request.session[OPENED_ON]
    request.session.flush()
    login(request, user, backend=BACKEND)
    request.session[OPENED_ON], request.session[BY_BADGE] = opened_on, True
    note_use(request)
    if place is not None and user.pk != before.pk:
        try:
            choose_desk(user, place.pk)
        except NotPostedThere:
            place = desk_of(user)
    if user.pk != before.pk:
        code = place.code if place is not None else ""
        note_act("switch_user", f"user:{user.pk}", actor=user, reason=f"from user:{before.pk}", place_code=code)
    return user


def _used_at(request: Request) -> dt.datetime | None:
    text = request.session.get(USED_AT)
    return dt.datetime.fromisoformat(text) if text else None


def _allowed(user: User) -> dt.timedelta:
    place = desk_of(user)
    return dt.timedelta(minutes=place.desk_idle_minutes if place is not None else DESK_IDLE_MINUTES)


def pages_at_rest() -> tuple[str, ...]:
    """Return the pages that open while a desk rests."""
    names = ("admin:desk_switch", "account_logout", "set_language", "healthz", "readyz")
    return tuple(reverse(name) for name in names)


def is_of_the_desk(path: str) -> bool:
    """Whether a badge opens this page: the desk's own, and those that end the session or ask for the password."""
    others = tuple(reverse(name) for name in ("account_logout", "account_reauthenticate"))
    return path.startswith(reverse("admin:index")) or path in others
