"""What readers think of a work, and their lists, on a title's page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template

from catalog.reading.reviews import reviews_of

if TYPE_CHECKING:
    from django.template.context import Context

    from catalog.models import Review, Title

register = template.Library()


@register.inclusion_tag("portal/_reviews.html", takes_context=True)
def reviews_of_work(context: Context, title: Title) -> dict[str, Any]:
    """Show stars and reviews of the work of a title; two statements."""
    user = context.get("user")
    return {"title": title, "slug": _slug(title), "user": user, "reviews": reviews_of(title.work_id, user)}


@register.inclusion_tag("portal/_add_to_list.html", takes_context=True)
def add_to_list(context: Context, title: Title) -> dict[str, Any]:
    """Offer to put a title on one of one's lists; one statement for who is signed in, none for others."""
    user = context.get("user")
    own = list(user.reading_lists.all()) if user is not None and user.is_authenticated else []
    return {"title": title, "user": user, "lists": own, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("portal/_stars.html")
def stars(review: Review) -> dict[str, Any]:
    """Show the stars of one review, in words too."""
    return {"stars": review.stars, "row": range(1, 6)}


def _slug(title: Title) -> str:
    return title.get_absolute_url().rstrip("/").rpartition("/")[2]
