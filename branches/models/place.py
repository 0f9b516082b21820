"""Anywhere a copy can be."""

from __future__ import annotations

import re

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.policy import DESK_IDLE_MINUTES
from branches.querysets import NOT_YET_COLLECTED_AT, PlaceQuerySet

ONE_NUMBER = re.compile(r"\+?\d[\d .()/-]*")
MOST_DIGITS = 15  # of a telephone number (ITU-T E.164); a longer row of digits is two numbers


class PlaceKind(models.TextChoices):
    """What a place is; all but the last two are open to readers."""

    BRANCH = "branch", _("library")
    STOP = "stop", _("Bibliobus stop")
    NEWSSTAND = "newsstand", _("newsstand")
    BOOKSHOP = "bookshop", _("bookshop")
    CONDOMINIUM = "condominium", _("condominium library")
    LOCKER = "locker", _("smart locker")
    METRO_LIBRARY = "metro_library", _("library in the metro")
    RETURN_BOX = "return_box", _("return box")
    VEHICLE = "vehicle", _("vehicle")
    HUB = "hub", _("sorting centre")


NEVER_OPEN_TO_READERS = (PlaceKind.VEHICLE, PlaceKind.HUB)
NEVER_CALLED_AT = (PlaceKind.STOP, PlaceKind.RETURN_BOX)  # by the van: the Bibliobus comes, or the library empties it


class Service(models.TextChoices):
    """What a point offers beside collecting, giving back and borrowing on the spot, which have fields of their own."""

    STUDY = "study", _("places to study")
    EVENING_STUDY = "evening_study", _("study in the evening")
    REGISTRY = "registry", _("registry certificates at a workstation")
    RETURN_BOX = "return_box", _("return box outside, day and night")
    SELF_CHECK = "self_check", _("self-service borrowing")
    COMPUTERS = "computers", _("computers")
    WIFI = "wifi", _("Wi-Fi")
    PRINTER = "printer", _("printing and copying")
    CHILDREN = "children", _("children's room")
    NEWSPAPERS = "newspapers", _("newspapers and magazines")
    COURTYARD = "courtyard", _("courtyard or garden")
    TOILETS = "toilets", _("toilets")
    ACCESSIBLE_TOILET = "accessible_toilet", _("accessible toilet")
    HEARING_LOOP = "hearing_loop", _("hearing loop")


class Size(models.TextChoices):
    """Room that a wrapped copy takes."""

    SMALL = "S", _("small")
    MEDIUM = "M", _("medium")
    LARGE = "L", _("large")


