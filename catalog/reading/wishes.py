"""Suggestions of purchases: a reader asks, librarians answer, the reader is told of each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from accounts.services import note_act
from catalog.importing.bulk import longest
from catalog.keys import folded, isbn13
from catalog.models import PurchaseWish, Title
from catalog.reading.errors import (
    IsbnWrong,
    ReasonMissing,
    TitleToBeNamed,
    TooManyWishes,
    WishMoveRefused,
    WishWithoutTitle,
)
from catalog.reading.policy import MOST_OPEN_WISHES, WISHES_KEPT
from catalog.search import Query, search
from milanolib import clock
from notifications.services import forget
from outbox.events import emit

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

PERMISSION_TO_ANSWER = "catalog.change_purchasewish"
MOST_CANDIDATES = 3
LONGEST = {name: longest(PurchaseWish, name) for name in ("title", "author", "details", "answer")}
Status = PurchaseWish.Status
OPEN_WISH = (Status.RECEIVED, Status.CONSIDERED, Status.ORDERED)  # some librarian has something to do
UNANSWERED = (Status.RECEIVED, Status.CONSIDERED)
WISH_MOVES = {
    Status.RECEIVED: (Status.CONSIDERED, Status.ORDERED, Status.ARRIVED, Status.REFUSED),
    Status.CONSIDERED: (Status.ORDERED, Status.ARRIVED, Status.REFUSED),
    Status.ORDERED: (Status.ARRIVED, Status.REFUSED),
    Status.ARRIVED: (),
    Status.REFUSED: (Status.CONSIDERED,),
}


def in_the_catalogue(*, title: str, author: str = "", isbn: str = "") -> list[Title]:
    """Return what the catalogue has that may be what somebody asks for: by its ISBN, else by all the words."""
    number = isbn13(isbn)
    found = search(Query(text=number)).lines if number else ()
    words = _line(f"{title} {author}", 200)
    if not found and words:
        found = search(Query(text=words, is_exact=True)).lines
    ids = [line.title_id for line in found[:MOST_CANDIDATES]]
    titles = Title.objects.defer("record", "summary").with_cover().in_bulk(ids)
    return [titles[pk] for pk in ids if pk in titles]


@transaction.atomic
def ask_for(user: User, *, title: str, author: str = "", isbn: str = "", details: str = "") -> PurchaseWish:
    """Suggest that the libraries buy something; the same suggestion again, while it is open, is the first one.

    Raises WishWithoutTitle, IsbnWrong, TooManyWishes.
    """
    name, by = _line(title, LONGEST["title"]), _line(author, LONGEST["author"])
    if not name:
        raise WishWithoutTitle
    number = isbn13(isbn)
    if isbn.strip() and not number:
        raise IsbnWrong
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two clicks at once are one suggestion
    open_ones = list(user.purchase_wishes.filter(status__in=OPEN_WISH))
    same = next((one for one in open_ones if _is_same(one, name, by, number)), None)
    if same is not None:
        return same
    if sum(one.status in UNANSWERED for one in open_ones) >= MOST_OPEN_WISHES:
        raise TooManyWishes(most=MOST_OPEN_WISHES)
    return PurchaseWish.objects.create(
        user=user, title=name, author=by, isbn=number, details=_text(details, LONGEST["details"]), asked_at=clock.now()
    )


@transaction.atomic
def withdraw_wish(wish: PurchaseWish) -> None:
    """Take a suggestion back; what messages said of it is forgotten. Safe to repeat."""
    PurchaseWish.objects.filter(pk=wish.pk).delete()
    forget("wish", [wish.pk])


@transaction.atomic
def answer_wish(
    wish: PurchaseWish, status: str, *, seen: str, answer: str = "", found: Title | None = None, actor: User | None
) -> PurchaseWish:
    """Take a suggestion a step further; the reader is told of it once.

    `seen` is the state in which the librarian saw it. Raises WishMoveRefused, ReasonMissing, TitleToBeNamed.
    """
    locked = PurchaseWish.objects.select_for_update(no_key=True, of=("self",)).filter(pk=wish.pk).first()
    if locked is None or locked.status != seen or status not in WISH_MOVES[Status(locked.status)]:
        raise WishMoveRefused
    words = _text(answer, LONGEST["answer"])
    if status == Status.REFUSED and not words:
        raise ReasonMissing
    if status == Status.ARRIVED and found is None:
        raise TitleToBeNamed
    locked.status, locked.answer, locked.found = status, words, found or locked.found
    locked.decided_at, locked.decided_by = clock.now(), actor
    locked.save(update_fields=["status", "answer", "found", "decided_at", "decided_by"])
    note_act("answer_wish", f"wish:{locked.pk}", actor=actor, reason=status)
    moment = locked.decided_at.isoformat()
    emit("catalog.wish_answered", key=f"wish-answered:{locked.pk}:{moment}", wish_id=locked.pk, decided=moment)
    return locked


def room_for(user: User | AnonymousUser) -> int:
    """Return how many more suggestions somebody may send now."""
    waiting = PurchaseWish.objects.filter(user=user.pk, status__in=UNANSWERED).count()
    return max(MOST_OPEN_WISHES - waiting, 0)


def title_named(text: str) -> Title | None:
    """Return the title that somebody names by its number in the catalogue or by its ISBN."""
    typed = "".join(text.split())
    standing = Title.objects.filter(merged_into=None).defer("record", "summary")
    if number := isbn13(typed):
        return standing.filter(isbns__contains=[number]).order_by("-pk").first()
    is_number = typed.isascii() and typed.isdigit() and len(typed) < 12  # noqa: PLR2004  what a row's number can be
    return standing.filter(pk=int(typed)).first() if is_number else None


def wishes_to_answer() -> QuerySet[PurchaseWish]:
    """Return the suggestions for which something is to be done, the longest waiting first."""
    return PurchaseWish.objects.filter(status__in=OPEN_WISH).order_by("asked_at", "pk")


def forget_old_wishes() -> str:
    """Delete suggestions a year after their last answer: bought or not, nobody needs to know who asked. Repeatable."""
    before = clock.now() - WISHES_KEPT
    closed = PurchaseWish.objects.filter(~Q(status__in=OPEN_WISH), decided_at__lt=before)
    ids = list(closed.values_list("pk", flat=True))
    PurchaseWish.objects.filter(pk__in=ids).delete()
    forget("wish", ids)
    return f"{len(ids)} forgotten"


def _is_same(wish: PurchaseWish, title: str, author: str, isbn: str) -> bool:
    if isbn and wish.isbn:
        return isbn == wish.isbn
    return (folded(wish.title), folded(wish.author)) == (folded(title), folded(author))


def _line(text: str, longest: int) -> str:
    return " ".join(text.replace("\x00", "").split())[:longest].strip()


def _text(text: str, longest: int) -> str:
    return text.replace("\x00", "").replace("\r\n", "\n").strip()[:longest]
