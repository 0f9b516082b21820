"""Registers of people and of works: names, other names, see also; two entries that are one person; the editions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.keys import folded
from catalog.models import Agent, Suggestion, Work
from catalog.people import LONGEST_NAME, merge_people, name_otherwise
from catalog.search import titles_found
from milanolib.errors import DomainError
from milanolib.registers import Kept, Register

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

TWO = 2
LONGEST_FORM = 100  # of a form that search offers
BAR = "|"  # between a name and an identifier


class AgentForm(forms.ModelForm):
    """A name with its other forms and those to see also, each on a line of its own: read aloud and typed as text."""

    other_names = forms.CharField(
        label=gettext_lazy("Other forms of the name"),
        required=False,
        help_text=gettext_lazy("One a line. Readers find the person under each of them."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    others = forms.CharField(
        label=gettext_lazy("See also"),
        required=False,
        help_text=gettext_lazy(
            "One a line, each exactly as the catalogue writes it; an identifier may follow after |."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    class Meta:
        model = Agent
        fields = ["name", "identifier"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["other_names"] = "\n".join(one.name for one in self.instance.variants.all())
            self.initial["others"] = "\n".join(_written(one) for one in self.instance.see_also.all())

    def clean_other_names(self) -> list[str]:
        """Return the other names, each once."""
        names = _lines(self.cleaned_data["other_names"])
        if any(len(name) > LONGEST_NAME for name in names):
            raise forms.ValidationError(_("Write 300 characters a line at most."))
        return names

    def clean_others(self) -> list[Agent]:
        """Return the people to see also. Each line must be one entry of the catalogue."""
        found = []
        for line in _lines(self.cleaned_data["others"]):
            name, _sign, identifier = (part.strip() for part in line.partition(BAR))
            entries = Agent.objects.filter(name=name).exclude(pk=self.instance.pk)
            rows = list((entries.filter(identifier=identifier) if identifier else entries)[:TWO])
            if len(rows) != 1:
                told = _("No entry is written so, or several are: %(line)s") % {"line": line}
                raise forms.ValidationError(told)
            found += rows
        return found


@admin.register(Agent)
class AgentAdmin(Kept):
    """People and bodies: readers find them under each of their names."""

    list_display = ["name", "identifier"]
    search_fields = ["name__startswith", "=identifier"]
    search_help_text = gettext_lazy(
        "The beginning of any form of the name (Calvino It, italo calv), or the identifier."
    )
    ordering = ["name"]
    form = AgentForm
    fields = ["name", "identifier", "other_names", "others"]
    actions = ["make_one"]

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  Django's argument
        """People come with the records that name them."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  Django's arguments
        """An entry goes by being merged into another one."""
        return False

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002  Django's argument
        queryset: QuerySet[Agent],
        search_term: str,
    ) -> tuple[QuerySet[Agent], bool]:
        """Find people as readers do, by the beginning of any form of a name; those no title names by their name."""
        term = search_term.strip()
        if not term:
            return queryset, False
        found: list[QuerySet[Any, Any]] = [
            Agent.objects.filter(name__startswith=term).values("pk"),
            Agent.objects.filter(identifier=term).values("pk"),
        ]
        if beginning := folded(term)[:LONGEST_FORM]:
            forms_found = Suggestion.objects.filter(kind=Suggestion.Kind.AUTHOR, form__startswith=beginning)
            found.append(forms_found.values("target"))
        return queryset.filter(pk__in=found[0].union(*found[1:])), False

    def view_on_site(self, obj: Agent) -> str:
        """The person's page on the portal."""
        return obj.get_absolute_url()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001  Django's
        """Write the other names, then let search know all of them."""
        super().save_related(request, form, formsets, change)
        name_otherwise(form.instance, form.cleaned_data["other_names"], form.cleaned_data["others"])

    @admin.action(description=gettext_lazy("Make two entries one"), permissions=["change"])
    def make_one(self, request: HttpRequest, queryset: QuerySet[Agent]) -> HttpResponse | None:
        """Ask which of two entries stays, then merge them."""
        chosen = list(queryset.order_by("pk")[: TWO + 1])
        if len(chosen) != TWO:
            self.message_user(request, _("Choose two entries: those that are one person."), messages.ERROR)
            return None
        into = next((one for one in chosen if str(one.pk) == request.POST.get("into")), None)
        if into is None:
            return render(request, "admin/catalog/make_one.html", self._page(request, chosen))
        other = next(one for one in chosen if one.pk != into.pk)
        try:
            merge_people(into, other, actor=request.user)  # type: ignore[arg-type]  # signed in: the admin says so
        except DomainError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return None
        told = _("Done: “%(other)s” now leads to “%(into)s”.") % {"other": other.name, "into": into.name}
        self.message_user(request, told, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:catalog_agent_change", args=[into.pk]))

    def _page(self, request: HttpRequest, chosen: list[Agent]) -> dict[str, Any]:
        rows = [{"agent": one, "titles": one.contributions.values("title").distinct().count()} for one in chosen]
        return {
            **self.admin_site.each_context(request),
            "title": _("Make two entries one"),
            "rows": rows,
            "opts": self.opts,
            "checkbox": admin.helpers.ACTION_CHECKBOX_NAME,
        }


@admin.register(Work)
class WorkAdmin(Register):
    """Works are made by imports; their editions are joined and set apart on a page of their own."""

    list_display = ["title", "key"]
    search_fields = ["=key", "=title"]
    search_help_text = gettext_lazy("Words of the title or of people, an ISBN, or the whole key.")
    ordering = ["-id"]
    fields = ["title", "key", "other_keys", "editions"]
    readonly_fields = ["other_keys", "editions"]

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002  Django's argument
        queryset: QuerySet[Work],
        search_term: str,
    ) -> tuple[QuerySet[Work], bool]:
        """Find works by their editions, as readers find these, or by the whole key."""
        term = search_term.strip()
        if not term:
            return queryset, False
        by_key = queryset.filter(key=term)
        return by_key if by_key.exists() else queryset.filter(pk__in=titles_found(term).values("work")), False

    @admin.display(description=gettext_lazy("other keys"))
    def other_keys(self, obj: Work) -> str:
        """The keys of works that were joined to this one."""
        return ", ".join(obj.other_keys.values_list("key", flat=True)) or "-"

    @admin.display(description=gettext_lazy("editions"))
    def editions(self, obj: Work) -> str:
        """The way to the page where its editions are joined and set apart."""
        address = reverse("admin:work_editions", args=[obj.pk])
        return format_html('<a href="{}">{}</a>', address, _("See the editions, join works, set editions apart"))


def _lines(text: str) -> list[str]:
    return list(dict.fromkeys(line for one in text.splitlines() if (line := " ".join(one.split()))))


def _written(agent: Agent) -> str:
    return f"{agent.name} {BAR} {agent.identifier}" if agent.identifier else agent.name
