"""Stars and reviews of works.

The rule. Stars count at once and always: they are a vote, and nobody can be hurt by one. Words are shown when a
librarian has read them. Words or a signature that change wait again, and what was published before is not shown
meanwhile: what is read by others is always what a librarian has read. Changing the stars alone changes nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Avg, Case, Count, IntegerField, Q, Value, When

from accounts.models import Reader, ReaderStatus, User
from accounts.services import note_act
from catalog.importing.bulk import longest
from catalog.models import Review, Work, WorkKey
from catalog.reading.errors import NeedsCard, ReasonMissing, ReviewChanged, StarsMissing
from milanolib import clock
from milanolib.db import restartable
from notifications.services import forget
from outbox.events import emit

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

PERMISSION_TO_DECIDE = "catalog.change_review"
SHOWN = 5  # on a title's page; the others have a page of their own
MOST_STARS = 5
LONGEST_TEXT = longest(Review, "text")
LONGEST_SIGNATURE = longest(Review, "signed")
LONGEST_ANSWER = longest(Review, "answer")
Status = Review.Status
BEFORE = {Status.PUBLISHED: (Status.WAITING,), Status.REFUSED: (Status.WAITING, Status.PUBLISHED)}


@dataclass(frozen=True)
class Reviews:
    """What readers think of a work: the mean of the stars, how many gave any, the newest words, one's own review."""

    average: float | None
    count: int
    published: list[Review]
    has_more: bool
    own: Review | None


def reviews_of(work_id: int, user: User | AnonymousUser | None = None) -> Reviews:
    """Return what readers think of a work, and what `user` wrote, in two statements, in one where nobody wrote."""
    of_work = Review.objects.filter(work=work_id)
    told = of_work.aggregate(average=Avg("stars"), count=Count("pk"))
    own = Q(user=user.pk) if user is not None and user.pk else Q(pk=None)
    first = Case(When(own, then=Value(0)), default=Value(1), output_field=IntegerField())
    read = of_work.filter(_readable() | own).order_by(first, "-written_at", "-pk")
    rows = list(read[: SHOWN + 2]) if told["count"] else []
    mine = next((one for one in rows if user is not None and one.user_id == user.pk), None)
    shown = [one for one in rows if one.status == Status.PUBLISHED and one.text]
    shown.sort(key=lambda one: (one.written_at, one.pk), reverse=True)
    return Reviews(told["average"], told["count"], shown[:SHOWN], len(shown) > SHOWN, mine)


def published_reviews(work_id: int) -> QuerySet[Review]:
    """Return all words on a work that everybody may read, newest first."""
    return Review.objects.filter(_readable(), work=work_id).order_by("-written_at", "-pk")


def may_review(user: User | AnonymousUser) -> bool:
    """Whether somebody has a card that is not closed."""
    return bool(user.pk) and Reader.objects.filter(user=user.pk).exclude(status=ReaderStatus.CLOSED).exists()


@restartable
def write_review(user: User, work: Work, *, stars: int, text: str = "", signed: str = "") -> Review:
    """Rate a work and, with `text`, review it; a second time changes the first. Safe to repeat.

    A work that staff have joined to another meanwhile stands for that one. Raises NeedsCard, StarsMissing.
    """
    if not may_review(user):
        raise NeedsCard
    if not 1 <= stars <= MOST_STARS:
        raise StarsMissing
    work = _locked(work)
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two clicks at once make one review
    now = clock.now()
    review = Review.objects.filter(user=user, work=work).first() or Review(user=user, work=work, written_at=now)
    words = text.replace("\x00", "").replace("\r\n", "\n").strip()[:LONGEST_TEXT]
    name = " ".join(signed.replace("\x00", "").split())[:LONGEST_SIGNATURE].strip() if words else ""
    has_new_words = review.pk is None or (review.text, review.signed) != (words, name)
    review.stars, review.text, review.signed = stars, words, name
    if has_new_words:
        review.written_at = now
        review.status = Status.WAITING if words else Status.PUBLISHED
        review.answer, review.decided_at, review.decided_by = "", None, None
    review.save()
    return review


@transaction.atomic
def delete_review(review: Review) -> None:
    """Take one's stars and words back; what messages said of them is forgotten. Safe to repeat."""
    Review.objects.filter(pk=review.pk).delete()
    forget("review", [review.pk])


def waiting_reviews() -> QuerySet[Review]:
    """Return the words that no librarian has read, the longest waiting first."""
    return Review.objects.filter(status=Status.WAITING).select_related("work").order_by("written_at", "pk")


def published_of_late() -> QuerySet[Review]:
    """Return the words published last, which can be taken down again."""
    return Review.objects.filter(_readable()).select_related("work").order_by("-decided_at", "-pk")


def publish_review(review: Review, *, read: dt.datetime, actor: User | None) -> Review:
    """Show words that a librarian has read to everybody; the reader is told.

    `read` is when the words that she read were written. Raises ReviewChanged when they are others now.
    """
    return _decide(review, Status.PUBLISHED, "", read, actor)


def refuse_review(review: Review, reason: str, *, read: dt.datetime, actor: User | None) -> Review:
    """Show words to nobody, published before or not; the reader is told why. The stars stay.

    Raises ReasonMissing, ReviewChanged.
    """
    answer = reason.replace("\x00", "").strip()[:LONGEST_ANSWER]
    if not answer:
        raise ReasonMissing
    return _decide(review, Status.REFUSED, answer, read, actor)


@transaction.atomic
def _decide(review: Review, status: str, answer: str, read: dt.datetime, actor: User | None) -> Review:
    locked = Review.objects.select_for_update(no_key=True, of=("self",)).filter(pk=review.pk).first()
    if locked is None or locked.written_at != read or locked.status not in BEFORE[Status(status)]:
        raise ReviewChanged
    locked.status, locked.answer = status, answer
    locked.decided_at, locked.decided_by = clock.now(), actor
    locked.save(update_fields=["status", "answer", "decided_at", "decided_by"])
    note_act("publish_review" if status == Status.PUBLISHED else "refuse_review", f"review:{locked.pk}", actor=actor)
    moment = locked.decided_at.isoformat()
    emit("catalog.review_decided", key=f"review-decided:{locked.pk}:{moment}", review_id=locked.pk, decided=moment)
    return locked


def _locked(work: Work) -> Work:
    """Lock a work, so that it is not joined to another while a review is written; return what it is by now."""
    key = work.key
    while True:
        found = Work.objects.select_for_update(no_key=True).filter(pk=work.pk).first()
        if found is not None:
            return found
        work = WorkKey.objects.select_related("work").get(key=key).work


def _readable() -> Q:
    return Q(status=Status.PUBLISHED) & ~Q(text="")
