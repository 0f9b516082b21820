"""What an institution proposes to change in the words of an agreement."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partnerships.models.agreements import Agreement
from partnerships.states import ProposalStatus


class TextProposal(models.Model):
    """Title and terms as the institution would write them; a librarian takes them over, or not."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="proposals", verbose_name=_("agreement"))
    status = models.CharField(_("state"), max_length=10, choices=ProposalStatus.choices, default=ProposalStatus.WAITING)
    title = models.JSONField(_("title, by language"), default=dict)
    terms = models.JSONField(_("terms, by language"), default=dict)
    note = models.TextField(_("a word for the library"), blank=True, max_length=600)
    sent_at = models.DateTimeField(_("sent at"))
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("proposal of texts")
        verbose_name_plural = _("proposals of texts")
        ordering = ["-sent_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement"], condition=Q(status=ProposalStatus.WAITING), name="textproposal_one_waits"
            ),
            models.CheckConstraint(
                condition=Q(title__has_key="it", terms__has_key="it"), name="textproposal_has_italian"
            ),
            models.CheckConstraint(
                condition=Q(status=ProposalStatus.WAITING, settled_at=None)
                | (~Q(status=ProposalStatus.WAITING) & Q(settled_at__isnull=False)),
                name="textproposal_settled_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.sent_at:%Y-%m-%d}"
