"""What the owner of an agreement is told: it ends soon, or the institution proposes other words.

Each text re-reads the truth when it is sent.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from milanolib import clock
from notifications import kinds
from notifications.services import write
from outbox import events
from partnerships.models import Agreement, Institution, TextProposal
from partnerships.states import ProposalStatus

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from notifications.models import Message
    from outbox.models import Event
    from partnerships.querysets import AgreementQuerySet


def register_all() -> None:
    """Register the kinds and their handlers."""
    kinds.register(
        kinds.Kind(
            "agreement_ends_soon",
            _("An agreement ends soon"),
            _ends_soon,
            kinds.Topic.OTHER,
            sample=_sample,
            is_required=True,
            page="admin:partnerships_agreement_changelist",
        )
    )
    kinds.register(
        kinds.Kind(
            "texts_proposed",
            _("An institution proposes other words"),
            _texts_proposed,
            kinds.Topic.OTHER,
            sample=_proposed_sample,
            is_required=True,
            page="admin:partnerships_textproposal_changelist",
        )
    )
    events.register("partnerships.ends_soon", _on_ends_soon)
    events.register("partnerships.texts_proposed", _on_texts_proposed)


def _on_ends_soon(event: Event) -> None:
    agreement = _offered().filter(pk=event.payload["agreement_id"]).first()
    if agreement is not None and agreement.owner is not None:
        params: dict[str, int | str] = {"agreement": agreement.pk, "ends_on": str(agreement.ends_on)}
        write("agreement_ends_soon", key=event.key, user=agreement.owner, params=params)


def _ends_soon(message: Message) -> kinds.Facts | None:
    """Return what ends; None when it has ended, has another last day or another owner by now."""
    agreement = _offered().filter(pk=message.params.get("agreement"), owner=message.user).first()
    if agreement is None or str(agreement.ends_on) != message.params.get("ends_on"):
        return None
    return _facts(agreement)


def _facts(agreement: Agreement) -> kinds.Facts:
    address = reverse("admin:partnerships_agreement_change", args=[agreement.pk or 1])
    return {"agreement": agreement, "title": agreement.title.get("it", ""), "link": settings.BASE_URL + address}


def _offered() -> AgreementQuerySet:
    return Agreement.objects.offered(clock.today()).select_related("institution", "owner")


def _sample() -> kinds.Facts:
    house = Institution(name="Cinema", kind="cinema")
    ends_on = clock.today() + dt.timedelta(days=30)
    return _facts(Agreement(institution=house, title={"it": "Meno caro"}, ends_on=ends_on, uses=12))


def _on_texts_proposed(event: Event) -> None:
    proposal = _waiting().filter(pk=event.payload["proposal_id"]).first()
    if proposal is not None and proposal.agreement.owner is not None:
        params: dict[str, int | str] = {"proposal": proposal.pk}
        write("texts_proposed", key=event.key, user=proposal.agreement.owner, params=params)


def _texts_proposed(message: Message) -> kinds.Facts | None:
    """Return what is proposed; None when it was settled, or somebody else looks after the agreement by now."""
    proposal = _waiting().filter(pk=message.params.get("proposal"), agreement__owner=message.user).first()
    return None if proposal is None else _proposed_facts(proposal)


def _proposed_facts(proposal: TextProposal) -> kinds.Facts:
    address = reverse("admin:partnerships_textproposal_change", args=[proposal.pk or 1])
    agreement = proposal.agreement
    return {"agreement": agreement, "title": agreement.title.get("it", ""), "link": settings.BASE_URL + address}


def _waiting() -> QuerySet[TextProposal]:
    waiting = TextProposal.objects.filter(status=ProposalStatus.WAITING)
    return waiting.select_related("agreement__institution", "agreement__owner")


def _proposed_sample() -> kinds.Facts:
    house = Institution(name="Cinema", kind="cinema")
    return _proposed_facts(TextProposal(agreement=Agreement(institution=house, title={"it": "Meno caro"})))
