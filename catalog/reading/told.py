"""What readers are told about their reviews and suggestions. Each text re-reads the truth when it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models import PurchaseWish, Review, Work
from notifications import kinds
from notifications.services import write
from outbox import events

if TYPE_CHECKING:
    from notifications.models import Message
    from outbox.models import Event

REVIEW_KINDS = {Review.Status.PUBLISHED: "review_published", Review.Status.REFUSED: "review_refused"}


def register_all() -> None:
    """Register kinds and handlers."""
    for code, name, truth, sample in (
        ("review_published", _("Your review is published"), _published, _sample_review),
        ("review_refused", _("Your review is not published"), _refused, _sample_review),
        ("wish_answered", _("Your suggestion of a purchase"), _answered, _sample_wish),
    ):
        kinds.register(kinds.Kind(code, name, truth, kinds.Topic.READING, sample))
    events.register("catalog.review_decided", _on_review_decided)
    events.register("catalog.wish_answered", _on_wish_answered)


def _on_review_decided(event: Event) -> None:
    review = Review.objects.select_related("user").filter(pk=event.payload["review_id"]).first()
    kind = REVIEW_KINDS.get(Review.Status(review.status)) if review is not None else None
    if review is not None and kind is not None and _is_of(review, event.payload["decided"]):
        params = {"review": review.pk, "decided": event.payload["decided"]}
        write(kind, key=event.key, user=review.user, params=params)


def _on_wish_answered(event: Event) -> None:
    wish = PurchaseWish.objects.select_related("user").filter(pk=event.payload["wish_id"]).first()
    if wish is not None and _is_of(wish, event.payload["decided"]):
        params = {"wish": wish.pk, "decided": event.payload["decided"]}
        write("wish_answered", key=event.key, user=wish.user, params=params)


def _published(message: Message) -> kinds.Facts | None:
    return _review(message, Review.Status.PUBLISHED)


def _refused(message: Message) -> kinds.Facts | None:
    return _review(message, Review.Status.REFUSED)


def _review(message: Message, status: str) -> kinds.Facts | None:
    """Return the review that was decided on; None when it is gone, was changed, or waits again."""
    found = Review.objects.select_related("work").filter(pk=message.params.get("review"), user=message.user).first()
    if found is None or found.status != status or not _is_of(found, message.params.get("decided")):
        return None
    return {"review": found, "own": settings.BASE_URL + reverse("portal:my_reviews")}


def _answered(message: Message) -> kinds.Facts | None:
    """Return the suggestion as it was answered; None when it is gone or has gone a step further."""
    found = (
        PurchaseWish.objects.select_related("found").filter(pk=message.params.get("wish"), user=message.user).first()
    )
    if found is None or not _is_of(found, message.params.get("decided")):
        return None
    link = settings.BASE_URL + found.found.get_absolute_url() if found.found else ""
    return {"wish": found, "link": link, "own": settings.BASE_URL + reverse("portal:wishes")}


def _is_of(row: Review | PurchaseWish, moment: object) -> bool:
    """Whether the row's last decision is the one that a message is about."""
    return row.decided_at is not None and row.decided_at.isoformat() == moment


def _sample_review() -> kinds.Facts:
    review = Review(work=Work(title="Il nome della rosa"), answer="Racconta la fine del libro.")
    return {"review": review, "own": settings.BASE_URL + reverse("portal:my_reviews")}


def _sample_wish() -> kinds.Facts:
    wish = PurchaseWish(title="Il nome della rosa", status=PurchaseWish.Status.ORDERED)
    return {"wish": wish, "link": "", "own": settings.BASE_URL + reverse("portal:wishes")}
