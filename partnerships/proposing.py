"""Verbs on proposals: an institution sends texts, a librarian takes them over or leaves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.services import note_act
from milanolib import clock
from milanolib.db import lock
from outbox.events import emit
from partnerships.errors import AgreementMovedOn, ProposalSettled
from partnerships.models import Agreement, TextProposal
from partnerships.states import AgreementStatus, ProposalStatus

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def propose_texts(agreement: Agreement, *, title: dict[str, str], terms: dict[str, str], note: str) -> TextProposal:
    """An institution proposes title and terms; one that waits already is written over. Safe to repeat.

    Readers see nothing of it; who looks after the agreement is told, once until it is settled. Raises AgreementMovedOn
    once the agreement has ended.
    """
    lock(agreement)
    if agreement.status == AgreementStatus.ENDED:
        raise AgreementMovedOn(status=agreement.get_status_display())
    proposal, _is_new = TextProposal.objects.update_or_create(
        agreement=agreement,
        status=ProposalStatus.WAITING,
        defaults={"title": title, "terms": terms, "note": note, "sent_at": clock.now()},
    )
    emit("partnerships.texts_proposed", key=f"partnerships.texts_proposed:{proposal.pk}", proposal_id=proposal.pk)
    return proposal


@transaction.atomic
def take_proposal(proposal: TextProposal, *, actor: User | None) -> TextProposal:
    """The agreement says from now on what was proposed: a librarian has read it. Safe to repeat.

    Raises ProposalSettled when it was declined, AgreementMovedOn once the agreement has ended.
    """
    agreement = proposal.agreement
    lock(agreement, proposal)
    if proposal.status == ProposalStatus.TAKEN:
        return proposal
    if agreement.status == AgreementStatus.ENDED:
        raise AgreementMovedOn(status=agreement.get_status_display())
    _settle(proposal, ProposalStatus.TAKEN)
    agreement.title, agreement.terms = proposal.title, proposal.terms
    agreement.save(update_fields=["title", "terms"])
    note_act("take_proposal", f"agreement:{agreement.pk}", actor=actor)
    return proposal


@transaction.atomic
def decline_proposal(proposal: TextProposal, *, actor: User | None) -> TextProposal:
    """The agreement stays as it is. Safe to repeat. Raises ProposalSettled when it was taken over."""
    lock(proposal)
    if proposal.status == ProposalStatus.DECLINED:
        return proposal
    _settle(proposal, ProposalStatus.DECLINED)
    note_act("decline_proposal", f"agreement:{proposal.agreement_id}", actor=actor)
    return proposal


def _settle(proposal: TextProposal, status: ProposalStatus) -> None:
    if proposal.status != ProposalStatus.WAITING:
        raise ProposalSettled
    proposal.status, proposal.settled_at = status, clock.now()
    proposal.save(update_fields=["status", "settled_at"])
