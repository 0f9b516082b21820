"""Rows that make every change and its consequences happen once."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """Something that happened, written in the transaction of its cause.

    The key carries the occurrence (`hold-ready:{hold}:{assignment}`), so a verb that runs twice writes one event.
    The payload holds ids only, never a name, an address or a title.
    """

    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=60)
    payload = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text=_("Not handled before this; moved on after a failure."))
    handled_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [models.UniqueConstraint(fields=["key"], name="event_once_per_occurrence")]
        indexes = [models.Index(fields=["due_at", "id"], condition=Q(handled_at=None), name="event_waiting")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Request(models.Model):
    """The answer given to a request key, so that a repeat gets the same answer and changes nothing."""

    client = models.CharField(max_length=80)
    key = models.CharField(max_length=80)
    verb = models.CharField(max_length=60)
    payload_hash = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="request_key_once_per_client")]
        indexes = [models.Index(fields=["created_at"], name="request_by_age")]

    def __str__(self) -> str:
        return f"{self.verb} {self.pk}"


class JobRun(models.Model):
    """One run of a periodic job for one due instant: whoever writes the row runs the job, so it runs once."""

    job = models.CharField(max_length=60)
    due_at = models.DateTimeField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("job run")
        verbose_name_plural = _("job runs")
        constraints = [
            models.UniqueConstraint(fields=["job", "due_at"], name="job_runs_once_per_due_time"),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(finished_at__gte=F("started_at")), name="job_ends_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.due_at:%Y-%m-%d %H:%M}"
