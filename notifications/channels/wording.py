"""What short texts are called: the kind's name, which names no title, in the language of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import translation

from notifications.kinds import name_of

if TYPE_CHECKING:
    from notifications.channels import Rendered


def name_in(rendered: Rendered) -> str:
    """Return what a message's kind is called, in the message's language."""
    with translation.override(rendered.language):
        return str(name_of(rendered.kind))
