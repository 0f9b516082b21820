"""Condominium libraries: what volunteers say of theirs, what is on, who wants to open one, how the network grew."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from branches.models import Closure, Device, Place, PlaceKind, SpecialOpening
from proximity.states import RequestStatus

FIRST_YEAR = 2013  # of the network: the first two libraries


class CondominiumLibrary(models.Model):
    """What a condominium library says of itself beside what every place does. Its row is the lock of its words."""

    place = models.OneToOneField(
        Place,
        models.CASCADE,
        primary_key=True,
        related_name="condominium_library",
        limit_choices_to={"kind": PlaceKind.CONDOMINIUM},
        verbose_name=_("place"),
    )
    since_year = models.PositiveSmallIntegerField(
        _("open since the year"),
        null=True,
        blank=True,
        validators=[MinValueValidator(FIRST_YEAR), MaxValueValidator(2100)],
    )
    hours_in_words = models.JSONField(_("hours in plain words, by language"), default=dict, blank=True)
    own_books = models.PositiveIntegerField(
        _("own books"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(1_000_000)],
        help_text=_("How many, more or less. They stand outside our catalogue."),
    )
    own_list_link = models.CharField(
        _("link to a list of the own books"),
        max_length=300,
        blank=True,
        validators=[URLValidator(["https", "http"])],
    )
    own_list = models.TextField(_("list of the own books"), blank=True, help_text=_("One book a line."))

    class Meta:
        verbose_name = _("condominium library")
        verbose_name_plural = _("condominium libraries")
        ordering = ["place__name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(hours_in_words={}) | Q(hours_in_words__has_key="it"),
                name="condominiumlibrary_hours_have_italian_when_any",
            ),
            models.CheckConstraint(
                condition=Q(since_year=None) | Q(since_year__range=(FIRST_YEAR, 2100)),
                name="condominiumlibrary_since_the_network_is",
            ),
        ]

    def __str__(self) -> str:
        return str(self.place)


class TodaysWord(models.Model):
    """What a volunteer said of one day: open until, or closed all day. The day's rows of the calendar come of it."""

    library = models.ForeignKey(
        CondominiumLibrary, models.CASCADE, related_name="words", verbose_name=_("condominium library")
    )
    on = models.DateField(_("on"))
    until = models.TimeField(_("open until"), null=True, blank=True, help_text=_("Empty: closed all day."))
    opening = models.OneToOneField(
        SpecialOpening, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("special opening")
    )
    closure = models.OneToOneField(
        Closure, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("closure")
    )
    device = models.ForeignKey(
        Device, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("phone")
    )
    said_at = models.DateTimeField(_("said at"))

    class Meta:
        verbose_name = _("word of the day")
        verbose_name_plural = _("words of the day")
        ordering = ["-on"]
        constraints = [
            models.UniqueConstraint(fields=["library", "on"], name="todaysword_one_a_day"),
            models.CheckConstraint(
                condition=Q(until=None, opening=None) | Q(until__isnull=False, closure=None),
                name="todaysword_is_open_or_closed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.library_id} {self.on}"


class CondominiumEvent(models.Model):
    """Something that is on at a condominium library, once."""

    library = models.ForeignKey(
        CondominiumLibrary, models.CASCADE, related_name="events", verbose_name=_("condominium library")
    )
    on = models.DateField(_("on"))
    starts = models.TimeField(_("begins at"))
    title = models.JSONField(_("title, by language"), default=dict)
    text = models.JSONField(_("text, by language"), default=dict, blank=True)

    class Meta:
        verbose_name = _("event at a condominium library")
        verbose_name_plural = _("events at condominium libraries")
        ordering = ["on", "starts", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["library", "on", "starts", "title"], name="condominiumevent_once_at_its_time"
            ),
            models.CheckConstraint(condition=Q(title__has_key="it"), name="condominiumevent_title_has_italian"),
            models.CheckConstraint(
                condition=Q(text={}) | Q(text__has_key="it"), name="condominiumevent_text_has_italian_when_any"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.title.get('it', '')}"


class NetworkNews(models.Model):
    """A step in the life of the network of condominium libraries."""

    code = models.SlugField(_("code"), max_length=60)
    year = models.PositiveSmallIntegerField(_("year"))
    on = models.DateField(_("on"), null=True, blank=True, help_text=_("Empty where only the year is known."))
    title = models.JSONField(_("title, by language"), default=dict)
    text = models.JSONField(_("text, by language"), default=dict, blank=True)
    sources = models.CharField(_("origin of the facts"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("news of the condominium libraries")
        verbose_name_plural = _("news of the condominium libraries")
        ordering = ["-year", models.F("on").desc(nulls_last=True), "code"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="networknews_code_once"),
            models.CheckConstraint(
                condition=Q(year__range=(FIRST_YEAR, 2100)), name="networknews_since_the_network_is"
            ),
            models.CheckConstraint(
                condition=Q(on=None) | Q(on__year=models.F("year")), name="networknews_day_lies_in_its_year"
            ),
            models.CheckConstraint(condition=Q(title__has_key="it"), name="networknews_title_has_italian"),
            models.CheckConstraint(
                condition=Q(text={}) | Q(text__has_key="it"), name="networknews_text_has_italian_when_any"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.title.get('it', '')}"


class StartRequest(models.Model):
    """Somebody wants to open a library in their building. Its public address holds a random token, never a name."""

    token = models.CharField(max_length=43, editable=False)
    request_key = models.CharField(max_length=64, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="start_requests",
        verbose_name=_("signed in as"),
    )
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail address"), blank=True)
    language = models.CharField(_("language"), max_length=5, default="it", db_default="it")
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    address = models.CharField(_("address of the building"), max_length=200)
    municipio = models.PositiveSmallIntegerField(_("Municipio"), null=True, blank=True)
    text = models.TextField(_("how you imagine it"), max_length=2000)
    status = models.CharField(_("status"), max_length=10, choices=RequestStatus.choices, default=RequestStatus.NEW)
    answer = models.TextField(_("answer to who asked"), max_length=2000, blank=True)
    library = models.ForeignKey(
        Place,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        limit_choices_to={"kind": PlaceKind.CONDOMINIUM},
        verbose_name=_("the library that came of it"),
    )
    received_at = models.DateTimeField(_("received at"))
    moved_at = models.DateTimeField(_("last moved at"))

    class Meta:
        verbose_name = _("request for a condominium library")
        verbose_name_plural = _("requests for a condominium library")
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["token"], name="startrequest_token_once"),
            models.UniqueConstraint(fields=["request_key"], name="startrequest_form_once"),
            models.CheckConstraint(
                condition=~Q(email="") | ~Q(phone="") | Q(name=""),  # without a name it was blanked
                name="startrequest_can_be_answered",
            ),
            models.CheckConstraint(
                condition=Q(municipio__isnull=True) | Q(municipio__range=(1, 9)),
                name="startrequest_municipio_one_to_nine",
            ),
            models.CheckConstraint(
                condition=~Q(status=RequestStatus.OPENED) | Q(library__isnull=False),
                name="startrequest_opened_names_its_library",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    def get_absolute_url(self) -> str:
        """Return where whoever asked can follow it."""
        return reverse("condominium:request", args=[self.token])
