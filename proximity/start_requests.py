"""Verbs on requests to open a condominium library: somebody asks, the library answers, a library opens."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from accounts.services import note_act
from milanolib import clock
from milanolib.db import lock
from outbox.events import emit
from proximity.errors import LibraryNotNamed, RequestMovedOn
from proximity.models import StartRequest
from proximity.states import REQUEST_MOVES, RequestStatus

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User
    from branches.models import Place

KEPT_FOR = dt.timedelta(days=365)  # after its last step; then nobody is named any more
ENDED = (RequestStatus.DECLINED, RequestStatus.OPENED)


@transaction.atomic
def ask_to_start(  # noqa: PLR0913  what the form asks for
    *,
    request_key: str,
    name: str,
    email: str,
    phone: str,
    address: str,
    municipio: int | None,
    text: str,
    user: User | None,
    language: str = "it",
) -> StartRequest:
    """Somebody wants to open a library in their building. The same form sent again is the same request.

    Whoever asked is told that it came, and of each step: who is signed in as ever, anybody else by e-mail in the
    `language` of the page, if there is an address.
    """
    now = clock.now()
    try:
        with transaction.atomic():
            request = StartRequest.objects.create(
                token=secrets.token_urlsafe(24),
                request_key=request_key,
                user=user,
                language=language,
                name=name,
                email=email,
                phone=phone,
                address=address,
                municipio=municipio,
                text=text,
                received_at=now,
                moved_at=now,
            )
    except IntegrityError:
        return StartRequest.objects.get(request_key=request_key)
    _tell(request)
    return request


@transaction.atomic
def move_request(
    request: StartRequest, status: str, *, answer: str = "", library: Place | None = None, actor: User | None
) -> StartRequest:
    """A request goes a step further, with a word for who asked. Safe to repeat.

    Raises RequestMovedOn, LibraryNotNamed.
    """
    lock(request)
    if request.status == status and request.answer == answer:
        return request
    if request.status != status and status not in REQUEST_MOVES[request.status]:
        raise RequestMovedOn(status=request.get_status_display())
    if status == RequestStatus.OPENED and library is None and request.library_id is None:
        raise LibraryNotNamed
    request.status, request.answer, request.moved_at = status, answer, clock.now()
    request.library = library or request.library
    request.save(update_fields=["status", "answer", "library", "moved_at"])
    note_act("move_request", f"start-request:{request.pk}", actor=actor, reason=status)
    _tell(request)
    return request


def forget_requests(now: dt.datetime) -> int:
    """Blank who asked and what they wrote, a year after a request came to its end; return how many. Safe to repeat."""
    ended = StartRequest.objects.filter(status__in=ENDED, moved_at__lt=now - KEPT_FOR)
    return blank_requests(ended.exclude(name="", text=""))


def blank_requests(requests: QuerySet[StartRequest]) -> int:
    """Blank who made these requests and what they wrote, with the answer; return how many. Safe to repeat."""
    return requests.update(name="", email="", phone="", address="", text="", answer="", user=None)


def _tell(request: StartRequest) -> None:
    moment = f"{request.moved_at:%Y%m%dT%H%M%S%f}"
    emit(
        "proximity.request_moved",
        key=f"request-moved:{request.pk}:{moment}",
        request_id=request.pk,
        status=str(request.status),
    )
