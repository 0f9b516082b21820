"""Registers of the catalogue: records come by import, copies are moved by the desk."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from branches.registers import AtLibrary
from catalog.models import Agent, Contribution, Copy, Subject, Title, Work
from catalog.search import titles_found
from milanolib.registers import ReadOnly, Register


class ContributionInline(ReadOnly, admin.TabularInline):
    model = Contribution
    fields = ["agent", "role"]
    extra = 0

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("agent")


@admin.register(Title)
class TitleAdmin(Register):
    """Found as readers find it: words, an ISBN; or by the whole control number."""

    list_display = ["title", "material", "year", "control_number", "source"]
    list_filter = ["material", "audience"]
    search_fields = ["=control_number"]
    search_help_text = _("Words of the title or of people, an ISBN, or the whole control number.")
    ordering = ["sort_key", "id"]
    exclude = ["record", "sort_key", "title_key", "series_key", "series_position"]
    inlines = [ContributionInline]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("record", "summary")

    def get_search_results(self, request, queryset, search_term):
        if not search_term.strip():
            return queryset, False
        by_number = queryset.filter(control_number=search_term.strip())
        found = by_number if by_number.exists() else queryset.filter(pk__in=titles_found(search_term).values("pk"))
        return found, False

    def view_on_site(self, obj):
        return obj.get_absolute_url()


@admin.register(Copy)
class CopyAdmin(Register):
    list_display = ["barcode", "title", "status", "home", "place", "shelf_mark", "is_lendable"]
    list_filter = ["status", "is_lendable", ("home", AtLibrary)]
    list_select_related = ["title", "home", "place"]
    search_fields = ["=barcode"]
    search_help_text = _("The whole barcode.")
    ordering = ["-id"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("title__record", "title__summary")


@admin.register(Work)
class WorkAdmin(Register):
    list_display = ["title", "key"]
    search_fields = ["=key", "=title"]
    search_help_text = _("The whole title, or the whole key.")
    ordering = ["-id"]


@admin.register(Agent)
class AgentAdmin(Register):
    list_display = ["name", "identifier"]
    search_fields = ["name__startswith", "=identifier"]
    search_help_text = _("The beginning of the name, as the catalogue writes it (Calvino, I).")
    ordering = ["name"]


@admin.register(Subject)
class SubjectAdmin(Register):
    list_display = ["heading"]
    search_fields = ["heading__startswith"]
    search_help_text = _("The beginning of the heading.")
    ordering = ["heading"]
