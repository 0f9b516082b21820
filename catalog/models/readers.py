"""What readers do in the catalogue of their own will: lists, reviews, wishes, searches to come back to."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.title import Title, Work

TOKEN_BYTES = 9


def new_token() -> str:
    """Return what makes the address of a shared list hard to guess."""
    return secrets.token_urlsafe(TOKEN_BYTES)


class ReadingList(models.Model):
    """Titles that somebody puts together, for themselves, for whoever has the link, or for all."""

    class Visibility(models.TextChoices):
        PRIVATE = "private", _("only I")
        SHARED = "shared", _("who has the link")
        PUBLIC = "public", _("everybody")

    class Kind(models.TextChoices):
        PERSONAL = "personal", _("list")
        SHELF = "shelf", _("librarians' shelf")
        BIBLIOGRAPHY = "bibliography", _("bibliography")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reading_lists")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.PERSONAL)
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), max_length=2000, blank=True)
    visibility = models.CharField(
        _("who sees it"), max_length=8, choices=Visibility.choices, default=Visibility.PRIVATE
    )
    token = models.CharField(max_length=16, default=new_token, editable=False)
    created_at = models.DateTimeField(_("made at"))
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name = _("list of titles")
        verbose_name_plural = _("lists of titles")
        ordering = ["-changed_at"]
        constraints = [
            models.UniqueConstraint(fields=["token"], name="readinglist_token_once"),
            models.UniqueConstraint(fields=["owner", "name"], name="readinglist_name_once_per_owner"),
            models.CheckConstraint(
                condition=~Q(visibility="public") | ~Q(kind="personal"), name="readinglist_public_is_of_librarians"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ListEntry(models.Model):
    """A title on a list, with a word about it."""

    list = models.ForeignKey(ReadingList, models.CASCADE, related_name="entries")
    title = models.ForeignKey(Title, models.CASCADE, related_name="+")
    note = models.CharField(_("note"), max_length=500, blank=True)
    position = models.PositiveIntegerField()
    added_at = models.DateTimeField()

    class Meta:
        verbose_name = _("title on a list")
        verbose_name_plural = _("titles on lists")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["list", "title"], name="listentry_title_once_per_list")]

    def __str__(self) -> str:
        return f"{self.list_id} {self.title_id}"


class Review(models.Model):
    """Stars and, if somebody likes, words on a work. Words are read by a librarian before others read them."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waits for a librarian")
        PUBLISHED = "published", _("published")
        REFUSED = "refused", _("not published")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reviews")
    work = models.ForeignKey(Work, models.CASCADE, related_name="reviews", verbose_name=_("work"))
    stars = models.PositiveSmallIntegerField(_("stars"))
    text = models.TextField(_("review"), max_length=3000, blank=True)
    signed = models.CharField(_("signed"), max_length=40, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.WAITING)
    answer = models.CharField(_("why not published"), max_length=500, blank=True)
    written_at = models.DateTimeField(_("written at"))
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ["-written_at"]
        constraints = [
            models.UniqueConstraint(fields=["user", "work"], name="review_once_per_user_and_work"),
            models.CheckConstraint(condition=Q(stars__range=(1, 5)), name="review_one_to_five_stars"),
            models.CheckConstraint(condition=~Q(status="refused") | ~Q(answer=""), name="review_refused_says_why"),
            models.CheckConstraint(
                condition=Q(status="waiting") | Q(text="") | Q(decided_at__isnull=False),
                name="review_with_words_was_read_before_it_is_seen",
            ),
        ]
        indexes = [models.Index(fields=["work", "status"], name="review_by_work")]

    def __str__(self) -> str:
        return f"{self.work_id} {self.stars}"


class PurchaseWish(models.Model):
    """A title that a reader asks the libraries to buy, and what became of it."""

    class Status(models.TextChoices):
        RECEIVED = "received", _("received")
        CONSIDERED = "considered", _("being considered")
        ORDERED = "ordered", _("ordered")
        ARRIVED = "arrived", _("in the catalogue")
        REFUSED = "refused", _("not bought")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="purchase_wishes")
    title = models.CharField(_("title"), max_length=300)
    author = models.CharField(_("author"), max_length=300, blank=True)
    isbn = models.CharField(_("ISBN"), max_length=20, blank=True)
    details = models.TextField(_("anything else that helps"), max_length=1000, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.RECEIVED)
    answer = models.CharField(_("answer to the reader"), max_length=500, blank=True)
    found = models.ForeignKey(
        Title, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("title in the catalogue")
    )
    asked_at = models.DateTimeField(_("asked at"))
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )

    class Meta:
        verbose_name = _("suggestion of a purchase")
        verbose_name_plural = _("suggestions of purchases")
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="refused") | ~Q(answer=""), name="purchasewish_refused_says_why"
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None) | Q(decided_at__gte=F("asked_at")),
                name="purchasewish_decided_after_it_was_asked",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class SavedSearch(models.Model):
    """A search to come back to; with notice, new titles that it finds are told, each once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_searches")
    name = models.CharField(_("name"), max_length=120)
    query = models.CharField(max_length=1000, help_text=_("As in the address of its results, in one fixed order."))
    is_noticed = models.BooleanField(_("tell me of new titles"), default=False)
    seen_title = models.BigIntegerField(default=0, help_text=_("The newest title that was there when last looked."))
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "query"], name="savedsearch_once_per_user")]

    def __str__(self) -> str:
        return self.name
