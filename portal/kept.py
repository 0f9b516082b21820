"""Pages for people of whom the site knows nothing, kept while nothing that they show has changed.

A page is kept with a mark: the versions of the rows that it was made of, read by one statement before it was made, and
the mark of the catalogue's last change. The next request reads the mark again: the page is answered when it is the
same, else made anew. So it is never old, whoever wrote to the database, and the cache may be away. Nothing of a
person is ever in it: who has a session, a message to read or a wish in the address gets a page made for them, and the
token of the forms is put in when the page is answered.
"""

from __future__ import annotations

import secrets
import zlib
from functools import cache as once
from hashlib import sha256
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.cache import cache
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.utils.translation import get_language

from catalog.changes import CHANGED

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

KEPT_SECONDS = 300
QUICK = 1  # how hard zlib tries: a page is read far more often than it is worth making smaller
OURS = ("milanolib", "accounts", "branches", "catalog", "loans", "partnerships", "portal")


def kept_page(
    request: HttpRequest, mark: Callable[[], str], make: Callable[[dict[str, str]], HttpResponse]
) -> HttpResponse:
    """Answer with the page as it was kept when its mark is still the same, else as `make` makes it.

    `mark` reads the versions of all rows that the page shows. `make` gets what it must add to the page's context.
    """
    if not _is_for_anybody(request):
        return make({})
    key = f"page:{_release()}:{get_language()}:{request.path}"
    found = cache.get_many([key, CHANGED])
    now = f"{found.get(CHANGED, '')} {mark()}"
    if key in found:
        then, token, packed = found[key]
        if then == now:
            return HttpResponse(zlib.decompress(packed).replace(token, get_token(request).encode()))
    token = secrets.token_hex(16)
    response = make({"csrf_token": token})
    if response.status_code == HttpResponse.status_code:
        cache.set(key, (now, token.encode(), zlib.compress(response.content, QUICK)), KEPT_SECONDS)
        response.content = response.content.replace(token.encode(), get_token(request).encode())
    return response


def _is_for_anybody(request: HttpRequest) -> bool:
    """Whether the page would be the same for everybody who speaks this language."""
    own = {settings.SESSION_COOKIE_NAME, CookieStorage.cookie_name}
    return request.method == "GET" and not request.META.get("QUERY_STRING") and not own & request.COOKIES.keys()


@once
def _release() -> str:
    """Return what differs between two releases: a page made by other code or from other templates is not ours."""
    files = [settings.BASE_DIR / "locale", settings.BASE_DIR / "templates"]
    files = [path for folder in files for path in folder.rglob("*") if path.suffix in (".html", ".mo")]
    files += [path for app in OURS for path in (settings.BASE_DIR / app).rglob("*.py")]
    files += (settings.BASE_DIR / "static").rglob("*.*")
    stamps = sorted(f"{path} {path.stat().st_mtime_ns}" for path in files)
    return sha256("\n".join([*stamps, settings.BASE_URL]).encode()).hexdigest()[:12]
