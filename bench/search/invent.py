"""Invent believable editions, works and copies. The same seed gives the same rows, chunk by chunk.

Nothing here depends on another chunk, so chunks can be made in any order, by several processes, or one day apart.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from bench.search import vocabulary
from bench.search.rows import CopyRow, TitleRow, clean
from bench.search.vocabulary import Weighted, weighted, zipf

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CHUNK = 10_000  # titles
COPIES_FOR_TITLES = 1.6
TITLES_FOR_AGENTS, TITLES_FOR_SUBJECTS = 4, 50
FEWEST_SUBJECTS, MOST_SUBJECTS = 500, 20_000
MOST_REAL = 10  # at most one title in so many is one of ours
SHARED = 0.064  # of works have more than one edition: then 15 % of titles share a work
EDITIONS = weighted({2: 62, 3: 22, 4: 9, 5: 4, 7: 3})
HOW_MANY_SUBJECTS = weighted({0: 10, 1: 38, 2: 33, 3: 15, 4: 4})
HOW_MANY_AUTHORS = weighted({0: 6, 1: 70, 2: 18, 3: 6})
STATUSES = weighted({"available": 815, "on_loan": 140, "in_process": 6, "in_repair": 4, "missing": 10, "withdrawn": 25})
LYING = ("available", "in_process", "in_repair")
TODAY = date(2026, 11, 22)
AUTHOR_OF = {"dvd": "director", "cd": "performer", "score": "composer", "magazine": "editor", "map": "other"}
TRANSLATED_FROM = weighted({"eng": 60, "fre": 15, "ger": 9, "spa": 8, "por": 2, "rus": 4, "chi": 1, "ara": 1})
MOST_LOANS_FOR_ROOT = 2.2  # a year, of the first title, for each root of the number of titles: a loan a title in all
LOANS_EXPONENT = 0.62


@dataclass
class Real:
    """A title of our own demonstrative catalogue, which becomes one of the popular ones."""

    row: TitleRow
    people: list[tuple[str, str]]  # name, role
    subjects: list[str]
    copies: int


@dataclass
class World:
    """What all chunks share: who there is, what is written about, where the copies are."""

    seed: int
    size: int
    agents: list[str]
    subjects: list[str]
    by_language: dict[str, Weighted]  # numbers of agents
    about: Weighted  # numbers of subjects
    series: dict[str, Weighted]  # by publisher
    branches: Weighted
    real: dict[int, Real]  # by the number of the title they become
    numbers: dict[str, dict[str, int]]  # of agents and subjects, by name

    def chunks(self) -> int:
        """Return how many chunks there are."""
        return -(-self.size // CHUNK)


def make_world(size: int, seed: int, branches: Sequence[str], real: Sequence[Real]) -> World:
    """Return a world for so many titles. `branches` come in the order of the network's file, the central one first."""
    rng = random.Random(f"{seed} world")
    languages = weighted(vocabulary.LANGUAGES)
    agents: dict[str, int] = {}
    by_language: dict[str, list[int]] = {language: [] for language in vocabulary.LANGUAGES}
    for one in real:
        for name, _role in one.people:
            if name not in agents:
                agents[name] = len(agents) + 1
                by_language["ita" if one.row.language == "ita" else "eng"].append(agents[name])
    while len(agents) < max(2000, size // TITLES_FOR_AGENTS):
        language = draw(rng, languages)
        name = _name(rng, language)
        if name not in agents:
            agents[name] = len(agents) + 1
            by_language[language].append(agents[name])
    subjects = dict.fromkeys(chain.from_iterable(one.subjects for one in real))
    known = len(subjects)
    words = vocabulary.words("ita")
    towns, heads, aspects = (zipf(each, 0.9, 2) for each in (vocabulary.TOWNS, vocabulary.HEADS, vocabulary.ASPECTS))
    while len(subjects) < known + min(MOST_SUBJECTS, max(FEWEST_SUBJECTS, size // TITLES_FOR_SUBJECTS)):
        heading = draw(rng, heads) if rng.random() < 0.55 else draw(rng, words).capitalize()
        heading += f" - {draw(rng, towns)}" if rng.random() < 0.4 else ""
        heading += f" - {draw(rng, aspects)}" if rng.random() < 0.55 else ""
        subjects[heading] = None
    numbers = list(range(1, len(subjects) + 1))
    rng.shuffle(numbers)
    for each in by_language.values():
        rng.shuffle(each)
    ranks = sorted(range(len(real)), key=lambda one: (-real[one].copies, one))[: size // MOST_REAL]
    apart = max(1, size // max(1, len(ranks)))
    return World(
        seed=seed,
        size=size,
        agents=list(agents),
        subjects=list(subjects),
        by_language={language: zipf(each, 0.75, 15) for language, each in by_language.items()},
        about=zipf(numbers, 0.9, 6),
        series={name: _series(rng, name) for each in vocabulary.PUBLISHERS.values() for name, _town, _weight in each},
        branches=weighted({code: 12.0 if n == 0 else 5 / (n + 4) ** 0.5 for n, code in enumerate(branches)}),
        real={1 + place * apart: real[one] for place, one in enumerate(ranks) if 1 + place * apart <= size},
        numbers={
            "agents": agents,
            "subjects": {heading: number for number, heading in enumerate(subjects, 1)},
        },
    )


def draw(rng: random.Random, among: Weighted):
    """Return one of the things, by weight."""
    return rng.choices(among.things, cum_weights=among.sums)[0]


def _name(rng: random.Random, language: str) -> str:
    given, family = vocabulary.names(language)
    if language == "chi":
        return f"{rng.choice(family)}, {rng.choice(given)}"
    second = f" {rng.choice(given)}" if rng.random() < 0.15 else ""
    return clean(f"{rng.choice(family)}, {rng.choice(given)}{second}")


def _series(rng: random.Random, publisher: str) -> Weighted:
    words = vocabulary.words("ita")
    heads = rng.choices(vocabulary.SERIES_HEADS, k=40)
    return zipf(list(dict.fromkeys(
        (f"{head} {draw(rng, words)}" if rng.random() < 0.7 else f"{head} {publisher}") for head in heads
    )), 1.0, 2)  # fmt: skip


class Chunk:
    """One chunk of the catalogue: titles from `first` to `last`."""

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.rng = random.Random(f"{world.seed} chunk {number}")
        self.first = number * CHUNK + 1
        self.last = min(world.size, self.first + CHUNK - 1)
        self.pools: dict[int, Iterator] = {}

    def _next(self, among: Weighted):
        """Return one of the things, by weight: drawn a thousand at a time, which is much faster."""
        pool = self.pools.get(id(among))
        if pool is None:
            pool = self.pools[id(among)] = _drawn(self.rng, among)
        return next(pool)

    def titles(self) -> list[TitleRow]:
        """Return the chunk's titles."""
        rows: list[TitleRow] = []
        number = self.first
        while number <= self.last:
            if number in self.world.real:
                rows.append(self._real(number))
                number += 1
                continue
            editions = self._next(EDITIONS) if self.rng.random() < SHARED else 1
            first = self._title(number)
            rows.append(first)
            while editions > 1 and number < self.last and number + 1 not in self.world.real:
                editions -= 1
                number += 1
                rows.append(self._other_edition(first, number))
            number += 1
        return rows

    def copies(self, titles: Sequence[TitleRow]) -> list[CopyRow]:
        """Return the copies of the chunk's titles: one of each at least, the rest where they are asked for."""
        rng, world = self.rng, self.world
        before, after = (round(COPIES_FOR_TITLES * count) for count in (self.first - 1, self.last))
        weights = [(int(one.popularity) + 1) ** 0.6 for one in titles]
        owners = [*titles, *rng.choices(titles, weights=weights, k=max(0, after - before - len(titles)))]
        owners.sort(key=lambda one: int(one.id))
        rows = []
        for number, one in enumerate(owners, before + 1):
            status = self._next(STATUSES)
            earliest = date(max(1990, min(2026, int(one.year or 1990))), 1, 1)
            added = max(earliest, TODAY - timedelta(days=int(rng.expovariate(1 / 2600))))
            rows.append(CopyRow(
                id=str(number),
                title=one.id,
                barcode=f"BM{number:09d}",
                branch=self._next(world.branches),
                status=status,
                is_lendable="f" if rng.random() < 0.04 else "t",
                shelf_mark=f"{one.dewey[:3]} {one.title[:3].upper()}".strip(),
                added_on=min(added, TODAY).isoformat(),
            ))  # fmt: skip
        return rows

    def _real(self, number: int) -> TitleRow:
        real, numbers = self.world.real[number], self.world.numbers
        people = dict.fromkeys(f"{numbers['agents'][name]}:{role}" for name, role in real.people)
        headings = dict.fromkeys(str(numbers["subjects"][one]) for one in real.subjects)
        rank = 1 + 3 * (number * len(self.world.real) // self.world.size) + self.rng.random()
        return real.row._replace(
            id=str(number),
            work=real.row.work_key,
            control_number=f"R{number:08d}",
            people=" ".join(people),
            subjects=" ".join(headings),
            popularity=str(self._loans(rank)),
            added_on=self._arrival(real.row.year),
        )

    def _title(self, number: int) -> TitleRow:
        rng = self.rng
        language = self._next(_LANGUAGES)
        material = self._next(_MATERIALS)
        from_language = self._next(TRANSLATED_FROM) if language == "ita" and rng.random() < 0.3 else ""
        title = self._shaped(vocabulary.SHAPES, language)
        subtitle = self._shaped(vocabulary.SUBTITLES, language) if rng.random() < 0.42 else ""
        role = AUTHOR_OF.get(material, "author")
        people = [
            f"{self._next(self.world.by_language[from_language or language])}:{role}"
            for _one in range(self._next(HOW_MANY_AUTHORS))
        ]
        if from_language and people and role == "author":
            people.append(f"{self._next(self.world.by_language['ita'])}:translator")
        if language != "zxx" and material in ("cd", "score") and rng.random() < 0.6:
            language = "zxx"
        year = max(vocabulary.EARLIEST.get(material, 0), 2026 - min(int(rng.expovariate(1 / 21)), 420))
        headings = dict.fromkeys(str(self._next(self.world.about)) for _one in range(self._next(HOW_MANY_SUBJECTS)))
        return self._published(
            TitleRow(
                id=str(number),
                work=str(number),
                work_key=f"b{number}",
                control_number=f"B{number:08d}",
                title=title,
                subtitle=subtitle,
                original_title=self._shaped(vocabulary.SHAPES, from_language) if from_language else "",
                responsibility=self._responsibility(people),
                edition="",
                publisher="",
                published_in="",
                year=str(year),
                extent="",
                series="",
                series_number="",
                language=language,
                material=material,
                audience=self._next(_AUDIENCES),
                isbns="",
                dewey=self._dewey(language, material),
                people=" ".join(dict.fromkeys(people)),
                subjects=" ".join(headings),
                added_on=self._arrival(str(year)),
                popularity=str(self._loans(1 + rng.random() * self.world.size)),
            )
        )

    def _other_edition(self, first: TitleRow, number: int) -> TitleRow:
        rng = self.rng
        year = min(2026, max(1500, int(first.year)) + rng.randrange(31))
        row = first._replace(
            id=str(number),
            control_number=f"B{number:08d}",
            year=str(year),
            added_on=self._arrival(str(year)),
            popularity=str(self._loans(1 + rng.random() * self.world.size)),
        )
        kind = rng.random()
        if kind < 0.25 and first.material == "book" and first.language in vocabulary.LANGUAGES:
            language = self._next(_LANGUAGES)
            if language != first.language:
                translator = f"{self._next(self.world.by_language[language])}:translator"
                people = [one for one in first.people.split() if not one.endswith(":translator")]
                row = row._replace(
                    language=language,
                    title=self._shaped(vocabulary.SHAPES, language),
                    subtitle="",
                    original_title=first.original_title or first.title,
                    people=" ".join(dict.fromkeys([*people, translator])),
                )
        elif kind < 0.4 and first.material == "book":
            row = row._replace(material=rng.choice(("audiobook", "dvd", "comic")))
        return self._published(row._replace(edition=f"{rng.randrange(2, 9)}. ed." if kind > 0.7 else ""))

    def _published(self, row: TitleRow) -> TitleRow:
        """Return the edition with what its publisher gives it."""
        rng = self.rng
        publisher, town, _weight = self._next(_PUBLISHERS.get(row.language, _PUBLISHERS["ita"]))
        has_isbn = row.material in ("book", "comic", "audiobook", "map") and int(row.year) > 1968
        series = self._next(self.world.series[publisher]) if rng.random() < 0.34 else ""
        return row._replace(
            publisher=publisher,
            published_in=town,
            extent=vocabulary.EXTENTS[row.material].format(int(rng.triangular(20, 900, 180))),
            series=series,
            series_number=str(rng.randrange(1, 400)) if series and rng.random() < 0.5 else "",
            isbns=isbn(row.language, int(row.id)) if has_isbn else "",
        )

    def _shaped(self, shapes: dict, language: str) -> str:
        """Return a title or a subtitle in a language."""
        spoken = language if language in shapes else "eng" if shapes is vocabulary.SUBTITLES else "ita"
        words = vocabulary.words(spoken if spoken in vocabulary.WORDS_OF else "ita")
        made = []
        for sign in self._next(_SHAPES[id(shapes)][spoken]):
            if sign == "\0W":
                made.append(self._next(words))
            elif sign == "\0C":
                made.append(self._next(words).capitalize())
            elif sign == "\0P":
                made.append(self._next(_TOWNS))
            elif sign == "\0Y":
                made.append(str(self.rng.randrange(1861, 2026)))
            else:
                made.append(sign)
        return "".join(made)

    def _responsibility(self, people: Sequence[str]) -> str:
        names = [self.world.agents[int(one.partition(":")[0]) - 1] for one in people if one.endswith(":author")]
        return ", ".join(" ".join(reversed(name.split(", "))) for name in dict.fromkeys(names))

    def _dewey(self, language: str, material: str) -> str:
        if material in ("cd", "score", "videogame", "other"):
            return ""
        if self.rng.random() < 0.5:
            return {"ita": "853.92", "eng": "823.92", "fre": "843.92", "ger": "833.92"}.get(language, "808.83")
        return f"{self.rng.randrange(1000):03d}.{self.rng.randrange(100)}"

    def _loans(self, rank: float) -> int:
        """Return the loans of a year of the title that so many titles are ahead of."""
        return int(MOST_LOANS_FOR_ROOT * self.world.size**0.5 / rank**LOANS_EXPONENT)

    def _arrival(self, year: str) -> str:
        published = date(max(1990, min(2026, int(year or 1990))), 1, 1)
        return min(TODAY, published + timedelta(days=int(self.rng.expovariate(1 / 300)))).isoformat()


def isbn(language: str, number: int) -> str:
    """Return an ISBN-13 with its right check digit, another for each number."""
    group = vocabulary.ISBN_GROUPS.get(language, vocabulary.ISBN_GROUPS["ita"])
    digits = group + f"{number:0{12 - len(group)}d}"[-(12 - len(group)):]  # fmt: skip
    return digits + str(-sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(digits)) % 10)


def _drawn(rng: random.Random, among: Weighted) -> Iterator:
    while True:
        yield from rng.choices(among.things, cum_weights=among.sums, k=1000)


def _parsed(shape: str) -> tuple[str, ...]:
    """Return a shape cut into texts and signs: 'Il W di W' -> 'Il ', W, ' di ', W."""
    parts: list[str] = []
    for place, letter in enumerate(shape):
        around = shape[place - 1 : place] + shape[place + 1 : place + 2]
        if letter in "WCPY" and not any(one.isalpha() and one.isascii() and one not in "WCPY" for one in around):
            parts.append("\0" + letter)
        elif parts and not parts[-1].startswith("\0"):
            parts[-1] += letter
        else:
            parts.append(letter)
    return tuple(parts)


_LANGUAGES = weighted(vocabulary.LANGUAGES)
_MATERIALS = weighted(vocabulary.MATERIALS)
_AUDIENCES = weighted(vocabulary.AUDIENCES)
_TOWNS = zipf(vocabulary.TOWNS, 1.0, 1)
_PUBLISHERS = {language: weighted({one: one[2] for one in each}) for language, each in vocabulary.PUBLISHERS.items()}
_SHAPES = {
    id(shapes): {language: weighted({_parsed(one): weight for one, weight in each.items()})
                 for language, each in shapes.items()}
    for shapes in (vocabulary.SHAPES, vocabulary.SUBTITLES)
}  # fmt: skip
