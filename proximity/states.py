"""The states of a request to open a condominium library, and how they follow one another."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class RequestStatus(models.TextChoices):
    """Where a request stands."""

    NEW = "new", _("received")
    IN_TALK = "in_talk", _("we are talking about it")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    OPENED = "opened", _("the library is open")


REQUEST_MOVES: dict[str, tuple[str, ...]] = {
    RequestStatus.NEW: (RequestStatus.IN_TALK, RequestStatus.ACCEPTED, RequestStatus.DECLINED),
    RequestStatus.IN_TALK: (RequestStatus.ACCEPTED, RequestStatus.DECLINED),
    RequestStatus.ACCEPTED: (RequestStatus.OPENED, RequestStatus.IN_TALK, RequestStatus.DECLINED),
    RequestStatus.DECLINED: (RequestStatus.IN_TALK,),  # the house may have changed its mind
    RequestStatus.OPENED: (),
}
