"""The invented catalogue as files: what every engine is fed from, before any of them has seen it.

A folder holds `agents.tsv`, `subjects.tsv`, and for each chunk `titles-NNNN.tsv` and `copies-NNNN.tsv`. Fields never
hold a tab, a line's end or a backslash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

UNCLEAN = str.maketrans({"\t": " ", "\n": " ", "\r": " ", "\\": "/", "\x00": " "})


class TitleRow(NamedTuple):
    """One edition. `people` is 'agent:role ...', `subjects` and `isbns` are parted by blanks."""

    id: str
    work: str
    work_key: str
    control_number: str
    title: str
    subtitle: str
    original_title: str
    responsibility: str
    edition: str
    publisher: str
    published_in: str
    year: str
    extent: str
    series: str
    series_number: str
    language: str
    material: str
    audience: str
    isbns: str
    dewey: str
    people: str
    subjects: str
    added_on: str
    popularity: str

    def agents(self) -> list[tuple[int, str]]:
        """Return who did what: the agent's number and the role."""
        return [(int(agent), role) for agent, _colon, role in (one.partition(":") for one in self.people.split())]

    def headings(self) -> list[int]:
        """Return the numbers of its subjects."""
        return [int(one) for one in self.subjects.split()]


class CopyRow(NamedTuple):
    """One copy. `branch` is a code of data/network.json."""

    id: str
    title: str
    barcode: str
    branch: str
    status: str
    is_lendable: str
    shelf_mark: str
    added_on: str


class Folder:
    """The files of one invented catalogue."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def chunk(self, kind: str, number: int) -> Path:
        """Return the file of a chunk of 'titles' or 'copies'."""
        return self.path / f"{kind}-{number:04d}.tsv"

    def chunks(self) -> int:
        """Return how many chunks there are."""
        return len(list(self.path.glob("copies-*.tsv")))

    def titles(self) -> Iterator[TitleRow]:
        """Give all titles in order."""
        for path in sorted(self.path.glob("titles-*.tsv")):
            yield from read(path, TitleRow)

    def copies(self) -> Iterator[CopyRow]:
        """Give all copies in order."""
        for path in sorted(self.path.glob("copies-*.tsv")):
            yield from read(path, CopyRow)

    def names(self, kind: str) -> list[str]:
        """Return the names of 'agents' or 'subjects'; the first, which nobody has, is ''."""
        return ["", *self.path.joinpath(f"{kind}.tsv").read_text(encoding="utf-8").splitlines()]


def read(path: Path, kind: type) -> Iterator:
    """Give the rows of a file."""
    with path.open(encoding="utf-8", newline="\n") as stream:
        for line in stream:
            yield kind(*line.rstrip("\n").split("\t"))


def write(path: Path, lines: Iterable[str]) -> None:
    """Write a file whole or not at all."""
    part = path.with_suffix(".part")
    part.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
    part.rename(path)


def clean(text: str) -> str:
    """Return a text that can stand in a field."""
    return text.translate(UNCLEAN).strip()
