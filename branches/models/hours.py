"""When a place is open, as local wall time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from branches.models.place import Place
from branches.querysets import LONGEST_WAIT

if TYPE_CHECKING:
    import datetime as dt


class Weekday(models.IntegerChoices):
    """Days as Python counts them."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class OpeningHours(models.Model):
    """One opening on a weekday. It closes after midnight when `closes` is not later than `opens`."""

    class Purpose(models.TextChoices):
        OPEN = "open", _("open")
        STUDY = "study", _("study room only")

    place = models.ForeignKey(Place, models.CASCADE, related_name="opening_hours", verbose_name=_("place"))
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))
    purpose = models.CharField(_("for"), max_length=8, choices=Purpose.choices, default=Purpose.OPEN)
    valid_from = models.DateField(_("from"), null=True, blank=True)
    valid_to = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        ordering = ["weekday", "opens"]
        constraints = [
            models.UniqueConstraint(
                fields=["place", "weekday", "opens", "purpose", "valid_from"],
                nulls_distinct=False,
                name="openinghours_once_per_start",
            ),
            models.CheckConstraint(condition=Q(weekday__range=(0, 6)), name="openinghours_weekday_is_one"),
            models.CheckConstraint(condition=~Q(opens=F("closes")), name="openinghours_last_some_time"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="openinghours_valid_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}-{self.closes:%H:%M}"


class Closure(models.Model):
    """Days on which a place stays shut, with the place that stands in; without an end it is until further notice."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="closures", verbose_name=_("place"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    reason = models.JSONField(_("reason, by language"), default=dict, blank=True)
    substitute = models.ForeignKey(
        Place, models.SET_NULL, null=True, blank=True, related_name="stands_in_for", verbose_name=_("stands in")
    )

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        ordering = ["starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="closure_ends_after_it_began"
            ),
            models.CheckConstraint(
                condition=Q(substitute=None) | ~Q(substitute=F("place")), name="closure_another_place_stands_in"
            ),
            models.CheckConstraint(
                condition=Q(reason={}) | Q(reason__has_key="it"), name="closure_reason_has_italian_when_it_has_any"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place_id} {self.starts_on}"

    def covers(self, day: dt.date) -> bool:
        """Whether the place is closed on a day because of this."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    def is_over_on(self, day: dt.date) -> bool:
        """Whether the last closed day has passed."""
        return self.ends_on is not None and self.ends_on < day

    def is_long_from(self, day: dt.date) -> bool:
        """Whether, from a day on, it still shuts the place for so long that nobody should wait for it to open."""
        return self.ends_on is None or self.ends_on - max(day, self.starts_on) > LONGEST_WAIT


class SpecialOpening(models.Model):
    """An opening on one date that replaces that day's usual hours, a public holiday's closing too."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="special_openings", verbose_name=_("place"))
    on = models.DateField(_("on"))
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))

    class Meta:
        verbose_name = _("special opening")
        verbose_name_plural = _("special openings")
        ordering = ["on", "opens"]
        constraints = [
            models.UniqueConstraint(fields=["place", "on", "opens"], name="specialopening_once_per_start"),
            models.CheckConstraint(condition=~Q(opens=F("closes")), name="specialopening_lasts_some_time"),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.opens:%H:%M}-{self.closes:%H:%M}"
