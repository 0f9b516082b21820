"""Reading the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from notifications.models import Message


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages."""

    def with_choices(self) -> MessageQuerySet:
        """Fetch with each its person, and what they chose: four statements, however many messages."""
        return self.select_related("user__reader__preference", "reader__user", "reader__preference").prefetch_related(
            "reader__kind_choices", "user__reader__kind_choices"
        )
