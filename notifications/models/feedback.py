"""What people write to us about the site."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Feedback(models.Model):
    """What somebody wrote about the site (accessibility above all), with a case number to come back to."""

    class Topic(models.TextChoices):
        ACCESSIBILITY = "accessibility", _("Something is hard or impossible to use")
        FAULT = "fault", _("Something does not work")
        CONTENT = "content", _("Something is wrong or missing")
        OTHER = "other", _("Something else")

    case_number = models.CharField(_("case number"), max_length=12)
    topic = models.CharField(_("topic"), max_length=14, choices=Topic.choices)
    text = models.TextField(_("text"), max_length=4000)
    page = models.CharField(_("page"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail address for the answer"), blank=True)
    received_at = models.DateTimeField(_("received at"))
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        ordering = ["-received_at"]
        constraints = [models.UniqueConstraint(fields=["case_number"], name="feedback_case_number_once")]

    def __str__(self) -> str:
        return self.case_number
