"""What the admin registers of all apps share: reading rooms for what verbs own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.forms.models import BaseInlineFormSet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.http import HttpRequest


class ReadOnly:
    """For a register or an inline: rows are looked at here and written by verbs only, whoever asks."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody adds by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody writes by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes by hand."""
        return False


class NamedRows(BaseInlineFormSet):
    """Rows whose box for deleting has a name."""

    def add_fields(self, form: Any, index: int | None) -> None:
        """Add Django's own fields, and name the one that shows no label."""
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].widget.attrs["aria-label"] = _("Delete this row")


class Table(admin.TabularInline):
    """Rows of a table inside a form: each field bears its column's name, which a screen reader cannot guess."""

    extra = 0
    formset = NamedRows

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Name the field for who does not see the column."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs["aria-label"] = capfirst(field.label)
        return field


class OwnFilters:
    """Only the filters that the list shows: Django would take any column from the address, a name or a hash too."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Whether a parameter of the address is one of the list's own filters."""
        named = [one[0] if isinstance(one, tuple) else one for one in self.get_list_filter(request)]  # type: ignore[attr-defined]
        own = {getattr(one, "parameter_name", one) for one in named}
        return lookup in own or lookup.rpartition("__")[0] in own or lookup.startswith(tuple(f"{one}__" for one in own))


class Register(OwnFilters, ReadOnly, admin.ModelAdmin):
    """A reading room: lists without a count of the whole table, which may hold millions of rows."""

    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    list_per_page = 50
    actions = None


class PlainChoices:
    """Choose among what there is: no windows to add or change the chosen row from within a form."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Take the widget out of the frame that opens those windows."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field


class Kept(OwnFilters, PlainChoices, admin.ModelAdmin):
    """Master data: changed here by who may, never deleted in bulk from a list."""

    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    list_per_page = 50

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Leave out the deletion of many rows at once."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions
