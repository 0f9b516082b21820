"""What people are told: of their request for a condominium library, and who looks after a contract that it ends.

The text re-reads the truth when it is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import MANAGER
from branches.models import Place
from milanolib import clock
from notifications import kinds
from notifications.services import write
from outbox import events
from proximity.models import Contract, StartRequest
from proximity.policy import RENEW_WITHIN
from proximity.renewals import to_renew
from proximity.states import RequestStatus

if TYPE_CHECKING:
    from notifications.models import Message
    from outbox.models import Event


def register_all() -> None:
    """Register the kind and its handler."""
    kinds.register(
        kinds.Kind("start_request_moved", _("Your condominium library"), _moved, kinds.Topic.OTHER, sample=_sample)
    )
    kinds.register(
        kinds.Kind(
            "contract_ending", _("A partner's contract ends"), _ending, kinds.Topic.OTHER, sample=_sample_contract
        )
    )
    events.register("proximity.request_moved", _on_request_moved)
    events.register("proximity.contract_ending", _on_contract_ending)


def _on_request_moved(event: Event) -> None:
    """Write to who was signed in, else to the address on the request; without one the library calls."""
    request = StartRequest.objects.select_related("user").filter(pk=event.payload["request_id"]).first()
    if request is None or request.status != event.payload["status"]:
        return
    params: dict[str, int | str] = {"start_request": request.pk, "status": str(request.status)}
    if request.user is not None:
        write("start_request_moved", key=event.key, user=request.user, params=params)
    elif request.email:
        write("start_request_moved", key=event.key, params=params, language=request.language)


def _moved(message: Message) -> kinds.Facts | None:
    """Return the request as it stands; None when it is gone or has moved on."""
    found = StartRequest.objects.filter(
        pk=message.params.get("start_request"), user=message.user, status=message.params.get("status")
    ).first()
    if found is None or (message.user_id is None and not found.email):
        return None
    facts: kinds.Facts = {"request": found, "link": settings.BASE_URL + found.get_absolute_url()}
    return facts if found.user_id is not None else {**facts, "to": found.email}


def _sample() -> kinds.Facts:
    request = StartRequest(token="sample", status=RequestStatus.IN_TALK, answer="Possiamo vederci giovedì?")  # noqa: S106
    return {"request": request, "link": settings.BASE_URL + request.get_absolute_url()}


def _on_contract_ending(event: Event) -> None:
    """Write to who looks after the contract; to all managers where nobody does, or nobody who still may read it."""
    contract = Contract.objects.select_related("owner").filter(pk=event.payload["contract_id"]).first()
    if contract is None:
        return
    managers = User.objects.filter(groups__name=MANAGER, is_active=True).order_by("pk")
    owner = contract.owner if contract.owner is not None and _may_be_told(contract.owner) else None
    for user in [owner] if owner is not None else managers:
        write("contract_ending", key=f"{event.key}:{user.pk}", user=user, params={"contract": contract.pk})


def _may_be_told(user: User) -> bool:
    return user.is_active and user.has_perm("proximity.view_contract")


def _ending(message: Message) -> kinds.Facts | None:
    """Return the contract as long as it ends soon, nothing follows it, and who is told still has to see to it."""
    found = to_renew(clock.today()).filter(pk=message.params.get("contract")).first()
    if found is None or message.user is None or not _may_be_told(message.user):
        return None
    is_theirs = found.owner_id == message.user.pk or message.user.has_perm("proximity.change_contract")
    if not is_theirs:
        return None
    return _facts_of(found)


def _facts_of(contract: Contract) -> kinds.Facts:
    return {"contract": contract, "link": f"{settings.BASE_URL}{reverse('admin:partners_points')}"}


def _sample_contract() -> kinds.Facts:
    day = clock.today() + RENEW_WITHIN
    return _facts_of(Contract(pk=1, place=Place(name="Edicola di prova"), partner="Edicola Rossi", ends_on=day))
