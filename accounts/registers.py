"""For registers whose rows belong to a reader: opening one is looking at a reader's card, and is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.services import note_view

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.models import Reader


class NotesViews:
    """Put before an admin class; `reader_of` says whose row it is."""

    def reader_of(self, row: Any) -> Reader | None:
        """Return the reader whom a row names."""
        return row.reader  # type: ignore[no-any-return]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **form: Any) -> HttpResponse:
        """Write the view down, then show the row."""
        row = form.get("obj")
        reader = self.reader_of(row) if row is not None else None
        if reader is not None:
            note_view(request.user, reader, f"register: {row._meta.model_name}")  # type: ignore[union-attr,arg-type]  # noqa: SLF001  Django's public way to a model's name
        return super().render_change_form(request, context, **form)  # type: ignore[misc,no-any-return]
