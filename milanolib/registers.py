"""What the admin registers of all apps share: reading rooms for what verbs own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

if TYPE_CHECKING:
    from django.http import HttpRequest


class ReadOnly:
    """For a register or an inline: rows are looked at here and written by verbs only, whoever asks."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  Django passes it
        """Nobody adds by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  as above
        """Nobody writes by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  as above
        """Nobody deletes by hand."""
        return False


class Register(ReadOnly, admin.ModelAdmin):
    """A reading room: lists without a count of the whole table, which may hold millions of rows."""

    show_full_result_count = False
    list_per_page = 50
    actions = None


class Kept(admin.ModelAdmin):
    """Master data: changed here by who may, never deleted in bulk from a list."""

    show_full_result_count = False
    list_per_page = 50

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Leave out the deletion of many rows at once."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions
