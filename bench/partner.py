"""The partner's phone: events a second that the server accepts, beside raw inserts; weight and speed of its page.

`make bench ARGS=partner`, or `python -m milanolib.embedded test --durable -- python bench/partner.py [EVENTS]`.

Twenty-two stands send at once, over HTTP, to the server that production runs (one process, four threads), returns in
batches of fifty as their phones do: each report is kept and applied in transactions of its own. Then all of it once
more, as after lost answers. Raw means that as many threads insert the same rows of reports through psycopg, one
transaction each, and do nothing else: no loan is closed, no copy is sent home, nobody is told. Their processor is the
clients' too, on the same machine.

Then a browser with a phone's size on a slow line (400 ms, 400 kbit/s) and a processor four times as slow: the first
page after the phone was connected, the page of the day from the portal, and the same as the phone keeps it.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "milanolib.settings_test")
os.environ.setdefault("DEMO_DIR", tempfile.mkdtemp())

import django  # noqa: E402  after the settings are named

django.setup()

import psycopg  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

from bench.front import CHROMIUM_ARGS, PHONE, first_visit  # noqa: E402
from branches.devices import activate_device, invite_device  # noqa: E402
from branches.models import Report, ReportOutcome  # noqa: E402
from loans.lending import check_out  # noqa: E402
from loans.models import Loan  # noqa: E402
from milanolib import clock  # noqa: E402
from proximity.signin import COOKIE, remember  # noqa: E402
from tests.factories import BranchFactory, CopyFactory, NewsstandFactory, ReaderFactory  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

    from branches.models import Device, Place

EVENTS = int(sys.argv[1]) if len(sys.argv) > 1 else 1100
STANDS, BATCH = 22, 50
MOST_BYTES, USABLE_WITHIN = 60_000, 3.0
SLOW_LINE = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
SLOWER = 4
HOME, DAY, REPORTS = "/partner/", "/partner/giornata/", "/partner/rapporti/"
GUNICORN = [
    "--workers",
    "1",
    "--threads",
    "4",
    "--no-control-socket",
    "--graceful-timeout",
    "5",
    "--log-level",
    "warning",
]
INSERT = """INSERT INTO branches_report (device_id, seq, request_key, act, payload, occurred_at, received_at, outcome,
    detail) VALUES (%s, %s, %s, 'return', %s, %s, %s, 'applied', 'returned')"""


def phone(place: Place) -> tuple[Device, str]:
    """Return a phone that was activated for a place, and its cookie."""
    _invited, code = invite_device(place, name="phone", actor=None)
    device, token = activate_device(code)
    answer = HttpResponse()
    remember(answer, token)
    return device, answer.cookies[COOKIE].value


# --- Events


class Stand:
    """A newsstand, its phone, and the returns that it will send."""

    def __init__(self, number: int, library: Place, barcodes: list[str], where: tuple[str, int]) -> None:
        self.device, cookie = phone(NewsstandFactory(code=f"bench-{time.time_ns()}", parent=library))
        self.cookie = f"{COOKIE}={cookie}"
        self.reports = [
            {"key": f"{number}-{seq}", "act": "return", "what": barcode, "seq": seq}
            for seq, barcode in enumerate(barcodes, start=1)
        ]
        self.where = where

    def send(self) -> int:
        """Send everything in batches, as the queue does; return how many were answered."""
        line = http.client.HTTPConnection(*self.where, timeout=60)
        line.request("GET", "/partner/giornata/pacchi/", headers={"Cookie": self.cookie})
        answer = line.getresponse()
        token = json.loads(answer.read())["csrf"]
        csrf = next(one for one in answer.headers.get_all("Set-Cookie") if one.startswith("csrftoken=")).split(";")[0]
        headers = {
            "Cookie": f"{self.cookie}; {csrf}",
            "X-CSRFToken": token,
            "Content-Type": "application/json",
        }
        answered = 0
        for start in range(0, len(self.reports), BATCH):
            body = {"sent_at": clock.now().isoformat(), "reports": self.reports[start : start + BATCH]}
            line.request("POST", REPORTS, body=json.dumps(body), headers=headers)
            results = json.loads(line.getresponse().read())["results"]
            answered += sum(one["outcome"] == ReportOutcome.APPLIED for one in results)
        line.close()
        return answered

    def insert(self) -> int:
        """Insert the rows of the same reports by hand; each is on the disk before the next."""
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as database:
            for one in self.reports:
                now = clock.now()
                payload = json.dumps({**one, "at": None})
                row = [self.device.pk, one["seq"] + len(self.reports), f"raw {one['key']}", payload, now, now]
                database.execute(INSERT, row)
        return len(self.reports)


def events(where: tuple[str, int]) -> None:
    """Measure what is accepted, what is sent again, and raw inserts; each must be exact."""
    library = BranchFactory(code=f"bench-{time.time_ns()}")
    each = EVENTS // STANDS
    stands = []
    for number in range(STANDS):
        copies = CopyFactory.create_batch(each, home=library)
        readers = ReaderFactory.create_batch(each // 10 + 1)
        for place, copy in enumerate(copies):
            check_out(copy, readers[place // 10], library, actor=None)
        stands.append(Stand(number, library, [copy.barcode for copy in copies], where))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    lent = Loan.objects.filter(closed_at=None).count()
    accepted = run("accepted and applied", stands, Stand.send)
    assert Loan.objects.filter(closed_at=None).count() == lent - each * STANDS
    run("sent again, known", stands, Stand.send)
    assert Report.objects.filter(device__in=[one.device for one in stands]).count() == each * STANDS
    raw = run("raw inserts", stands, Stand.insert)
    print(f"accepting reaches {accepted / raw:.1%} of raw inserts")


def run(name: str, stands: list[Stand], act: Callable[[Stand], int]) -> float:
    began = time.perf_counter()
    with ThreadPoolExecutor(len(stands)) as pool:
        done = sum(pool.map(act, stands))
    seconds = time.perf_counter() - began
    assert done == sum(len(one.reports) for one in stands), f"{name}: {done}"
    print(f"{name:<22}{done:>6} events of {len(stands)} stands at once{done / seconds:>8.0f} a second")
    return done / seconds


# --- The page


def pages(base: str) -> bool:
    """Weigh and time the phone's pages; return whether they are light and fast enough."""
    _device, cookie = phone(NewsstandFactory(code=f"bench-{time.time_ns()}"))
    chromium = os.environ.get("CHROME_PATH") or shutil.which("chromium") or shutil.which("google-chrome")
    print(f"{'page, slow line and slow processor':<40}{'files':>6}{'kB sent':>9}{'usable after':>15}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGS)
        try:
            told = [
                one_page(browser, base, cookie, "first, connected just now", HOME),
                one_page(browser, base, cookie, "the day, from the portal", DAY),
                one_page(browser, base, cookie, "the day, kept on the phone", HOME, is_kept=True),
            ]
        finally:
            browser.close()
    print(f"goals: under {MOST_BYTES // 1000} kB, usable in under {USABLE_WITHIN:.0f} s")
    return all(told)


def one_page(browser: Browser, base: str, cookie: str, name: str, address: str, *, is_kept: bool = False) -> bool:
    """Open a page in a browser that has seen nothing (but what the phone keeps); print how it went."""
    sizes = []
    for is_timed in (False, True):
        context = browser.new_context(
            viewport=PHONE, locale="it-IT", service_workers="allow" if is_kept else "block", base_url=base
        )
        context.add_cookies([{"name": COOKIE, "value": cookie, "url": f"{base}{HOME}"}])
        page = context.new_page()
        if is_kept:
            page.goto(HOME)
            page.evaluate("navigator.serviceWorker.ready.then(() => null)")
            page.goto(HOME)
            page.wait_for_selector("[data-ready]:not(:empty)", state="attached")
        if is_timed:
            line = context.new_cdp_session(page)
            line.send("Network.enable")
            line.send("Network.emulateNetworkConditions", SLOW_LINE)
            line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            seconds = usable(page, address, is_day=is_kept or address == DAY)
        elif not is_kept:
            visit = first_visit(page, base, address)
            sizes = [visit.files, visit.size]
        context.close()
    files, size = sizes or (0, 0)
    print(f"{name:<40}{files:>6}{size / 1000:>9.1f}{seconds:>13.1f} s", flush=True)
    return size < MOST_BYTES and seconds < USABLE_WITHIN


def usable(page: Page, address: str, *, is_day: bool) -> float:
    """Return the seconds until the three large acts stand there and lead on; of the day, until its scripts run."""
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    if is_day:
        page.wait_for_selector("[data-on=home] .mp-acts a:visible")
    else:
        page.wait_for_selector(".mp-acts a:visible")
        page.wait_for_load_state(
            "domcontentloaded"
        )  # styles are there, and the scripts that wait for the page have run
    return time.perf_counter() - began


# --- The server


def main() -> int:
    call_command("migrate", verbosity=0)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        where = listener.getsockname()
        listener.set_inheritable(True)
        server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "gunicorn",
                "--bind",
                f"fd://{listener.fileno()}",
                *GUNICORN,
                "milanolib.wsgi:application",
            ],
            cwd=ROOT,
            env={**os.environ, "DEMO": "1", "DJANGO_SETTINGS_MODULE": "milanolib.settings"},
            pass_fds=[listener.fileno()],
        )
    try:
        events(where)
        return 0 if pages("http://{}:{}".format(*where)) else 1
    finally:
        server.terminate()
        server.wait(timeout=20)


if __name__ == "__main__":
    sys.exit(main())
