"""Verbs on agreements: review, send back, activate, end, copy with a new period; and what happens by night."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.text import capfirst

from accounts.services import note_act
from milanolib import clock
from milanolib.db import lock
from outbox.events import emit
from partnerships.errors import AgreementIncomplete, AgreementMovedOn, PeriodIsOver
from partnerships.models import Agreement
from partnerships.policy import missing_of, reminder_due
from partnerships.states import AGREEMENT_MOVES, AgreementStatus

if TYPE_CHECKING:
    from accounts.models import User

AGREED = (  # what a renewed agreement takes over
    "institution_id",
    "owner_id",
    "title",
    "terms",
    "offer",
    "percent",
    "price",
    "audience",
    "age_from",
    "age_to",
    "with_companion",
    "adults_only",
    "weekdays",
    "not_on_holidays",
    "quota",
)


@transaction.atomic
def review_agreement(agreement: Agreement, *, actor: User | None) -> Agreement:
    """A librarian has read the whole: it may go to readers once it is activated. Safe to repeat.

    Raises AgreementIncomplete, PeriodIsOver, AgreementMovedOn.
    """
    lock(agreement)
    if agreement.status == AgreementStatus.REVIEWED:
        return agreement
    _must_be_whole(agreement)
    return _move(agreement, AgreementStatus.REVIEWED, "review_agreement", actor)


@transaction.atomic
def send_back_agreement(agreement: Agreement, *, reason: str = "", actor: User | None) -> Agreement:
    """Something is wrong with a reviewed one: it is a draft again and can be changed. Safe to repeat.

    Raises AgreementMovedOn.
    """
    lock(agreement)
    if agreement.status == AgreementStatus.DRAFT:
        return agreement
    return _move(agreement, AgreementStatus.DRAFT, "send_back_agreement", actor, reason)


@transaction.atomic
def activate_agreement(agreement: Agreement, *, actor: User | None) -> Agreement:
    """Readers see it, and can use it from its first day on. Safe to repeat.

    Raises AgreementIncomplete, PeriodIsOver, AgreementMovedOn.
    """
    lock(agreement)
    if agreement.status == AgreementStatus.ACTIVE:
        return agreement
    _must_be_whole(agreement)
    return _move(agreement, AgreementStatus.ACTIVE, "activate_agreement", actor)


@transaction.atomic
def end_agreement(agreement: Agreement, *, reason: str = "", actor: User | None) -> Agreement:
    """It holds no longer, whatever its period says; its uses are kept. Safe to repeat."""
    lock(agreement)
    if agreement.status == AgreementStatus.ENDED:
        return agreement
    return _move(agreement, AgreementStatus.ENDED, "end_agreement", actor, reason)


@transaction.atomic
def renew_agreement(agreement: Agreement, *, actor: User | None) -> Agreement:
    """Copy an agreement as a draft for the same time again, from the day after its last; return the draft.

    Safe to repeat: a draft that follows it already is returned. Raises AgreementIncomplete without a last day.
    """
    lock(agreement)
    if agreement.ends_on is None:
        raise AgreementIncomplete(missing=_names_of(["ends_on"]))
    starts_on = agreement.ends_on + dt.timedelta(days=1)
    following = Agreement.objects.filter(
        institution=agreement.institution_id, title=agreement.title, starts_on=starts_on
    ).first()
    if following is not None:
        return following
    taken_over = {name: getattr(agreement, name) for name in AGREED}
    ends_on = starts_on + (agreement.ends_on - agreement.starts_on)
    draft = Agreement.objects.create(**taken_over, starts_on=starts_on, ends_on=ends_on)
    note_act("renew_agreement", f"agreement:{draft.pk}", actor=actor)
    return draft


def end_past_agreements() -> int:
    """End those whose last day lies behind; return how many. Safe to repeat, and to be killed half-way."""
    ended = 0
    for agreement in Agreement.objects.past(clock.today()).order_by("pk"):
        ended += end_agreement(agreement, actor=None).status == AgreementStatus.ENDED
    return ended


@transaction.atomic
def remind_owners() -> int:
    """Tell the owners of agreements that end soon, once for each of the days before; return how many are due."""
    today = clock.today()
    due = 0
    for agreement in Agreement.objects.offered(today).exclude(ends_on=None).order_by("pk"):
        days = reminder_due(agreement.ends_on, today)  # type: ignore[arg-type]  # not None, see above
        if days is not None:
            key = f"partnerships.ends_soon:{agreement.pk}:{agreement.ends_on}:{days}"
            emit("partnerships.ends_soon", key=key, agreement_id=agreement.pk)
            due += 1
    return due


def _must_be_whole(agreement: Agreement) -> None:
    if missing := missing_of(agreement):
        raise AgreementIncomplete(missing=_names_of(missing))
    if agreement.ends_on is not None and agreement.ends_on < clock.today():
        raise PeriodIsOver


def _move(agreement: Agreement, status: AgreementStatus, verb: str, actor: User | None, reason: str = "") -> Agreement:
    if status not in AGREEMENT_MOVES[agreement.status]:
        raise AgreementMovedOn(status=agreement.get_status_display())
    now = clock.now()
    agreement.status = status
    if status == AgreementStatus.REVIEWED:
        agreement.reviewed_at = now
    elif status == AgreementStatus.ACTIVE:
        agreement.activated_at = now
    elif status == AgreementStatus.ENDED:
        agreement.ended_at = now
    agreement.save(update_fields=["status", "reviewed_at", "activated_at", "ended_at"])
    note_act(verb, f"agreement:{agreement.pk}", actor=actor, reason=reason)
    return agreement


def _names_of(fields: list[str]) -> str:
    fields_by_name = {field.attname: field for field in Agreement._meta.concrete_fields}  # noqa: SLF001  Django's own way
    return ", ".join(capfirst(str(fields_by_name[name].verbose_name)) for name in fields)
