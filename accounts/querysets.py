"""Reading people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models

from accounts.policy import ADULT_AGE
from milanolib import clock

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser

    from accounts.models import Reader, User

TITLES_ONES_OWN_FROM = 14  # years


def name_key() -> models.Func:
    """Return a name as it is looked for: no accents, small letters, each word between blanks (an index holds it)."""
    return models.Func("family_name", "given_name", function="reader_name_key", output_field=models.TextField())


class ReaderQuerySet(models.QuerySet["Reader"]):
    """Readers."""

    def visible_to(self, user: User | AnonymousUser) -> ReaderQuerySet:
        """Return the readers a signed-in person may act for: themselves and the children they look after.

        Who has come of age is nobody's child any more, from that very day.
        """
        if not user.is_authenticated:
            return self.none()
        own = models.Q(user=user)
        of_age_since = clock.years_from(clock.today(), -ADULT_AGE)
        children = models.Q(guardianships__guardian=user, guardianships__ended_at=None) & (
            models.Q(born_on__gt=of_age_since) | models.Q(born_on=None)
        )
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

    def in_whole_care_of(self, user: User | AnonymousUser, today: dt.date) -> ReaderQuerySet:
        """Return the readers for whose data somebody answers: themselves, and the children under 14 they look after.

        From 14 on a child's data are the child's own, whether or not it shows the titles.
        """
        born_after = clock.years_from(today, -TITLES_ONES_OWN_FROM)
        own = models.Q(user=user.pk)
        return self.visible_to(user).filter(own | models.Q(born_on__gt=born_after) | models.Q(born_on=None))

    def named_like(self, words: list[str]) -> ReaderQuerySet:
        """Return the readers whose names have words that begin with each of these, in whatever order."""
        found = self.alias(name_key=name_key())
        for word in words:
            found = found.filter(name_key__contains=f" {word}")
        return found

    def named(self, words: list[str]) -> ReaderQuerySet:
        """Return the readers whose names have all these words, whole and in whatever order."""
        return self.named_like([f"{word} " for word in words])
