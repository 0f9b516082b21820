"""A person with a card."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.pins import PinHolder
from accounts.querysets import ReaderQuerySet, name_key


class ReaderStatus(models.TextChoices):
    """How far a librarian (or SPID, CIE) has seen who this is."""

    PROVISIONAL = "provisional", _("provisional")
    VERIFIED = "verified", _("verified")
    CLOSED = "closed", _("card closed")


class ReaderCategory(models.TextChoices):
    """Kinds of reader that lending rules may tell apart; a minor is known by the date of birth."""

    PERSON = "person", _("person")
    HOME = "home", _("served at home")
    INSTITUTION = "institution", _("institution")


class DocumentKind(models.TextChoices):
    """What was shown to prove who somebody is."""

    IDENTITY_CARD = "identity", _("identity card")
    PASSPORT = "passport", _("passport")
    RESIDENCE_PERMIT = "permit", _("residence permit")
    DRIVING_LICENCE = "licence", _("driving licence")
    OTHER = "other", _("another document with a photograph")


class Reader(PinHolder):
    """A person (or institution) with a card. Signing in is not needed: `user` may be empty.

    A document of any country, a single name, no codice fiscale: all valid.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="reader", verbose_name=_("user")
    )
    card_number = models.CharField(_("card number"), max_length=20)
    given_name = models.CharField(_("given name"), max_length=100)
    family_name = models.CharField(_("family name"), max_length=100, blank=True)
    born_on = models.DateField(_("born on"), null=True, blank=True)
    category = models.CharField(
        _("category"), max_length=12, choices=ReaderCategory.choices, default=ReaderCategory.PERSON
    )
    status = models.CharField(_("status"), max_length=12, choices=ReaderStatus.choices)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    verified_by = models.CharField(_("verified by"), max_length=12, blank=True, help_text=_("document, SPID or CIE"))
    document_kind = models.CharField(
        _("document seen"), max_length=10, choices=DocumentKind.choices, blank=True, default="", db_default=""
    )
    document_country = models.CharField(
        _("country of the document"),
        max_length=3,
        blank=True,
        default="",
        db_default="",
        help_text=_("As printed on it: ITA, PER, PHL."),
    )
    card_expires_on = models.DateField(_("card expires on"), null=True, blank=True)
    municipio = models.PositiveSmallIntegerField(_("Municipio"), null=True, blank=True)
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    tax_code_encrypted = models.BinaryField(null=True, editable=False)
    tax_code_hash = models.CharField(max_length=64, null=True, editable=False)  # noqa: DJ001  NULL means not given
    keeps_history = models.BooleanField(_("keeps a reading history"), default=False)
    renews_by_itself = models.BooleanField(
        _("loans renew by themselves"),
        default=False,
        db_default=False,
        help_text=_("The day before they are due, if nobody waits."),
    )
    registered_at = models.DateTimeField(_("registered at"))
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged_from", verbose_name=_("is one with")
    )

    objects = ReaderQuerySet.as_manager()

    class Meta:
        verbose_name = _("reader")
        verbose_name_plural = _("readers")
        ordering = ["family_name", "given_name", "id"]
        permissions = [("serve_reader", _("Can serve readers at the desk"))]
        constraints = [
            models.UniqueConstraint(fields=["card_number"], name="reader_card_number_once"),
            models.UniqueConstraint(fields=["tax_code_hash"], name="reader_tax_code_once"),
            models.CheckConstraint(
                condition=~Q(status="verified") | (Q(verified_at__isnull=False) & ~Q(verified_by="")),
                name="reader_verified_says_when_and_how",
            ),
            models.CheckConstraint(
                condition=Q(tax_code_encrypted__isnull=True, tax_code_hash__isnull=True)
                | Q(tax_code_encrypted__isnull=False, tax_code_hash__isnull=False),
                name="reader_tax_code_has_its_hash",
            ),
            models.CheckConstraint(
                condition=Q(municipio__isnull=True) | Q(municipio__range=(1, 9)), name="reader_municipio_one_to_nine"
            ),
            models.CheckConstraint(condition=~Q(given_name=""), name="reader_has_a_name"),
            models.CheckConstraint(
                condition=Q(document_kind="", document_country="")
                | (~Q(document_kind="") & Q(document_country__regex="^[A-Z]{1,3}$", verified_by="document")),
                name="reader_document_has_kind_and_country",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None)
                | Q(status="closed", user__isnull=True, tax_code_hash__isnull=True, pin_hash=""),
                name="reader_merged_is_closed_and_signs_in_nowhere",
            ),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="reader_merged_into_another"),
        ]
        indexes = [GinIndex(OpClass(name_key(), name="gin_trgm_ops"), name="reader_by_name")]

    def __str__(self) -> str:
        return self.card_number

    @property
    def full_name(self) -> str:
        """Return the name as it is said: given name, then family name where there is one."""
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def initials(self) -> str:
        """Return what may stand on a hold shelf's label."""
        return "".join(f"{part[0].upper()}." for part in (self.given_name, self.family_name) if part)

    @property
    def is_verified(self) -> bool:
        """Whether a librarian, SPID or CIE has seen who this is."""
        return self.status == ReaderStatus.VERIFIED


class Guardianship(models.Model):
    """A parent's sign-in to a child's card. From 14 the child's titles are hidden unless the child shows them."""

    guardian = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="guardianships", verbose_name=_("guardian")
    )
    child = models.ForeignKey(Reader, models.CASCADE, related_name="guardianships", verbose_name=_("child"))
    shows_titles = models.BooleanField(_("the child shows titles from 14 on"), default=False)
    since = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("guardianship")
        verbose_name_plural = _("guardianships")
        constraints = [
            models.UniqueConstraint(
                fields=["guardian", "child"], condition=Q(ended_at=None), name="guardianship_open_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("since")), name="guardianship_ends_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.guardian_id} → {self.child_id}"


class Consent(models.Model):
    """What a reader agreed to, in which wording, and until when."""

    reader = models.ForeignKey(Reader, models.CASCADE, related_name="consents", verbose_name=_("reader"))
    kind = models.CharField(_("kind"), max_length=30)
    wording = models.CharField(_("wording"), max_length=20, help_text=_("Version of the text that was shown."))
    given_at = models.DateTimeField(_("given at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(
                fields=["reader", "kind"], condition=Q(withdrawn_at=None), name="consent_open_once_per_kind"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__gte=F("given_at")),
                name="consent_withdrawn_after_it_was_given",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
