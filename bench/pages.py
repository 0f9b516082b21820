"""Server time of the pages that are asked for most, each beside a bare view that answers with the same bytes.

`make bench ARGS=pages`, or `python -m milanolib.embedded test -- python bench/pages.py [ROUNDS]`. Each request goes
through all of Django's middleware as in production: templates compiled once, answers compressed, the connection to the
database kept. The bare view stands in the same addresses and does nothing but answer with the page's bytes: what the
framework, its middleware and the compression alone cost. Pages and bare views are asked in turns, in the same run.

Home and titles are kept for people without a session while nothing that they show changes (portal/kept.py); 'anew' is
what the first request after a change costs, and nearly what one of a signed-in reader does.
"""

from __future__ import annotations

import io
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "milanolib.settings_test")
os.environ.setdefault("DEMO_DIR", tempfile.mkdtemp())

import django  # noqa: E402  after the settings are named

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.decorators import login_not_required  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import include, path  # noqa: E402

from catalog.models import Title  # noqa: E402
from milanolib import urls as portal_urls  # noqa: E402

if TYPE_CHECKING:
    from django.http import HttpRequest

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 200
WARM_UP = 20
GOALS = {
    "home": 4.0,
    "title": 4.0,
    "title, most copies": 4.0,
}  # how many times the bare view's processor time a page may take
BODIES: dict[str, bytes] = {}


@login_not_required
def bare(_request: HttpRequest, name: str) -> HttpResponse:
    """Answer with the bytes of a page, made before."""
    return HttpResponse(BODIES[name])


urlpatterns = [path("bare/<path:name>", bare), path("", include(portal_urls))]


@dataclass
class Page:
    """One address with the times of its requests, in milliseconds; `is_anew` when nothing that was kept may help."""

    name: str
    address: str
    is_anew: bool = False
    processor: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def ask(self, handler: WSGIHandler) -> None:
        """Ask once and keep how long it took."""
        if self.is_anew:
            cache.clear()
        processor, wall = time.process_time(), time.perf_counter()
        answer(handler, self.address)
        self.processor.append((time.process_time() - processor) * 1000)
        self.wall.append((time.perf_counter() - wall) * 1000)


def answer(handler: WSGIHandler, address: str, *, compressed: bool = True) -> bytes:
    """Return the body that a web server would send for an address, asked as a browser does."""
    parts = urlsplit(address)
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(parts.path),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "HTTP_ACCEPT_LANGUAGE": "it-IT,it;q=0.9,en;q=0.8",
        "HTTP_ACCEPT_ENCODING": "gzip, deflate, br" if compressed else "identity",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    told: list[str] = []
    response = handler(environ, lambda status, _headers: told.append(status))
    body = b"".join(response)
    response.close()
    if not told[0].startswith("200"):
        raise SystemExit(f"{address} answered {told[0]}")
    return body


def statements_of(handler: WSGIHandler, page: Page) -> int:
    """Return how many statements a request makes."""
    answer(handler, page.address)
    if page.is_anew:
        cache.clear()
    with CaptureQueriesContext(connection) as seen:
        answer(handler, page.address)
    if os.environ.get("SHOW_STATEMENTS"):
        for number, one in enumerate(seen, start=1):
            print(f"{page.name} {number} ({one['time']} s): {one['sql'][:600]}")
    return len(seen)


def pages_to_ask() -> list[Page]:
    """Return the pages: home, two searches, a title as most are, and the one of which there is most to show."""
    titles = Title.objects.filter(merged_into=None).exclude(summary="").annotate(Count("copies", distinct=True))
    most = titles.order_by("-copies__count", "pk").first()
    usual = titles.filter(copies__count__gt=0).order_by("copies__count", "pk")
    if most is None:
        raise SystemExit("the catalogue is empty")
    title, largest = usual[usual.count() // 2].get_absolute_url(), most.get_absolute_url()
    return [
        Page("home", "/"),
        Page("home, anew", "/", is_anew=True),
        Page("results", f"/catalogo/?q={quote('storia')}"),
        Page("results, narrowed", f"/catalogo/?q={quote('milano')}&material=book&free=1"),
        Page("title", title),
        Page("title, anew", title, is_anew=True),
        Page("title, most copies", largest),
        Page("title, most copies, anew", largest, is_anew=True),
    ]


def main() -> int:
    """Print the table; the exit status is 1 where a page takes longer than its goal."""
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")  # the limit is meant for requests
    call_command("seed_demo", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    connection.close()
    connection.settings_dict["CONN_MAX_AGE"] = 60
    settings.ROOT_URLCONF = __name__
    handler = WSGIHandler()
    pages = pages_to_ask()
    bares = [Page(page.name, f"/bare/{quote(page.name)}") for page in pages]
    for page in pages:
        BODIES[page.name] = answer(handler, page.address, compressed=False)
    statements = {page.name: statements_of(handler, page) for page in pages}
    # Apart, as nothing is kept while pages are made anew.
    for together in ([one for one in pages if not one.is_anew], [one for one in pages if one.is_anew]):
        beside = [bares[pages.index(one)] for one in together]
        for number in range(WARM_UP + ROUNDS):
            for page in (*together, *beside):
                if number == WARM_UP:
                    page.processor.clear()
                    page.wall.clear()
                page.ask(handler)
    missed = False
    heads = f"{'page':<26}{'bytes':>8}{'statements':>11}{'CPU ms':>9}{'wall ms':>9}{'p95':>8}"
    print(f"{heads}{'bare CPU':>10}{'wall':>7}{'ratio':>7}")
    for page, beside in zip(pages, bares, strict=True):
        ratio = statistics.median(page.processor) / statistics.median(beside.processor)
        goal = GOALS.get(page.name)
        missed = missed or bool(goal and ratio > goal)
        p95 = sorted(page.wall)[max(0, round(len(page.wall) * 0.95) - 1)]
        print(
            f"{page.name:<26}{len(BODIES[page.name]):>8}{statements[page.name]:>11}"
            f"{statistics.median(page.processor):>9.1f}{statistics.median(page.wall):>9.1f}{p95:>8.1f}"
            f"{statistics.median(beside.processor):>10.1f}{statistics.median(beside.wall):>7.1f}{ratio:>7.1f}"
            f"{f'  goal {goal:.0f}' if goal else ''}"
        )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
