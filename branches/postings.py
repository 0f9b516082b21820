"""Where a librarian works: the branches she is posted to, and the one desk where she is now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from branches.models import Place, Posting
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User


class NotPostedThere(DomainError):
    """The librarian does not belong to that branch."""

    code = "not_posted_there"
    message = _("You are not posted to this library. Choose one of yours, or ask whoever manages the postings.")


def postings_of(user: User) -> QuerySet[Posting]:
    """Return the branches of a librarian, by name."""
    return Posting.objects.filter(user=user).select_related("place").order_by("place__name", "pk")


def desk_of(user: User) -> Place | None:
    """Return where a librarian works now: the active desk, else her only branch; None when she must choose."""
    postings = list(postings_of(user))
    active = next((one.place for one in postings if one.is_active_desk), None)
    return active or (postings[0].place if len(postings) == 1 else None)


@transaction.atomic
def choose_desk(user: User, place_id: int) -> Place:
    """From now on this person works at that branch; every other desk of hers rests. Raises NotPostedThere."""
    postings = {
        one.place_id: one for one in Posting.objects.select_for_update(no_key=True).filter(user=user).order_by("pk")
    }
    chosen = postings.pop(place_id, None)
    if chosen is None:
        raise NotPostedThere
    Posting.objects.filter(user=user, is_active_desk=True).exclude(pk=chosen.pk).update(is_active_desk=False)
    if not chosen.is_active_desk:
        chosen.is_active_desk = True
        chosen.save(update_fields=["is_active_desk"])
    return chosen.place
