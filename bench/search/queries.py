"""Two hundred searches as readers make them, drawn from the catalogue that is loaded.

    python -m bench.search.queries [TITLES] [--seed N] [--folder PATH] [--held-out]

prints them. Titles are drawn by how much they are borrowed. The held-out set has another seed: nothing is tuned on it.
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from bench.search import generate
from bench.search.rows import Folder, TitleRow, write
from catalog.keys import folded, title_key

if TYPE_CHECKING:
    from collections.abc import Iterator

TUNED, HELD_OUT = "queries", "queries held out"
HOW_MANY = {
    "common": 25, "rare": 20, "very common": 15, "author": 25, "title": 25, "typo": 25, "prefix": 25, "two words": 25,
    "ISBN": 15,
}  # fmt: skip
COMMON = (0.002, 0.02)  # of all titles have the word
RARE = (2, 20)  # titles have the word
VERY_COMMON = 24  # of the words that most titles have: among these some are drawn, alone and in pairs
LATIN = re.compile(r"[a-z ]+")
# Words that say nothing, in the languages of the shapes of titles: no reader searches for them alone.
EMPTY = frozenset(
    {
        "alla",
        "alle",
        "agli",
        "della",
        "delle",
        "dello",
        "degli",
        "dalla",
        "dalle",
        "nella",
        "nello",
        "nelle",
        "sulla",
        "sulle",
    }
    | {
        "senza",
        "quando",
        "dove",
        "oltre",
        "tutti",
        "dans",
        "from",
        "with",
        "your",
        "what",
        "that",
        "this",
        "into",
        "over",
    }
    | {"under", "para", "como", "avec", "pour", "sans", "eine", "einer", "nicht", "auch", "wird"}
)
TAPPED = "aeiorstnl"  # letters that slip in


class Search(NamedTuple):
    """What somebody types, and what should come first: a title's key or, for an ISBN, its number."""

    kind: str
    text: str
    key: str = ""
    title_id: int = 0


def main(arguments: list[str]) -> int:
    parser = generate.parser()
    parser.add_argument("--held-out", action="store_true")
    options = parser.parse_args(arguments)
    folder = Folder(options.folder / generate.catalogue_name(options.size, options.seed))
    for one in make_searches(folder, options.seed, HELD_OUT if options.held_out else TUNED):
        print("\t".join(map(str, one)))
    return 0


def make_searches(folder: Folder, seed: int, name: str) -> list[Search]:
    """Return the searches, always the same ones for a catalogue, a seed and a name."""
    drawer = _Drawer(folder, random.Random(f"{seed} {name}"))
    makers = {
        "common": drawer.common, "rare": drawer.rare, "very common": drawer.very_common, "author": drawer.author,
        "title": drawer.title, "typo": drawer.typo, "prefix": drawer.prefix, "two words": drawer.two_words,
        "ISBN": drawer.isbn,
    }  # fmt: skip
    made: dict[str, Search] = {}
    for kind, wanted in HOW_MANY.items():
        fresh = (one for one in iter(makers[kind], None) if one.text not in made)
        for _number in range(wanted):
            one = next(fresh)
            made[one.text] = one
    return list(made.values())


def prefixes(searches: list[Search], seed: int) -> list[str]:
    """Return beginnings of one to six letters, as they reach the suggestions while somebody types."""
    rng = random.Random(f"{seed} prefixes")
    texts = [one.text for one in searches if one.kind in ("title", "author", "common")]
    return [text[:length] for text in rng.sample(texts, min(40, len(texts))) for length in range(1, 7)]


