"""What an institution offers to readers: in words, as data, for whom, when, and how often it was used."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from branches.models import Weekday
from partnerships.models.institutions import Institution
from partnerships.querysets import AgreementQuerySet
from partnerships.states import AgreementStatus


class OfferKind(models.TextChoices):
    """What the reader gets, as data."""

    PERCENTAGE = "percentage", _("reduced by a percentage")
    FIXED_PRICE = "fixed_price", _("at a fixed price")
    TWO_FOR_ONE = "two_for_one", _("two for the price of one")
    FREE = "free", _("free")
    PRIORITY = "priority", _("booking before others")


class Audience(models.TextChoices):
    """Which readers it is for."""

    EVERYBODY = "everybody", _("every reader")
    AGES = "ages", _("readers of some ages")
    FAMILIES = "families", _("families with children")


class Agreement(models.Model):
    """One offer of an institution. Its row is the lock of its uses; how it moves on stands in `partnerships.states`."""

    institution = models.ForeignKey(
        Institution, models.PROTECT, related_name="agreements", verbose_name=_("institution")
    )
    status = models.CharField(_("state"), max_length=10, choices=AgreementStatus.choices, default=AgreementStatus.DRAFT)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="agreements",
        limit_choices_to={"is_staff": True},
        verbose_name=_("who looks after it"),
    )
    title = models.JSONField(_("title, by language"), default=dict)
    terms = models.JSONField(_("terms, by language"), default=dict)
    offer = models.CharField(_("offer"), max_length=12, choices=OfferKind.choices)
    percent = models.PositiveSmallIntegerField(
        _("percent less"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(99)]
    )
    price = models.DecimalField(
        _("price in euros"), max_digits=6, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    audience = models.CharField(_("for whom"), max_length=10, choices=Audience.choices, default=Audience.EVERYBODY)
    age_from = models.PositiveSmallIntegerField(
        _("from the age of"), null=True, blank=True, validators=[MaxValueValidator(120)]
    )
    age_to = models.PositiveSmallIntegerField(
        _("to the age of"), null=True, blank=True, validators=[MaxValueValidator(120)]
    )
    with_companion = models.BooleanField(_("and one companion"), default=False)
    adults_only = models.BooleanField(
        _("for adults only"), default=False, help_text=_("The pass must then say that the reader is of age.")
    )
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(choices=Weekday.choices),
        verbose_name=_("days of the week"),
        default=list,
        blank=True,
        help_text=_("None: every day."),
    )
    not_on_holidays = models.BooleanField(_("not on public holidays"), default=False)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    quota = models.PositiveIntegerField(
        _("uses in all"), null=True, blank=True, help_text=_("Empty: as often as readers come.")
    )
    uses = models.PositiveIntegerField(_("used so far"), default=0, editable=False)
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True, editable=False)
    activated_at = models.DateTimeField(_("active since"), null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        permissions = [
            ("review_agreement", "Can review an agreement"),
            ("activate_agreement", "Can activate and end an agreement"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(offer=OfferKind.PERCENTAGE, percent__isnull=False, percent__range=(1, 99))
                | (~Q(offer=OfferKind.PERCENTAGE) & Q(percent=None)),
                name="agreement_percent_where_it_is_one",
            ),
            models.CheckConstraint(
                condition=Q(offer=OfferKind.FIXED_PRICE, price__isnull=False, price__gte=0)
                | (~Q(offer=OfferKind.FIXED_PRICE) & Q(price=None)),
                name="agreement_price_where_it_is_fixed",
            ),
            models.CheckConstraint(
                condition=(Q(audience=Audience.AGES) & (Q(age_from__isnull=False) | Q(age_to__isnull=False)))
                | (~Q(audience=Audience.AGES) & Q(age_from=None, age_to=None)),
                name="agreement_ages_where_some_are_meant",
            ),
            models.CheckConstraint(
                condition=Q(age_from=None) | Q(age_to=None) | Q(age_to__gte=F("age_from")),
                name="agreement_ages_in_order",
            ),
            models.CheckConstraint(
                condition=Q(weekdays__contained_by=list(Weekday.values)), name="agreement_weekdays_are_seven"
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="agreement_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(quota=None) | Q(uses__lte=F("quota")), name="agreement_uses_within_quota"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[AgreementStatus.REVIEWED, AgreementStatus.ACTIVE])
                | Q(
                    title__has_key="it",
                    terms__has_key="it",
                    ends_on__isnull=False,
                    owner__isnull=False,
                    reviewed_at__isnull=False,
                ),
                name="agreement_reviewed_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(status=AgreementStatus.ACTIVE) | Q(activated_at__isnull=False),
                name="agreement_active_says_since_when",
            ),
            models.CheckConstraint(
                condition=Q(status=AgreementStatus.ENDED, ended_at__isnull=False)
                | (~Q(status=AgreementStatus.ENDED) & Q(ended_at=None)),
                name="agreement_ended_says_when",
            ),
        ]
        indexes = [models.Index(fields=["status", "ends_on"], name="agreement_by_status_and_end")]

    def __str__(self) -> str:
        return f"{self.title.get('it') or self.pk} ({self.institution_id})"

    def get_absolute_url(self) -> str:
        """Return its page for readers."""
        return reverse("partnerships:agreement", args=[self.pk])

    @property
    def left(self) -> int | None:
        """Return how many uses are left; None without a quota."""
        return None if self.quota is None else self.quota - self.uses


class AgreementDocument(models.Model):
    """A paper of the agreement: the letter, the signed text. For staff with the right only; never on a public page."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="documents", verbose_name=_("agreement"))
    name = models.CharField(_("name"), max_length=120)
    file = models.FileField(_("file"), upload_to="agreements/")
    added_at = models.DateTimeField(_("added at"))

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["-added_at"]
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="agreementdocument_has_a_name")]

    def __str__(self) -> str:
        return self.name


class UseCount(models.Model):
    """How often an agreement was used on a day: a number, beside nobody. No use has a row or an hour of its own."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="counts", verbose_name=_("agreement"))
    on = models.DateField(_("on"))
    number = models.PositiveIntegerField(_("number"), default=0)

    class Meta:
        verbose_name = _("uses")
        verbose_name_plural = _("uses")
        ordering = ["on"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "on"], name="usecount_once_a_day"),
            models.CheckConstraint(condition=Q(number__gte=1), name="usecount_is_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.on}"
