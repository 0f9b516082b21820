"""Registers of the catalogue: records come by import, copies are moved by the desk."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from branches.registers import AtLibrary
from catalog import (
    authority_admin,  # noqa: F401  it registers people and works
    languages,
)
from catalog.models import Contribution, Copy, Format, Subject, Title
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
    exclude = [
        "record", "record_format", "record_hash", "sort_key", "title_key", "series_key", "series_position", "language",
        "formats", "isbns",
    ]  # fmt: skip
    readonly_fields = ["language_name", "format_names", "numbers", "cataloguing"]
    inlines = [ContributionInline]

    @admin.display(description=_("language"))
    def language_name(self, obj):
        return languages.name_of(obj.language)

    @admin.display(description=_("easier to read"))
    def format_names(self, obj):
        return ", ".join(str(Format(one).label) for one in obj.formats)

    @admin.display(description=_("ISBN"))
    def numbers(self, obj):
        return ", ".join(obj.isbns)

    @admin.display(description=_("cataloguing"))
    def cataloguing(self, obj):
        return format_html('<a href="{}">{}</a>', reverse("admin:title_edit", args=[obj.pk]), _("Correct this title"))

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


@admin.register(Subject)
class SubjectAdmin(Register):
    list_display = ["heading"]
    search_fields = ["heading__startswith"]
    search_help_text = _("The beginning of the heading.")
    ordering = ["heading"]
