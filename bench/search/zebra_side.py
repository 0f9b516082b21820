"""The same catalogue in Zebra, the engine behind most free library systems, asked over Z39.50 as they ask it.

Its programs come from the distribution (`PACKAGES`); where they are missing, `missing()` says so and the benchmark
goes on without. Words are folded but not stemmed, which Zebra leaves to others; what is asked for most comes first.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from bench.search.tantivy_side import PER_PAGE, WHOLE, Answer
from catalog.keys import folded, isbn13, title_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bench.search.rows import Folder, TitleRow

PACKAGES = "idzebra-2.0 yaz"
CONFIGURATION = Path(__file__).resolve().parent / "zebra"
FACETS = ("material", "language", "decade", "audience", "author", "subject", "place", "series")
LAST = 10_000_000  # of the numbers in order of which titles come: the more borrowed, the earlier
BATCH = 10_000  # records in a file
COMPLETED = "@attr 5=1"  # the beginning of a word
ONE_WRONG = "@attr 4=104 @attr 5=103"  # in the index of folded words, as a pattern that forgives one error
OPENING = '<collection xmlns="http://www.loc.gov/MARC21/slim">\n'


class ZebraRefused(Exception):
    """The server answered with a diagnostic."""


def missing() -> str:
    """Return what this machine lacks, '' when nothing."""
    has_all = shutil.which("zebraidx") and shutil.which("zebrasrv") and ctypes.util.find_library("yaz")
    return "" if has_all else f"Zebra is left out; on Debian: apt-get install -y --no-install-recommends {PACKAGES}"


def build(folder: Folder, place: Path) -> float:
    """Make the index unless it is there; return the seconds it took, the writing of the records left out."""
    if (place / WHOLE).exists():
        return 0.0
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(CONFIGURATION, place)
    (place / "register").mkdir()
    records = place / "records"
    records.mkdir()
    _write_records(folder, records)
    started = time.perf_counter()
    for command in (["init"], ["update", "records"], ["commit"]):
        argv = ["zebraidx", "-c", "zebra.cfg", "-v", "none", *command]
        subprocess.run(argv, cwd=place, check=True, stdin=subprocess.DEVNULL)
    took = time.perf_counter() - started
    shutil.rmtree(records)
    (place / WHOLE).touch()
    return took


def size(place: Path) -> int:
    """Return the bytes of the index, which holds the records too."""
    return sum(one.stat().st_size for one in (place / "register").iterdir())


def _write_records(folder: Folder, place: Path) -> None:
    """Write the titles as MARCXML, ten thousand to a file."""
    agents, subjects = folder.names("agents"), folder.names("subjects")
    shelves: dict[str, set[str]] = {}
    for copy in folder.copies():
        if copy.status != "withdrawn":
            shelves.setdefault(copy.title, set()).add(copy.branch)
    batch: list[str] = []
    number = 0
    for row in folder.titles():
        batch.append(_record(row, agents, subjects, sorted(shelves.get(row.id, ()))))
        if len(batch) == BATCH:
            _write(place / f"{number:04d}.xml", batch)
            batch, number = [], number + 1
    if batch:
        _write(place / f"{number:04d}.xml", batch)


def _write(path: Path, records: list[str]) -> None:
    path.write_text(OPENING + "".join(records) + "</collection>\n", encoding="utf-8")


def _record(row: TitleRow, agents: list[str], subjects: list[str], places: Iterable[str]) -> str:
    fields = [
        *(("010", {"a": one}) for one in row.isbns.split()),
        ("101", {"a": row.language}),
        ("200", {"a": row.title, "e": row.subtitle, "f": row.responsibility}),
        ("210", {"a": row.published_in, "c": row.publisher, "d": row.year}),
        ("225", {"a": row.series}),
        ("500", {"a": row.original_title}),
        *(("606", {"a": subjects[one]}) for one in row.headings()),
        *(("701", {"a": agents[one], "4": role}) for one, role in row.agents()),
        (
            "990",
            {
                "k": title_key(row.title), "m": row.material, "l": row.language, "a": row.audience,
                "d": f"{row.year[:-1]}0" if row.year else "", "p": str(LAST - int(row.popularity)),
            },
        ),
        *(("995", {"b": place}) for place in places),
    ]  # fmt: skip
    return (
        f"<record><leader>00000nam0 2200000   450 </leader><controlfield tag='001'>{row.id}</controlfield>"
        + "".join(_field(tag, subfields) for tag, subfields in fields)
        + "</record>\n"
    )


def _field(tag: str, subfields: dict[str, str]) -> str:
    inside = "".join(f"<subfield code='{code}'>{escape(text)}</subfield>" for code, text in subfields.items() if text)
    return f"<datafield tag='{tag}' ind1=' ' ind2=' '>{inside}</datafield>" if inside else ""


class Server:
    """A server on a socket of its own, while the benchmark runs."""

    def __init__(self, place: Path) -> None:
        self.socket = place / "socket"
        self.socket.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            ["zebrasrv", "-v", "none", "-c", "zebra.cfg", f"unix:{self.socket}"], cwd=place, stdin=subprocess.DEVNULL
        )
        for _try in range(100):
            if self.socket.exists():
                return
            time.sleep(0.05)
        raise ZebraRefused("zebrasrv does not answer")

    def stop(self) -> None:
        """End the server."""
        self.process.terminate()
        self.process.wait()


class ZebraSide:
    """One client, over YAZ's own library."""

    def __init__(self, server: Server, *, has_facets: bool) -> None:
        self.has_facets = has_facets
        self.name = "Zebra" if has_facets else "Zebra, no facets"
        self.yaz = _library()
        self.connection = self.yaz.ZOOM_connection_create(None)
        for name, value in (
            ("preferredRecordSyntax", "xml"), ("presentChunk", str(PER_PAGE)), ("count", str(PER_PAGE)),
            ("elementSetName", "F"), ("timeout", "60"),
        ):  # fmt: skip
            self.yaz.ZOOM_connection_option_set(self.connection, name.encode(), value.encode())
        self.yaz.ZOOM_connection_connect(self.connection, f"unix:{server.socket}".encode(), 0)
        self._must_be_well()

    def search(self, text: str) -> Answer:
        """Return the first page with its records, the count and the facets; what is named exactly so comes first."""
        number = isbn13(text)
        if number:
            return self._answer(f'@attr 1=isbn @attr 4=3 "{number}"', [])
        words = folded(text).split()
        if not words:
            return Answer([], 0, 0)
        exact = self._ids(f'@attr 1=key @attr 4=3 "{title_key(text)}"')
        answer = Answer([], 0, 0)
        for query in _queries(words):
            answer = self._answer(query, exact)
            if answer.count:
                break
        return answer

    def _ids(self, query: str) -> list[int]:
        return self._answer(query, [], with_facets=False).title_ids

    def _answer(self, query: str, first: list[int], *, with_facets: bool = True) -> Answer:
        result = self.yaz.ZOOM_connection_search_pqf(self.connection, query.encode())
        try:
            self._must_be_well()
            count = self.yaz.ZOOM_resultset_size(result)
            found = [self._number(result, place) for place in range(min(count, PER_PAGE))]
            ids = list(dict.fromkeys([*first, *found]))[:PER_PAGE] if count else []
            facets = self._facets(result) if with_facets and self.has_facets and count else 0
        finally:
            self.yaz.ZOOM_resultset_destroy(result)
        return Answer(ids, count, facets)

    def _number(self, result: int, place: int) -> int:
        """Return the number of a record on the page, which is fetched whole."""
        text = self._fetched(result, place)
        start = text.index(b">", text.index(b'tag="001"')) + 1
        return int(text[start : text.index(b"<", start)])

    def _facets(self, result: int) -> int:
        """Return how many values of facets came: they are fetched as a record of their own kind."""
        wanted = ",".join(f"{name}:0" for name in FACETS)
        self.yaz.ZOOM_resultset_option_set(result, b"elementSetName", f"zebra::facet::{wanted}".encode())
        return self._fetched(result, 0).count(b"<term ")

    def _fetched(self, result: int, place: int) -> bytes:
        length = ctypes.c_int()
        record = self.yaz.ZOOM_resultset_record(result, place)
        self._must_be_well()
        text = self.yaz.ZOOM_record_get(record, b"raw", ctypes.byref(length))
        if not text:
            raise ZebraRefused("An empty record came.")
        return ctypes.string_at(text, length.value)

    def _must_be_well(self) -> None:
        said, more = ctypes.c_char_p(), ctypes.c_char_p()
        if self.yaz.ZOOM_connection_error(self.connection, ctypes.byref(said), ctypes.byref(more)):
            raise ZebraRefused(f"{said.value!r} {more.value!r}")


