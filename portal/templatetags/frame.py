"""Parts of pages that are the same whoever looks: made once in a process for each language, not for each page."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django import template
from django.template.loader import render_to_string
from django.utils.translation import get_language

if TYPE_CHECKING:
    from django.template.context import Context
    from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)
def once(context: Context, name: str) -> SafeString:
    """Show a template that says the same on every page; of the context it gets `demo` alone."""
    return _made(name, get_language() or "it", is_demo=bool(context.get("demo")))


@register.simple_tag
def icon(name: str) -> SafeString:
    """Show a drawing that says nothing beside its words; as including `_icon.html`, only quicker where many stand."""
    return _icon(name)


@cache
def _made(name: str, language: str, *, is_demo: bool) -> SafeString:  # noqa: ARG001  one for each language
    return render_to_string(name, {"demo": is_demo})


@cache
def _icon(name: str) -> SafeString:
    return render_to_string("_icon.html", {"name": name})
