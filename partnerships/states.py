"""The states of an agreement, and how they follow one another."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class AgreementStatus(models.TextChoices):
    """How far an agreement is."""

    DRAFT = "draft", _("draft")
    REVIEWED = "reviewed", _("reviewed")
    ACTIVE = "active", pgettext_lazy("agreement", "active")
    ENDED = "ended", _("ended")


AGREEMENT_MOVES: dict[str, tuple[str, ...]] = {
    AgreementStatus.DRAFT: (AgreementStatus.REVIEWED, AgreementStatus.ENDED),
    AgreementStatus.REVIEWED: (AgreementStatus.DRAFT, AgreementStatus.ACTIVE, AgreementStatus.ENDED),
    AgreementStatus.ACTIVE: (AgreementStatus.ENDED,),
    AgreementStatus.ENDED: (),
}


class ProposalStatus(models.TextChoices):
    """What became of texts that an institution proposed."""

    WAITING = "waiting", _("to be read")
    TAKEN = "taken", _("taken over")
    DECLINED = "declined", _("left aside")
