"""Works joined and split by staff, as far as the catalogue goes; the queues that hang on them are `loans`'."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.models import Review, Suggestion, Title, Work, WorkKey
from catalog.search import refresh

if TYPE_CHECKING:
    from collections.abc import Sequence


def take_over(into: Work, other: Work) -> None:
    """Give `into` the titles, keys and reviews of `other`; both are locked. `other` is then empty.

    Imports find `into` under the other's key from now on. Who has reviewed both keeps the later review.
    """
    titles = list(Title.objects.filter(work=other).values_list("pk", flat=True))
    Title.objects.filter(pk__in=titles).update(work=into)
    WorkKey.objects.filter(work=other).update(work=into)
    WorkKey.objects.create(key=other.key, work=into)
    _take_over_reviews(into, other)
    Suggestion.objects.filter(kind="title", target=other.pk).delete()
    refresh(titles)


def set_apart(titles: Sequence[Title]) -> Work:
    """Return a new work for these titles of one work, which is locked; those merged into them go along."""
    first = min(titles, key=lambda one: one.pk)
    new = Work.objects.create(key=_own_key(first), title=first.title[:500])
    moved = list(
        (Title.objects.filter(pk__in=[one.pk for one in titles]) | Title.objects.filter(merged_into__in=titles))
        .filter(work=first.work_id)
        .values_list("pk", flat=True)
    )
    Title.objects.filter(pk__in=moved).update(work=new)
    Suggestion.objects.filter(kind="title", target=first.work_id).delete()
    refresh([*moved, *Title.objects.filter(work=first.work_id).values_list("pk", flat=True)])
    return new


def _take_over_reviews(into: Work, other: Work) -> None:
    own = {one.user_id: one for one in Review.objects.filter(work=into)}
    for review in Review.objects.filter(work=other):
        double = own.get(review.user_id)
        if double is not None:
            earlier = min(double, review, key=lambda one: one.written_at)
            earlier.delete()
            if earlier is review:
                continue
        review.work = into
        review.save(update_fields=["work"])


def _own_key(title: Title) -> str:
    """Return a key that no record has, and no other work."""
    stem = f"=apart={title.pk}"
    taken = set(Work.objects.filter(key__startswith=stem).values_list("key", flat=True))
    taken |= set(WorkKey.objects.filter(key__startswith=stem).values_list("key", flat=True))
    return (
        stem
        if stem not in taken
        else next(key for n in range(2, len(taken) + 3) if (key := f"{stem}={n}") not in taken)
    )
