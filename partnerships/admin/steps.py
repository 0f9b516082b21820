"""Buttons below a form in the register: each saves, then takes one step of the thing's life by its verb."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from milanolib.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from django.http import HttpRequest
    from django.utils.functional import Promise


class Step(NamedTuple):
    """What a button says, who may press it, in which states it is there, and the verb."""

    label: str | Promise
    right: str
    states: Collection[str]
    verb: Callable[..., Any]


class StepsMixin:
    """For a register whose rows have a `status`."""

    change_form_template = "admin/partnerships/change_form_with_steps.html"
    steps: dict[str, Step] = {}

    def render_change_form(self, request, context, **form):
        row = form.get("obj")
        context["steps"] = [
            (name, step.label)
            for name, step in self.steps.items()
            if row is not None and row.status in step.states and request.user.has_perm(step.right)
        ]
        return super().render_change_form(request, context, **form)

    def response_change(self, request, obj):
        """After saving take the step whose button was pressed; a refusal keeps what was saved and says what to do."""
        name = next((name for name in self.steps if f"_step_{name}" in request.POST), None)
        if name is None:
            return super().response_change(request, obj)
        step = self.steps[name]
        if not request.user.has_perm(step.right):
            raise Http404
        moved = obj
        try:
            moved = step.verb(obj, actor=request.user, **self.words_for(name, request))
            messages.success(request, _("Done: %(step)s.") % {"step": step.label})
        except DomainError as refusal:
            messages.error(request, str(refusal))
        return HttpResponseRedirect(
            reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[moved.pk])
        )

    def words_for(self, name: str, request: HttpRequest) -> dict[str, str]:
        """Return what else a step's verb is told. Raises DomainError where something must be written first."""
        return {}
