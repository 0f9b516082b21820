"""For registers of all apps whose rows belong to a place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin import RelatedFieldListFilter

from branches.models import PlaceKind

if TYPE_CHECKING:
    from django.http import HttpRequest


class AtLibrary(RelatedFieldListFilter):
    """A filter by library: a list of every point of the network would be longer than the page."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the libraries by name."""
        return list(
            field.get_choices(include_blank=False, ordering=("name",), limit_choices_to={"kind": PlaceKind.BRANCH})
        )
