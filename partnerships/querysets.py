"""Agreements by what readers and librarians ask of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

from partnerships.states import AgreementStatus

if TYPE_CHECKING:
    import datetime as dt
    from typing import Self

    from partnerships.models import Agreement


class AgreementQuerySet(models.QuerySet["Agreement"]):
    """Agreements."""

    def offered(self, today: dt.date) -> Self:
        """Keep what readers can use today or later: active, and not past its last day."""
        return self.filter(status=AgreementStatus.ACTIVE).filter(Q(ends_on=None) | Q(ends_on__gte=today))

    def past(self, today: dt.date) -> Self:
        """Keep those that are active though their last day lies behind."""
        return self.filter(status=AgreementStatus.ACTIVE, ends_on__lt=today)

    def holding_on(self, day: dt.date) -> Self:
        """Keep those whose period and weekdays hold a day; holidays are the policy's (`partnerships.policy`)."""
        return self.filter(starts_on__lte=day).filter(
            Q(weekdays__len=0) | Q(weekdays__contains=[day.weekday()]), Q(ends_on=None) | Q(ends_on__gte=day)
        )

    def with_uses_left(self) -> Self:
        """Keep those whose quota is not used up."""
        return self.filter(Q(quota=None) | Q(quota__gt=F("uses")))
