"""The register of texts that institutions propose."""

from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from milanolib.errors import DomainError
from milanolib.registers import Register
from partnerships.models import TextProposal
from partnerships.proposing import decline_proposal, take_proposal
from partnerships.states import ProposalStatus

RIGHT = "partnerships.review_agreement"
STEPS = {"take": (_("Take the texts over"), take_proposal), "decline": (_("Leave them aside"), decline_proposal)}


@admin.register(TextProposal)
class TextProposalAdmin(Register):
    """Read beside what stands there now; then taken over or left aside."""

    change_form_template = "admin/partnerships/textproposal/change_form.html"
    list_display = ["agreement", "status", "sent_at", "settled_at"]
    list_select_related = ["agreement"]
    list_filter = ["status"]
    fields = ["agreement", "status", "sent_at", "note", "title_now", "title_then", "terms_now", "terms_then"]
    readonly_fields = ["title_now", "title_then", "terms_now", "terms_then"]

    @admin.display(description=_("title now"))
    def title_now(self, obj):
        return _by_language(obj.agreement.title)

    @admin.display(description=_("title proposed"))
    def title_then(self, obj):
        return _by_language(obj.title)

    @admin.display(description=_("terms now"))
    def terms_now(self, obj):
        return _by_language(obj.agreement.terms)

    @admin.display(description=_("terms proposed"))
    def terms_then(self, obj):
        return _by_language(obj.terms)

    def render_change_form(self, request, context, **form):
        proposal = form.get("obj")
        may = proposal is not None and proposal.status == ProposalStatus.WAITING and request.user.has_perm(RIGHT)
        context["steps"] = [(name, label) for name, (label, _verb) in STEPS.items()] if may else []
        return super().render_change_form(request, context, **form)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Take a step where its button was pressed; nothing else is ever written here."""
        step = next((name for name in STEPS if f"_step_{name}" in request.POST), None)
        proposal = self.get_object(request, object_id) if object_id else None
        if request.method != "POST" or step is None or proposal is None or not request.user.has_perm(RIGHT):
            return super().changeform_view(request, object_id, form_url, extra_context)
        label, verb = STEPS[step]
        try:
            verb(proposal, actor=request.user)
            messages.success(request, _("Done: %(step)s.") % {"step": label})
        except DomainError as refusal:
            messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse("admin:partnerships_textproposal_changelist"))


def _by_language(texts):
    return " | ".join(f"{language}: {text}" for language, text in texts.items())
