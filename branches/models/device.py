"""Machines and phones that act for a place, and everything they ever reported."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from branches.models.place import Place


class DeviceKind(models.TextChoices):
    """What the device is."""

    PARTNER_PHONE = "partner_phone", _("partner's phone")
    PARTNER_SOFTWARE = "partner_software", _("partner's own software")
    LOCKER = "locker", _("locker")
    METRO_LIBRARY = "metro_library", _("library in the metro")
    SELF_CHECK = "self_check", _("self-check")
    OFFLINE_DESK = "offline_desk", _("offline desk")


class Device(models.Model):
    """A phone or machine that signs in as itself and acts only for its own place. Only hashes of secrets are kept."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="devices", verbose_name=_("place"))
    kind = models.CharField(_("kind"), max_length=16, choices=DeviceKind.choices)
    name = models.CharField(_("name"), max_length=80)
    activation_hash = models.CharField(max_length=64, blank=True, editable=False)
    activation_expires_at = models.DateTimeField(_("activation code expires at"), null=True, blank=True)
    token_hash = models.CharField(max_length=64, null=True, editable=False)  # noqa: DJ001  NULL means not activated
    activated_at = models.DateTimeField(_("activated at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    last_seen_at = models.DateTimeField(_("last seen at"), null=True, blank=True)
    wrong_codes = models.PositiveSmallIntegerField(_("wrong codes in a row"), default=0)
    codes_locked_until = models.DateTimeField(_("no hand-out by code before"), null=True, blank=True)

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        ordering = ["place", "name"]
        constraints = [
            models.UniqueConstraint(fields=["token_hash"], name="device_token_once"),
            models.UniqueConstraint(
                fields=["place"],
                condition=Q(kind=DeviceKind.OFFLINE_DESK, revoked_at=None),
                name="device_one_offline_desk_per_place",
            ),
            models.UniqueConstraint(
                fields=["activation_hash"], condition=~Q(activation_hash=""), name="device_activation_code_once"
            ),
            models.CheckConstraint(
                condition=Q(activation_hash="") | Q(activation_expires_at__isnull=False),
                name="device_activation_code_expires",
            ),
            models.CheckConstraint(
                condition=Q(token_hash__isnull=True) | Q(activated_at__isnull=False),
                name="device_with_a_token_was_activated",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ReportOutcome(models.TextChoices):
    """What became of a report."""

    RECEIVED = "received", _("received")
    APPLIED = "applied", _("applied")
    REPEATED = "repeated", _("already known")
    TASK = "task", _("left for a librarian")


class Report(models.Model):
    """What a device said has happened, kept as it came and never discarded."""

    device = models.ForeignKey(Device, models.PROTECT, related_name="reports", verbose_name=_("device"))
    seq = models.PositiveBigIntegerField(_("number on the device"), null=True, blank=True)
    request_key = models.CharField(_("request key"), max_length=80)
    act = models.CharField(_("act"), max_length=20)
    payload = models.JSONField(_("as it came"), default=dict)
    occurred_at = models.DateTimeField(_("occurred at"))
    received_at = models.DateTimeField(_("received at"))
    outcome = models.CharField(
        _("outcome"), max_length=10, choices=ReportOutcome.choices, default=ReportOutcome.RECEIVED
    )
    detail = models.CharField(_("detail"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["-received_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["device", "request_key"], name="report_request_key_once_per_device"),
            models.UniqueConstraint(
                fields=["device", "seq"], condition=Q(seq__isnull=False), name="report_number_once_per_device"
            ),
            models.CheckConstraint(
                condition=Q(occurred_at__lte=F("received_at")), name="report_occurred_before_it_was_received"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.pk}"