class Place(models.Model):
    """A place of the network. Points open and close: a closed one keeps its row and its history."""

    code = models.SlugField(_("code"), max_length=60)
    kind = models.CharField(_("kind"), max_length=16, choices=PlaceKind.choices)
    name = models.CharField(_("name"), max_length=160)
    address = models.CharField(_("address"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=10, blank=True)
    municipio = models.PositiveSmallIntegerField(_("Municipio"), null=True, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="served_places",
        verbose_name=_("served by"),
        help_text=_("The library that owns or serves this point."),
    )
    vehicle = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="stops", verbose_name=_("vehicle")
    )
    hours_known = models.BooleanField(_("opening hours are known"), default=False)
    always_open = models.BooleanField(_("open day and night"), default=False)
    closed_on_holidays = models.BooleanField(_("closed on public holidays"), default=True)
    step_free = models.BooleanField(_("step-free access"), null=True, blank=True)
    accepts_pickup = models.BooleanField(_("reservations can be collected here"), default=False)
    accepts_returns = models.BooleanField(_("copies can be given back here"), default=False)
    lends_on_the_spot = models.BooleanField(_("lends on the spot"), default=False)
    residents_only = models.BooleanField(
        _("for residents of the building only"),
        null=True,
        blank=True,
        help_text=_("Of a condominium library: who may come in. Leave it open while nobody has asked."),
    )
    opened_on = models.DateField(_("part of the network since"), null=True, blank=True)
    closed_on = models.DateField(_("closed for good on"), null=True, blank=True)
    is_demo = models.BooleanField(_("demonstrative"), default=False)
    note = models.JSONField(_("note for readers, by language"), default=dict, blank=True)
    services = ArrayField(
        models.CharField(max_length=20, choices=Service.choices), default=list, blank=True, verbose_name=_("services")
    )
    directions = models.JSONField(_("how to get there, by language"), default=dict, blank=True)
    sources = models.CharField(_("origin of the facts"), max_length=300, blank=True)
    desk_idle_minutes = models.PositiveSmallIntegerField(
        _("a desk rests after"),
        default=DESK_IDLE_MINUTES,
        db_default=DESK_IDLE_MINUTES,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text=_("Minutes without use after which a computer at the desk asks who is there."),
    )

    objects = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="place_code_once"),
            models.CheckConstraint(
                condition=Q(kind="stop", vehicle__isnull=False) | (~Q(kind="stop") & Q(vehicle__isnull=True)),
                name="place_stop_has_a_vehicle_and_nothing_else_has",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["vehicle", "hub"])
                | Q(accepts_pickup=False, accepts_returns=False, lends_on_the_spot=False),
                name="place_vehicle_and_hub_serve_no_reader",
            ),
            models.CheckConstraint(
                condition=Q(residents_only__isnull=True) | Q(kind="condominium"),
                name="place_residents_only_is_said_of_a_condominium",
                violation_error_message=_("Only a condominium library can be for residents: leave this unknown."),
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                ),
                name="place_has_both_coordinates_or_none",
            ),
            models.CheckConstraint(
                condition=Q(municipio__isnull=True) | Q(municipio__range=(1, 9)), name="place_municipio_one_to_nine"
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(opened_on__isnull=True) | Q(closed_on__gte=F("opened_on")),
                name="place_closes_after_it_opened",
            ),
            models.CheckConstraint(
                condition=~Q(always_open=True) | Q(hours_known=True), name="place_always_open_is_known_hours"
            ),
            models.CheckConstraint(
                condition=Q(note={}) | Q(note__has_key="it"), name="place_note_has_italian_when_it_has_any"
            ),
            models.CheckConstraint(
                condition=Q(directions={}) | Q(directions__has_key="it"),
                name="place_directions_have_italian_when_any",
            ),
            models.CheckConstraint(
                condition=Q(desk_idle_minutes__range=(1, 120)), name="place_desk_rests_within_two_hours"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the page of the point."""
        return reverse("branches:point", args=[self.code])

    @property
    def holding_place(self) -> Place:
        """Return where copies meant for this point really lie: a stop holds no stock, its vehicle does."""
        return self.vehicle if self.vehicle is not None else self

    @property
    def is_pickup_point(self) -> bool:
        """Whether readers may choose to collect here; `pickup_points` asks for closures too."""
        return self.accepts_pickup and self.kind not in NOT_YET_COLLECTED_AT

    @property
    def phone_address(self) -> str:
        """Return what a telephone dials (+390288460000); empty where no single number is written."""
        digits = re.sub(r"\D", "", self.phone)
        if not ONE_NUMBER.fullmatch(self.phone.strip()) or len(digits) > MOST_DIGITS:
            return ""
        if self.phone.strip().startswith("+"):
            return f"+{digits}"
        return f"+39{digits}" if digits.startswith(("0", "3")) else digits

    @property
    def note_text(self) -> str:
        """Return the note in the language of the page, else in Italian."""
        return self.note.get(get_language() or "it") or self.note.get("it", "")

    @property
    def note_language(self) -> str:
        """Return the language that `note_text` is written in, for its `lang` attribute."""
        language = get_language() or "it"
        return language if self.note.get(language) else "it"


class PlaceCapacity(models.Model):
    """How many parcels of a size a place takes; no row means no limit. Its lock is the place's lock."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="capacities", verbose_name=_("place"))
    size = models.CharField(_("size"), max_length=1, choices=Size.choices, default=Size.MEDIUM)
    total = models.PositiveSmallIntegerField(_("room for parcels"))
    out_of_service = models.PositiveSmallIntegerField(_("out of service"), default=0)

    class Meta:
        verbose_name = _("capacity")
        verbose_name_plural = _("capacities")
        constraints = [
            models.UniqueConstraint(fields=["place", "size"], name="placecapacity_once_per_size"),
            models.CheckConstraint(
                condition=Q(out_of_service__lte=F("total")), name="placecapacity_out_of_service_within_total"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place_id} {self.size}"


class Posting(models.Model):
    """A librarian's branch: lists, closures and statistics are limited to these; one of them is the active desk."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="postings", verbose_name=_("staff"))
    place = models.ForeignKey(Place, models.CASCADE, related_name="postings", verbose_name=_("branch"))
    is_active_desk = models.BooleanField(_("works here now"), default=False)

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        constraints = [
            models.UniqueConstraint(fields=["user", "place"], name="posting_once_per_branch"),
            models.UniqueConstraint(fields=["user"], condition=Q(is_active_desk=True), name="posting_one_active_desk"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} @ {self.place_id}"
