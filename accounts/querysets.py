"""Reading people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models

from milanolib import clock

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser

    from accounts.models import Reader, User

TITLES_ONES_OWN_FROM = 14  # years


class ReaderQuerySet(models.QuerySet["Reader"]):
    """Readers."""

    def visible_to(self, user: User | AnonymousUser) -> ReaderQuerySet:
        """Return the readers a signed-in person may act for: themselves and the children they look after."""
        if not user.is_authenticated:
            return self.none()
        own = models.Q(user=user)
        children = models.Q(guardianships__guardian=user, guardianships__ended_at=None)
        return self.filter(own | children).distinct()

    def whose_titles_are_hidden_from(self, user: User | AnonymousUser, today: dt.date) -> ReaderQuerySet:
        """Return the children of 14 and more whose titles their guardian does not see, unless the child shows them."""
        born_before = clock.years_from(today, -TITLES_ONES_OWN_FROM)
        return (
            self.visible_to(user)
            .exclude(user=user.pk)
            .filter(born_on__lte=born_before)
            .exclude(
                guardianships__in=apps.get_model("accounts.Guardianship").objects.filter(
                    guardian=user.pk, ended_at=None, shows_titles=True
                )
            )
        )