def _queries(words: list[str]) -> Iterator[str]:
    """Give the query for all words, then with the last completed, then with one letter of the longer ones wrong."""
    yield _all(f'@attr 1=any "{word}"' for word in words)
    *whole, last = words
    yield _all([*(f'@attr 1=any "{word}"' for word in whole), f'@attr 1=any {COMPLETED} "{last}"'])
    yield _all(f'@attr 1=any {ONE_WRONG if len(word) > 3 else ""} "{word}"' for word in words)


def _all(parts: Iterable[str]) -> str:
    joined = list(parts)
    return "@and " * (len(joined) - 1) + " ".join(joined)


def _library() -> ctypes.CDLL:
    yaz = ctypes.CDLL(ctypes.util.find_library("yaz"))
    pointer, text = ctypes.c_void_p, ctypes.c_char_p
    shapes = {
        "ZOOM_connection_create": (pointer, [pointer]),
        "ZOOM_connection_option_set": (None, [pointer, text, text]),
        "ZOOM_connection_connect": (None, [pointer, text, ctypes.c_int]),
        "ZOOM_connection_search_pqf": (pointer, [pointer, text]),
        "ZOOM_connection_error": (ctypes.c_int, [pointer, ctypes.POINTER(text), ctypes.POINTER(text)]),
        "ZOOM_resultset_size": (ctypes.c_size_t, [pointer]),
        "ZOOM_resultset_option_set": (None, [pointer, text, text]),
        "ZOOM_resultset_record": (pointer, [pointer, ctypes.c_size_t]),
        "ZOOM_resultset_destroy": (None, [pointer]),
        "ZOOM_record_get": (pointer, [pointer, text, ctypes.POINTER(ctypes.c_int)]),
    }
    for name, (answer, given) in shapes.items():
        function = getattr(yaz, name)
        function.restype, function.argtypes = answer, given
    return yaz
