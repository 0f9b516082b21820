"""What happens in libraries and elsewhere for readers, and the dates on which it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Reader
from branches.models import Place
from catalog.models import Title
from loans.models import HoldGroup
from loans.policy import GROUP_COPIES_MOST
from partnerships.initiatives.querysets import InitiativeDateQuerySet, InitiativeQuerySet
from partnerships.initiatives.states import DateStatus, InitiativeStatus
from partnerships.models.institutions import Institution

if TYPE_CHECKING:
    import datetime as dt

    from catalog.querysets import TitleQuerySet


class InitiativeKind(models.TextChoices):
    """What sort of initiative it is."""

    EVENT = "event", _("event")
    COURSE = "course", _("course")
    READING_GROUP = "reading_group", _("reading group")
    THEATRE = "theatre", _("meeting with theatre people")
    EXHIBITION = "exhibition", _("exhibition")
    STORY_TIME = "story_time", _("story time")


class Rhythm(models.TextChoices):
    """How its dates belong together."""

    SINGLE = "single", _("one date")
    RECURRING = "recurring", _("several dates, each booked by itself")
    SERIES = "series", _("several dates, booked all together")


class ForWhom(models.TextChoices):
    """Whom it is made for."""

    EVERYBODY = "everybody", _("everybody")
    CHILDREN = "children", _("children")
    TEENAGERS = "teenagers", _("teenagers")
    ADULTS = "adults", _("adults")
    FAMILIES = "families", _("families")


class SpokenLanguage(models.TextChoices):
    """What is spoken there."""

    ITALIAN = "it", _("Italian")
    ENGLISH = "en", _("English")
    ARABIC = "ar", _("Arabic")
    CHINESE = "zh", _("Chinese")
    SPANISH = "es", _("Spanish")
    FRENCH = "fr", _("French")
    UKRAINIAN = "uk", _("Ukrainian")
    ROMANIAN = "ro", _("Romanian")


class Initiative(models.Model):
    """Something for readers, kept by one library and held there or elsewhere; when stands in its dates."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="initiatives", verbose_name=_("library"))
    institution = models.ForeignKey(
        Institution,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="initiatives",
        verbose_name=_("together with"),
    )
    status = models.CharField(
        _("state"), max_length=10, choices=InitiativeStatus.choices, default=InitiativeStatus.DRAFT
    )
    kind = models.CharField(_("kind"), max_length=14, choices=InitiativeKind.choices)
    rhythm = models.CharField(_("dates"), max_length=10, choices=Rhythm.choices, default=Rhythm.SINGLE)
    title = models.JSONField(_("title, by language"), default=dict)
    text = models.JSONField(_("text, by language"), default=dict)
    venue = models.CharField(
        _("held elsewhere: where"), max_length=120, blank=True, help_text=_("Empty: in the library.")
    )
    address = models.CharField(_("address there"), max_length=200, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    step_free = models.BooleanField(
        _("step-free"), null=True, blank=True, help_text=_("Unknown: what is known of the library holds.")
    )
    sign_language = models.BooleanField(_("interpreted into sign language"), default=False)
    language = models.CharField(
        _("spoken"), max_length=2, choices=SpokenLanguage.choices, default=SpokenLanguage.ITALIAN
    )
    audience = models.CharField(_("for whom"), max_length=10, choices=ForWhom.choices, default=ForWhom.EVERYBODY)
    age_from = models.PositiveSmallIntegerField(
        _("from the age of"), null=True, blank=True, validators=[MaxValueValidator(120)]
    )
    age_to = models.PositiveSmallIntegerField(
        _("to the age of"), null=True, blank=True, validators=[MaxValueValidator(120)]
    )
    cover = models.FileField(_("picture"), upload_to="initiatives/", blank=True)
    cover_digest = models.CharField(max_length=16, editable=False, blank=True)
    cover_alt = models.JSONField(_("what the picture shows, by language"), default=dict, blank=True)
    cover_credit = models.CharField(_("credit"), max_length=200, blank=True)
    places = models.PositiveIntegerField(
        _("places at each date"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty: nobody needs to book."),
    )
    waiting_places = models.PositiveIntegerField(_("places on the waiting list"), default=0)
    per_family = models.PositiveSmallIntegerField(
        _("people in one booking, at most"), default=4, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    bookings_open_at = models.DateTimeField(
        _("bookings open at"), null=True, blank=True, help_text=_("Empty: as soon as it is published.")
    )
    titles = models.ManyToManyField(Title, blank=True, related_name="initiatives", verbose_name=_("titles"))
    card = models.ForeignKey(
        Reader,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="initiatives",
        verbose_name=_("card of the group"),
    )
    copies_aside = models.PositiveSmallIntegerField(
        _("copies of each title"),
        default=1,
        db_default=1,
        validators=[MinValueValidator(1), MaxValueValidator(GROUP_COPIES_MOST)],
        help_text=_("That many are set aside together, for who reads along."),
    )
    hold_group = models.ForeignKey(
        HoldGroup, models.SET_NULL, null=True, blank=True, editable=False, related_name="initiatives"
    )
    copied_from = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, editable=False, related_name="copies"
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    is_demo = models.BooleanField(_("demonstrative"), default=False)

    objects = InitiativeQuerySet.as_manager()

    class Meta:
        verbose_name = _("initiative")
        verbose_name_plural = _("initiatives")
        permissions = [
            ("publish_initiative", "Can publish and cancel an initiative"),
            ("run_initiative", "Can check in who comes to an initiative"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status=InitiativeStatus.DRAFT)
                | Q(title__has_key="it", text__has_key="it", published_at__isnull=False),
                name="initiative_seen_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(age_from=None) | Q(age_to=None) | Q(age_to__gte=F("age_from")),
                name="initiative_ages_in_order",
            ),
            models.CheckConstraint(
                condition=Q(cover="") | Q(cover_alt__has_key="it"), name="initiative_picture_is_told_in_italian"
            ),
            models.CheckConstraint(
                condition=Q(latitude=None, longitude=None)
                | (
                    Q(latitude__range=(-90, 90), longitude__range=(-180, 180))
                    & Q(latitude__isnull=False, longitude__isnull=False)
                    & ~Q(venue="")
                ),
                name="initiative_coordinates_are_of_a_venue",
            ),
            models.CheckConstraint(
                condition=Q(places=None, waiting_places=0) | Q(places__isnull=False, places__gte=1),
                name="initiative_waiting_list_where_places_are_counted",
            ),
            models.CheckConstraint(condition=Q(per_family__range=(1, 20)), name="initiative_one_booking_is_of_some"),
            models.CheckConstraint(condition=Q(copies_aside__gte=1), name="initiative_sets_some_copies_aside"),
        ]

    def __str__(self) -> str:
        return f"{self.title.get('it') or self.pk} ({self.place_id})"

    def get_absolute_url(self) -> str:
        """Return its page for readers."""
        return reverse("initiatives:initiative", args=[self.pk])

    def current_titles(self) -> TitleQuerySet:
        """Return the titles that go with it; of one that was merged the title that is kept."""
        own = Q(pk__in=self.titles.values("pk")) | Q(pk__in=self.titles.values("merged_into"))
        return Title.objects.filter(own, merged_into=None).order_by("title", "pk")

    @property
    def needs_booking(self) -> bool:
        """Whether places are counted."""
        return self.places is not None

    @property
    def is_step_free(self) -> bool | None:
        """Whether it is reached without a step: what is written of it, else what is known of its library."""
        if self.step_free is not None or self.venue:
            return self.step_free
        return self.place.step_free

    @property
    def position(self) -> tuple[float, float] | None:
        """Return latitude and longitude of where it is held; None where nobody knows."""
        where = self if self.venue else self.place
        return None if where.latitude is None or where.longitude is None else (where.latitude, where.longitude)


class InitiativeDate(models.Model):
    """One date of an initiative; its row is the lock of its places. Of a series the first row counts for all."""

    initiative = models.ForeignKey(Initiative, models.CASCADE, related_name="dates", verbose_name=_("initiative"))
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    status = models.CharField(_("state"), max_length=10, choices=DateStatus.choices, default=DateStatus.PLANNED)
    planned_for = models.DateTimeField(_("first planned for"), null=True, blank=True, editable=False)
    note = models.CharField(_("what readers are told"), max_length=200, blank=True)
    taken = models.PositiveIntegerField(_("places taken"), default=0, editable=False)
    waiting = models.PositiveIntegerField(_("people waiting"), default=0, editable=False)
    places = models.PositiveIntegerField(_("places"), null=True, blank=True)
    waiting_places = models.PositiveIntegerField(_("places on the waiting list"), default=0)

    objects = InitiativeDateQuerySet.as_manager()

    class Meta:
        verbose_name = _("date")
        verbose_name_plural = _("dates")
        ordering = ["starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["initiative", "starts_at"], name="initiativedate_once_per_start"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="initiativedate_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(places=None, taken=0) | Q(places__isnull=False, taken__lte=F("places")),
                name="initiativedate_taken_within_places",
            ),
            models.CheckConstraint(
                condition=Q(waiting__lte=F("waiting_places")), name="initiativedate_waiting_within_its_list"
            ),
        ]
        indexes = [models.Index(fields=["status", "starts_at"], name="initiativedate_coming")]

    def __str__(self) -> str:
        return f"{self.initiative_id} {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def left(self) -> int | None:
        """Return how many places are left; None where nobody needs to book."""
        return None if self.places is None else self.places - self.taken

    @property
    def is_cancelled(self) -> bool:
        """Whether it does not take place."""
        return self.status == DateStatus.CANCELLED

    def is_over(self, now: dt.datetime) -> bool:
        """Whether it has ended."""
        return self.ends_at <= now
