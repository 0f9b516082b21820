"""Lists, reviews, suggestions and searches follow when two cards become one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from accounts.movers import Mover, Moving
from catalog.models import PurchaseWish, ReadingList, Review, SavedSearch

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_NAME = ReadingList._meta.get_field("name").max_length or 0  # noqa: SLF001  Django's public way to a field


class ReadingMover(Mover):
    """What somebody keeps and writes with a sign-in."""

    moves = (
        "catalog.ReadingList.owner",
        "catalog.Review.user",
        "catalog.PurchaseWish.user",
        "catalog.SavedSearch.user",
    )

    def what_moves(self) -> Iterable[Moving]:
        """Say how many, where there are two sign-ins; what a single one keeps stays with it."""
        if self.users is None:
            return
        _kept, gone = self.users
        yield Moving(_("lists"), ReadingList.objects.filter(owner=gone).count())
        note = _("Where both have reviewed a work, the newer review stays.")
        yield Moving(_("reviews"), Review.objects.filter(user=gone).count(), (note,) if self._doubled() else ())
        yield Moving(_("suggestions of purchases"), PurchaseWish.objects.filter(user=gone).count())
        yield Moving(_("saved searches"), SavedSearch.objects.filter(user=gone).count())

    def move(self) -> None:
        """Move everything; a list whose name is taken gets a number, of two reviews of a work the newer stays."""
        if self.users is None:
            return
        kept, gone = self.users
        names = set(ReadingList.objects.filter(owner=kept).values_list("name", flat=True))
        for one in ReadingList.objects.filter(owner=gone).order_by("pk"):
            one.owner, one.name = kept, _free_name(one.name, names)
            names.add(one.name)
            one.save(update_fields=["owner", "name"])
        for work in self._doubled():
            newest = Review.objects.filter(user__in=self.users, work=work).order_by("-written_at", "-pk")[0]
            Review.objects.filter(user__in=self.users, work=work).exclude(pk=newest.pk).delete()
        Review.objects.filter(user=gone).update(user=kept)
        PurchaseWish.objects.filter(user=gone).update(user=kept)
        own = SavedSearch.objects.filter(user=kept).values("query")
        SavedSearch.objects.filter(user=gone, query__in=own).delete()
        SavedSearch.objects.filter(user=gone).update(user=kept)

    def _doubled(self) -> list[int]:
        """Return the works that both have reviewed."""
        if self.users is None:
            return []
        kept, gone = self.users
        theirs = Review.objects.filter(user=kept).values("work")
        return list(Review.objects.filter(user=gone, work__in=theirs).values_list("work", flat=True))


def _free_name(name: str, taken: set[str]) -> str:
    """Return the name, with the first number that makes it one's own where it is taken."""
    number, free = 1, name
    while free in taken:
        number += 1
        suffix = f" ({number})"
        free = name[: LONGEST_NAME - len(suffix)] + suffix
    return free
