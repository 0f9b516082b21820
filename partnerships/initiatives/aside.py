"""Reading groups: the titles that go with an initiative, set aside together for the group's own card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import ReaderCategory
from accounts.services import note_act
from loans.groups import place_group
from loans.models import Hold
from loans.states import GroupKind
from milanolib.db import lock
from partnerships.initiatives.errors import CardIsNotOfAGroup, TitlesSetAsideAlready

if TYPE_CHECKING:
    from accounts.models import User
    from loans.models import HoldGroup
    from partnerships.models import Initiative


def set_titles_aside(initiative: Initiative, *, actor: User | None) -> Initiative:
    """Reserve the titles of an initiative as a set, ready together at its library, for the card of the group.

    As many copies of each as the initiative says.
    The card is an institution's: no person is joined with a title. Safe to repeat: while the set is open it stays.
    Raises CardIsNotOfAGroup, and what `place_group` raises about titles, card and library.
    """
    card = initiative.card
    if card is None or card.category != ReaderCategory.INSTITUTION:
        raise CardIsNotOfAGroup
    if is_set_aside(initiative.hold_group):
        return initiative
    with transaction.atomic():
        titles = list(initiative.current_titles())
        group = place_group(card, titles, initiative.place, GroupKind.SET, actor=actor, copies=initiative.copies_aside)
        lock(initiative)  # below the works and the reader in the order of locks, so only now
        if is_set_aside(initiative.hold_group):  # somebody was faster: theirs stands, and this one was never placed
            raise TitlesSetAsideAlready
        initiative.hold_group = group
        initiative.save(update_fields=["hold_group"])
        note_act("set_titles_aside", f"initiative:{initiative.pk}", actor=actor)
    return initiative


def is_set_aside(group: HoldGroup | None) -> bool:
    """Whether a set still waits, is on its way or is ready."""
    return group is not None and Hold.objects.open().filter(group=group.pk).exists()
