"""One barcode."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from branches.models import Place, Size
from catalog.models.title import Title
from catalog.querysets import CopyQuerySet
from catalog.states import AT_A_PLACE, NOWHERE, CopyStatus


class LoanClass(models.TextChoices):
    """What a copy is lent as, where that is not its material: some kinds of book have a limit of their own."""

    GUIDE = "guide", _("recent travel guide")
    EXAM = "exam", _("manual for public competitions")
    COURSE = "course", _("language course")
    EXTRA = "extra", _("extra-large loan, not counted")


class Copy(models.Model):
    """A copy: one barcode, at one place at a time. Its status and place are written by the verbs of `loans` only."""

    barcode = models.CharField(_("barcode"), max_length=40)
    title = models.ForeignKey(Title, models.PROTECT, related_name="copies", verbose_name=_("title"))
    home = models.ForeignKey(Place, models.PROTECT, related_name="home_copies", verbose_name=_("belongs to"))
    place = models.ForeignKey(
        Place, models.PROTECT, null=True, blank=True, related_name="copies_here", verbose_name=_("is at")
    )
    status = models.CharField(_("status"), max_length=20, choices=CopyStatus.choices, default=CopyStatus.AVAILABLE)
    volume = models.CharField(
        _("volume"),
        max_length=40,
        blank=True,
        default="",
        db_default="",
        help_text=_("Which one it is, of a title in several volumes."),
    )
    shelf_mark = models.CharField(_("shelf mark"), max_length=80, blank=True)
    size = models.CharField(_("size"), max_length=1, choices=Size.choices, default=Size.MEDIUM)
    is_lendable = models.BooleanField(_("can be borrowed"), default=True)
    loan_class = models.CharField(
        _("lent as"),
        max_length=12,
        choices=LoanClass.choices,
        blank=True,
        help_text=_("Empty: as what it is, a book or a film."),
    )
    not_lent_before = models.DateField(
        _("not lent before"), null=True, blank=True, help_text=_("Set by the lending rules: a film that is too new.")
    )
    parts_note = models.CharField(
        _("other parts"), max_length=120, blank=True, help_text=_("What goes out and comes back with it: 2 CDs, a map.")
    )
    added_on = models.DateField(_("in the library since"), null=True, blank=True)
    status_since = models.DateTimeField(_("since"), null=True, blank=True)
    missed_at = models.DateTimeField(
        _("not found on its shelf at"), null=True, blank=True, help_text=_("Until it is scanned again.")
    )

    objects = CopyQuerySet.as_manager()

    class Meta:
        verbose_name = _("copy")
        verbose_name_plural = _("copies")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["barcode"], name="copy_barcode_once"),
            models.CheckConstraint(
                condition=~Q(status__in=AT_A_PLACE) | Q(place__isnull=False), name="copy_lies_somewhere_when_at_a_place"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=NOWHERE) | Q(place__isnull=True), name="copy_is_at_no_place_when_out"
            ),
            models.CheckConstraint(
                condition=Q(missed_at=None) | Q(status=CopyStatus.AVAILABLE), name="copy_missed_only_while_available"
            ),
        ]
        indexes = [
            models.Index(fields=["title", "status"], name="copy_by_title_and_status"),
            models.Index(fields=["place", "status"], name="copy_by_place_and_status"),
            models.Index(fields=["home", "-added_on"], name="copy_by_home_and_arrival"),
            models.Index(fields=["place"], condition=Q(missed_at__isnull=False), name="copy_missed_by_place"),
        ]

    def __str__(self) -> str:
        return self.barcode


class ShelfHint(models.Model):
    """Where the copies whose shelf mark begins so stand in a library, in plain words; the longest beginning wins."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="shelf_hints", verbose_name=_("library"))
    prefix = models.CharField(
        _("shelf mark begins with"), max_length=80, blank=True, help_text=_("Empty for all the rest.")
    )
    hint = models.JSONField(_("where it stands, by language"), default=dict)

    class Meta:
        verbose_name = _("hint about a shelf")
        verbose_name_plural = _("hints about shelves")
        ordering = ["place", "prefix"]
        constraints = [
            models.UniqueConstraint(fields=["place", "prefix"], name="shelfhint_once_per_prefix"),
            models.CheckConstraint(condition=Q(hint__has_key="it"), name="shelfhint_is_in_italian"),
        ]

    def __str__(self) -> str:
        return f"{self.place_id} {self.prefix}"