class _Drawer:
    def __init__(self, folder: Folder, rng: random.Random) -> None:
        self.rng = rng
        self.agents = folder.names("agents")
        self.rows = list(folder.titles())
        self.sums = list(accumulate(int(one.popularity) for one in self.rows))
        self.words = _words(folder)
        size = len(self.rows)
        known = [(word, count) for word, count in self.words.items() if len(word) > 3 and LATIN.fullmatch(word)]
        known = [(word, count) for word, count in known if word not in EMPTY]
        self.common_words = [word for word, count in known if COMMON[0] * size <= count <= COMMON[1] * size]
        self.rare_words = [word for word, count in known if RARE[0] <= count <= RARE[1]]
        self.top = [word for word, _count in sorted(known, key=lambda one: (-one[1], one[0]))[:VERY_COMMON]]

    def row(self) -> TitleRow:
        """Return a title, the more borrowed the likelier."""
        return self.rng.choices(self.rows, cum_weights=self.sums)[0]

    def common(self) -> Search:
        return Search("common", self.rng.choice(self.common_words))

    def rare(self) -> Search:
        return Search("rare", self.rng.choice(self.rare_words))

    def very_common(self) -> Search:
        return Search("very common", " ".join(self.rng.sample(self.top, 1 if self.rng.random() < 0.7 else 2)))

    def author(self) -> Search:
        names = (self._author() for _each in iter(int, 1))
        family, _comma, given = next(name for name in names if ", " in name).partition(", ")
        order = self.rng.choice((f"{given} {family}", f"{family} {given}", family))
        return Search("author", order.lower())

    def title(self) -> Search:
        row = next(row for row in iter(self.row, None) if 2 <= len(row.title.split()) <= 8)
        return Search("title", row.title.lower(), title_key(row.title))

    def typo(self) -> Search:
        while True:
            row = self.row()
            words = row.title.lower().split()[:6]
            place = max(range(len(words)), key=lambda one: len(words[one]))
            wrong = self._mistyped(words[place])
            if len(words[place]) < 6 or not LATIN.fullmatch(words[place]) or wrong in self.words:
                continue
            is_whole = len(row.title.split()) == len(words)
            words[place] = wrong
            return Search("typo", " ".join(words), title_key(row.title) if is_whole else "")

    def prefix(self) -> Search:
        while True:
            row = self.row()
            text = folded(row.title if self.rng.random() < 0.7 else self._author(row))
            text = text[: self.rng.randrange(4, 17)].strip()
            if len(text) > 3 and len(text.split()[-1]) > 2:
                return Search("prefix", text)

    def two_words(self) -> Search:
        while True:
            row = self.row()
            words = [one for one in folded(row.title).split() if len(one) > 4 and one not in EMPTY]
            names = [one for one in folded(self._author(row)).split() if len(one) > 4]
            if len(words) > 1 or (words and names):
                second = names if names and self.rng.random() < 0.4 else words
                pair = {self.rng.choice(words), self.rng.choice(second)}
                if len(pair) == 2:
                    return Search("two words", " ".join(sorted(pair, key=lambda _one: self.rng.random())))

    def isbn(self) -> Search:
        row = next(row for row in iter(self.row, None) if row.isbns)
        number = row.isbns.split()[0]
        return Search("ISBN", number if self.rng.random() < 0.7 else f"{number[:3]}-{number[3:]}", "", int(row.id))

    def _author(self, row: TitleRow | None = None) -> str:
        return next((self.agents[agent] for agent, _role in (row or self.row()).agents()), "")

    def _mistyped(self, word: str) -> str:
        """Return a word with one slip: a letter left out, doubled or wrong, or two changed over."""
        place = self.rng.randrange(1, max(2, len(word) - 1))
        before, letter, after = word[:place], word[place : place + 1], word[place + 1 :]
        slip = self.rng.choice(("out", "double", "wrong", "over"))
        if slip == "out":
            return before + after
        if slip == "double":
            return before + letter + letter + after
        if slip == "wrong":
            return before + self.rng.choice(TAPPED) + after
        return before + after[:1] + letter + after[1:]


def _words(folder: Folder) -> dict[str, int]:
    """Return each word that search should know, with how many titles have it. Counted once, then kept in a file."""
    path = folder.path / "words.tsv"
    if not path.exists():
        counted = Counter(word for row in _searched(folder) for word in row)
        write(path, (f"{word}\t{count}" for word, count in sorted(counted.items())))
    lines = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return {word: int(count) for word, count in lines}


def _searched(folder: Folder) -> Iterator[set[str]]:
    agents = [folded(name).split() for name in folder.names("agents")]
    subjects = [folded(name).split() for name in folder.names("subjects")]
    for row in folder.titles():
        words = set(folded(f"{row.title} {row.subtitle} {row.original_title} {row.series}").split())
        for agent, _role in row.agents():
            words.update(agents[agent])
        for heading in row.headings():
            words.update(subjects[heading])
        yield words


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
