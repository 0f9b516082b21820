"""The design system's sheet without what no page can use; and answers sent compressed."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from milanolib.middleware import CompressionMiddleware
from milanolib.theme import PACKAGE, SHEET, ThemeFinder, reduced

RULES = """/*! Licence */ /* a note */
.used{color:red}.unused{color:red}.used .unused,.used,p{margin:0}.used:not(.unused){top:0}
#used{left:0}#unused{left:0}[data-unused]{top:1px}[type=text]{top:2px}
@media print{.unused{color:blue}}@media screen{.unused{color:blue}.used{animation:turn 1s}}
@keyframes turn{to{top:0}}@keyframes still{to{top:0}}@font-face{font-family:"One"}"""


def test_rules_stay_if_a_page_may_hold_what_they_ask_for():
    assert reduced(RULES, {"used"}) == (
        "/*! Licence */\n"
        ".used{color:red}.used,p{margin:0}.used:not(.unused){top:0}#used{left:0}[type=text]{top:2px}"
        '@media screen{.used{animation:turn 1s}}@font-face{font-family:"One"}@keyframes turn{to{top:0}}'
    )


def test_the_sheet_is_found_as_a_file_and_listed_for_collecting():
    found = Path(finders.find(SHEET))
    listed = dict(ThemeFinder().list(None))

    text = found.read_text(encoding="utf-8")
    assert Path(listed[SHEET].path(SHEET)) == found
    assert ".btn-primary" in text
    assert ".visually-hidden" in text
    assert "BSD-3-Clause" in text
    assert len(gzip.compress(text.encode())) < 30_000


def test_every_file_that_the_sheet_names_stands_beside_it():
    text = Path(finders.find(SHEET)).read_text(encoding="utf-8")
    named = {one for one in re.findall(r"""url\(["']?([^"')]+)""", text) if not one.startswith(("data:", "#"))}

    assert [one for one in named if not finders.find(f"css/{one}".replace("css/../", "").partition("?")[0])] == []


def test_no_page_asks_for_the_whole_sheet(settings):
    asking = [
        path.name
        for path in Path(settings.BASE_DIR, "templates").rglob("*.html")
        if "bootstrap-italia" in path.read_text(encoding="utf-8")
    ]

    assert finders.find("css/bootstrap-italia.min.css"), f"{PACKAGE} has moved its sheet"
    assert asking == []


def answer(response, method="get", **headers):
    request = getattr(RequestFactory(), method)("/", headers={"Accept-Encoding": "gzip", **headers})
    return CompressionMiddleware(lambda _request: response)(request)


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "image/svg+xml", "application/geo+json", "text/css"])
def test_text_is_sent_compressed(kind):
    sent = answer(HttpResponse("a" * 1000, content_type=kind))

    assert sent["Content-Encoding"] == "gzip"
    assert gzip.decompress(sent.content) == b"a" * 1000


def test_a_file_of_text_is_compressed_as_it_is_read():
    sent = answer(StreamingHttpResponse(iter([b"a" * 500, b"b" * 500]), content_type="text/css"))

    assert gzip.decompress(b"".join(sent.streaming_content)) == b"a" * 500 + b"b" * 500


def test_pictures_parts_and_headers_alone_are_sent_as_they_are():
    picture = answer(HttpResponse(b"a" * 1000, content_type="image/webp"))
    part = answer(HttpResponse(b"a" * 1000, content_type="text/css", status=206))
    head = answer(HttpResponse(b"a" * 1000, content_type="text/html"), method="head")
    collected = answer(HttpResponse(b"a" * 1000, content_type="text/css", headers={"Content-Encoding": "br"}))

    assert [one.get("Content-Encoding") for one in (picture, part, head, collected)] == [None, None, None, "br"]


def test_robots_are_kept_from_what_belongs_to_somebody(client):
    sent = client.get("/robots.txt")

    assert sent["Content-Type"].startswith("text/plain")
    assert "Disallow: /mio/\n" in sent.text
    assert "Disallow: /\n" not in sent.text
