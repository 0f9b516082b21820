"""Covers in templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template

from catalog import covers

if TYPE_CHECKING:
    from catalog.models import Title

register = template.Library()


@register.simple_tag
def cover_url(title: Title, size: str = "m") -> str:
    """Return the address of a title's cover."""
    return covers.cover_url(title, size)


@register.inclusion_tag("catalog/_cover.html")
def cover(title: Title, size: str = "s") -> dict[str, Any]:
    """Show a title's cover, which says nothing that does not stand beside it in words."""
    width, height = covers.SIZES[size]
    return {"url": covers.cover_url(title, size), "width": width, "height": height, "is_large": size != "s"}
