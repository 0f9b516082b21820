"""The covers of titles, in the two sizes that pages show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_cache_control
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from catalog.covers import SIZES, cover_digest, cover_picture
from catalog.models import Title

if TYPE_CHECKING:
    from django.http import HttpRequest

FOR_EVER = 365 * 24 * 60 * 60
SHOWN = ("title", "original_title", "material")


@require_safe
@login_not_required
def cover(request: HttpRequest, title_id: int, size: str) -> HttpResponse:
    """The cover of a title; kept for ever under the address that names its content, else asked for again each time."""
    if size not in SIZES:
        raise Http404
    title = get_object_or_404(
        Title.objects.only(*SHOWN, *(f"cover__{name}" for name in ("image", "digest"))).with_cover(), pk=title_id
    )
    digest = cover_digest(title)
    etag = quote_etag(f"{digest}-{size}")
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(cover_picture(title, size), content_type="image/webp")
    response["ETag"] = etag
    if request.GET.get("v") == digest:
        patch_cache_control(response, public=True, max_age=FOR_EVER, immutable=True)
    else:
        patch_cache_control(response, public=True, no_cache=True)
    return response
