"""What people are told of their request for a condominium library. The text re-reads the truth when it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from notifications import kinds
from notifications.services import write
from outbox import events
from proximity.models import StartRequest
from proximity.states import RequestStatus

if TYPE_CHECKING:
    from notifications.models import Message
    from outbox.models import Event


def register_all() -> None:
    """Register the kind and its handler."""
    kinds.register(
        kinds.Kind("start_request_moved", _("Your condominium library"), _moved, kinds.Topic.OTHER, sample=_sample)
    )
    events.register("proximity.request_moved", _on_request_moved)


def _on_request_moved(event: Event) -> None:
    """Write to who was signed in; anybody else follows the request by its address, and the library calls."""
    request = StartRequest.objects.select_related("user").filter(pk=event.payload["request_id"]).first()
    if request is not None and request.user is not None and request.status == event.payload["status"]:
        params: dict[str, int | str] = {"start_request": request.pk, "status": str(request.status)}
        write("start_request_moved", key=event.key, user=request.user, params=params)


def _moved(message: Message) -> kinds.Facts | None:
    """Return the request as it stands; None when it is gone or has moved on."""
    found = StartRequest.objects.filter(
        pk=message.params.get("start_request"), user=message.user, status=message.params.get("status")
    ).first()
    return None if found is None else {"request": found, "link": settings.BASE_URL + found.get_absolute_url()}


def _sample() -> kinds.Facts:
    request = StartRequest(token="sample", status=RequestStatus.IN_TALK, answer="Possiamo vederci giovedì?")  # noqa: S106
    return {"request": request, "link": settings.BASE_URL + request.get_absolute_url()}
