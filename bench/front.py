"""What a reader's first visit weighs: bytes sent for three pages, and Lighthouse's scores where it is installed.

    python -m bench.front [http://127.0.0.1:8000] [--title /catalogo/1/slug/] [--runs 3]

It asks a portal that already runs (`make demo`, or one in production) and needs the Chromium of the browser tests. A
page counts everything that an empty browser on a phone receives until nothing is on its way any more: bodies as sent,
so compressed, and headers. Lighthouse is looked for on the PATH or in LIGHTHOUSE_BIN, takes its default phone (slow
4G and slow processor, simulated) and gives the median of the runs; without it the columns stay empty. `make bench`
does not start this: it needs no node.

Exit status 1 if a page weighs 200 kB or more, or a score stays under 95.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Page

PHONE = {"width": 390, "height": 844}
SCORES = ("performance", "accessibility", "best-practices", "seo")
MOST_BYTES = 200_000
LEAST_SCORE = 95
CHROMIUM_ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
RESULTS = "/catalogo/?q=milano"


@dataclass
class Visit:
    """A first visit to one page: its address, how many files came, how many bytes, and the scores by name."""

    address: str
    files: int
    size: int
    scores: dict[str, float] = field(default_factory=dict)

    @property
    def is_within_goals(self) -> bool:
        """Tell whether the page is light enough and no score is low."""
        return self.size < MOST_BYTES and all(score >= LEAST_SCORE for score in self.scores.values())


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.front")
    parser.add_argument("base", nargs="?", default="http://127.0.0.1:8000", help="where the portal answers")
    parser.add_argument("--title", help="address of a title's page; without it the first one found under “milano”")
    parser.add_argument("--runs", type=int, default=3, help="runs of Lighthouse for each page")
    options = parser.parse_args(arguments)
    chromium = os.environ.get("CHROME_PATH") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        parser.error("no Chromium on the PATH, and none named by CHROME_PATH")
    lighthouse = os.environ.get("LIGHTHOUSE_BIN") or shutil.which("lighthouse")
    base = options.base.rstrip("/")

    visits = first_visits(base, options.title, chromium)
    if lighthouse:
        for one in visits:
            one.scores = median_scores(base + one.address, options.runs, lighthouse, chromium)
    show(visits)
    return 0 if all(one.is_within_goals for one in visits) else 1


def first_visits(base: str, title: str | None, chromium: str) -> list[Visit]:
    """Open the first page, results and a title's page, each in a browser that has seen nothing yet."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGS)
        try:
            if title is None:
                page = browser.new_page(locale="it-IT")
                page.goto(base + RESULTS)
                title = page.get_attribute("main .ml-row-title a", "href", timeout=5000) or RESULTS
                page.close()
            visits = []
            for address in ("/", RESULTS, title):
                context = browser.new_context(viewport=PHONE, locale="it-IT")
                visits.append(first_visit(context.new_page(), base, address))
                context.close()
            return visits
        finally:
            browser.close()


def first_visit(page: Page, base: str, address: str) -> Visit:
    finished = []
    page.on("requestfinished", lambda request: finished.append(request))  # noqa: PLW0108  Playwright writes a mark on it
    page.goto(base + address, wait_until="networkidle")
    sizes = [request.sizes() for request in finished if request.url.startswith("http")]
    return Visit(address, len(sizes), sum(one["responseBodySize"] + one["responseHeadersSize"] for one in sizes))


def median_scores(url: str, runs: int, lighthouse: str, chromium: str) -> dict[str, float]:
    """Return the median of each score, from 0 to 100."""
    found: dict[str, list[float]] = {name: [] for name in SCORES}
    for _run in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.json"
            flags = f"--chrome-flags={' '.join(CHROMIUM_ARGS)}"
            command = [lighthouse, url, "--quiet", flags, "--output=json", f"--output-path={report}"]
            command.append(f"--only-categories={','.join(SCORES)}")
            subprocess.run(command, check=True, env={**os.environ, "CHROME_PATH": chromium}, stderr=subprocess.DEVNULL)
            categories = json.loads(report.read_text(encoding="utf-8"))["categories"]
        for name in SCORES:
            found[name].append(round((categories[name]["score"] or 0) * 100))
    return {name: statistics.median(scores) for name, scores in found.items()}


def show(visits: list[Visit]) -> None:
    print(f"{'page':<42}{'files':>6}{'kB sent':>9}" + "".join(f"{name:>16}" for name in SCORES))
    for one in visits:
        scores = "".join(f"{one.scores[name]:>16.0f}" if one.scores else f"{'-':>16}" for name in SCORES)
        print(f"{one.address[:41]:<42}{one.files:>6}{one.size / 1000:>9.1f}{scores}")
    print(f"goals: under {MOST_BYTES // 1000} kB, each score {LEAST_SCORE} or more")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
