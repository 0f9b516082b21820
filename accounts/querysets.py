"""Reading people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import Reader, User


class ReaderQuerySet(models.QuerySet["Reader"]):
    """Readers."""

    def visible_to(self, user: User | AnonymousUser) -> ReaderQuerySet:
        """Return the readers a signed-in person may act for: themselves and the children they look after."""
        if not user.is_authenticated:
            return self.none()
        own = models.Q(user=user)
        children = models.Q(guardianships__guardian=user, guardianships__ended_at=None)
        return self.filter(own | children).distinct()
