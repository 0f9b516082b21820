"""From what a reader typed to what the database is asked: stems, how frequent they are, corrections, completions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import connection
from rapidfuzz.distance import OSA

from catalog.keys import folded

if TYPE_CHECKING:
    from collections.abc import Sequence

PHRASE = re.compile(r'"([^"]*)"')
SHORTEST_TO_CORRECT = 4
LONGEST_TO_CORRECT = 20
SHORTEST_TO_COMPLETE = 3
MOST_WORDS = 16
NEAREST = 3  # corrections of a word that are taken together
COMPLETIONS = 30
FARTHEST = 2  # letters wrong

# One row for each word typed: its stem ('' for words that search leaves out), how many titles have it.
READ = """
SELECT typed.word, coalesce(stemmed.stem, ''),
       CASE WHEN stemmed.stem IS NULL
            THEN (SELECT own.titles FROM catalog_word AS own WHERE own.word = typed.word)
            ELSE (SELECT sum(own.titles) FROM catalog_word AS own WHERE own.stem = stemmed.stem) END
FROM unnest(string_to_array(btrim(regexp_replace(unaccent(lower(%s)), '[\\W_]+', ' ', 'g')), ' '))
     WITH ORDINALITY AS typed (word, place)
CROSS JOIN LATERAL (SELECT (tsvector_to_array(to_tsvector('milan_it', typed.word)))[1]) AS stemmed (stem)
WHERE typed.word <> ''
ORDER BY typed.place
LIMIT %s
"""
COMPLETE = """
SELECT word, stem, titles FROM catalog_word WHERE word LIKE %s ORDER BY titles DESC, word LIMIT %s
"""
CORRECT = """
SELECT DISTINCT word.word, word.stem, word.titles
FROM catalog_misspelling AS near JOIN catalog_word AS word USING (word)
WHERE near.written = ANY(%s)
"""


@dataclass(frozen=True)
class Token:
    """A word as typed, with the stems that stand for it: any of them will do."""

    word: str
    stems: tuple[str, ...]
    titles: int
    written: str = ""  # the word that was read instead

    @property
    def is_known(self) -> bool:
        """Whether the catalogue has the word."""
        return self.titles > 0

    @property
    def lexemes(self) -> str:
        """The word as a part of a tsquery."""
        return "(" + " | ".join(_quoted(one) for one in self.stems) + ")"


@dataclass(frozen=True)
class Plan:
    """What is to be looked for: words, phrases, words to leave out."""

    tokens: tuple[Token, ...] = ()
    phrases: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    text: str = field(default="")

    @property
    def tsquery(self) -> str:
        """Return the query in stems, '' when there is nothing to look for."""
        parts = [one.lexemes for one in self.tokens] + [f"({one})" for one in self.phrases]
        if not parts:
            return ""  # words to leave out alone would bring everything else
        parts += [f"!({one})" for one in self.unwanted]
        return " & ".join(parts)

    @property
    def titles(self) -> int:
        """At most so many titles are found, as far as counts of words tell."""
        return min((one.titles for one in self.tokens), default=10**9)

    @property
    def corrected(self) -> str:
        """Return the text with the words read instead, '' when all stand as typed."""
        if not any(one.written for one in self.tokens):
            return ""
        return " ".join(one.written or one.word for one in self.tokens)

    def weighted(self, weights: str) -> str:
        """Return the words as a tsquery that looks into the parts of a title of these weights."""
        return " & ".join(
            "(" + " | ".join(f"{_quoted(stem)}:{weights}" for stem in one.stems) + ")" for one in self.tokens
        )

    def without(self, token: Token) -> Plan:
        """Return the plan with one word given up."""
        rest = tuple(one for one in self.tokens if one is not token)
        return Plan(rest, self.phrases, self.unwanted, (*self.left_out, token.word), self.text)

    def with_token(self, old: Token, new: Token) -> Plan:
        """Return the plan with one word read otherwise."""
        tokens = tuple(new if one is old else one for one in self.tokens)
        return Plan(tokens, self.phrases, self.unwanted, self.left_out, self.text)


def plan_of(text: str, *, is_exact: bool) -> Plan:
    """Return the plan for a tidied text. Words that the catalogue does not have are completed or corrected."""
    phrases = [phrase for phrase in PHRASE.findall(text) if phrase.strip()]
    rest = PHRASE.sub(" ", text).replace('"', " ")
    unwanted = [word[1:] for word in rest.split() if word.startswith("-") and len(word) > 1]
    wanted = " ".join(word for word in rest.split() if not word.startswith("-"))
    read = _read(wanted)
    content = [one for one in read if one[1]]
    # Where every word is one that search leaves out ('Noi', 'Io e te') they are looked for as they stand.
    tokens = [Token(word, (stem or word,), titles or 0) for word, stem, titles in (content or read)]
    if not is_exact:
        tokens = [
            one if one.is_known else _read_otherwise(one, may_complete=number == len(tokens) - 1)
            for number, one in enumerate(tokens)
        ]
    return Plan(tuple(tokens), tuple(_phrased(phrases)), tuple(_phrased(unwanted)), (), text)


def corrections(token: Token) -> list[Token]:
    """Return the words of the catalogue nearest to one, each alone, nearest and commonest first."""
    return [
        Token(token.word, (stem or word,), titles, word)
        for word, stem, titles in _near(token.word)
        if (stem or word) not in token.stems
    ]


def spellings(plan: Plan) -> list[str]:
    """Return texts that differ from the plan's by one word of the catalogue; one statement however many words."""
    words = folded(plan.text).split()[:MOST_WORDS]
    near = _nearest(words)
    found = [
        " ".join([*words[:number], other, *words[number + 1 :]])
        for number, word in enumerate(words)
        for other, _stem, _titles in near[word][:NEAREST]
    ]
    return found[: 2 * NEAREST]


def _read(text: str) -> list[tuple[str, str, int | None]]:
    if not text:
        return []
    with connection.cursor() as cursor:
        cursor.execute(READ, [text, MOST_WORDS])
        return cursor.fetchall()


def completed(token: Token) -> Token | None:
    """Return a word as the beginning of the commonest that begin so; None when it is too short or none does."""
    if len(token.word) < SHORTEST_TO_COMPLETE:
        return None
    with connection.cursor() as cursor:
        cursor.execute(COMPLETE, [f"{token.word}%", COMPLETIONS])
        rows = cursor.fetchall()
    if not rows:
        return None
    stems = tuple(dict.fromkeys(stem or word for word, stem, _titles in rows))
    return Token(token.word, stems, sum(titles for _word, _stem, titles in rows))


def _read_otherwise(token: Token, *, may_complete: bool) -> Token:
    """Return a word that nobody knows as the beginning of known ones, or as the nearest known ones, or as it is."""
    if may_complete and (longer := completed(token)):
        return longer
    near = _near(token.word)[:NEAREST]
    if not near:
        return token
    stems = tuple(dict.fromkeys(stem or word for word, stem, _titles in near))
    return Token(token.word, stems, sum(titles for _word, _stem, titles in near), near[0][0])


def _near(word: str) -> list[tuple[str, str, int]]:
    """Return known words at most two letters away: nearest first, same first letter before others, then commonest."""
    return _nearest([word])[word]


def _nearest(words: Sequence[str]) -> dict[str, list[tuple[str, str, int]]]:
    """Return the words near each of several, as `_near` does, in one statement."""
    forms = {
        word: {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}
        for word in words
        if SHORTEST_TO_CORRECT <= len(word) <= LONGEST_TO_CORRECT
    }
    rows: list[tuple[str, str, int]] = []
    if forms:
        with connection.cursor() as cursor:
            cursor.execute(CORRECT, [list(set().union(*forms.values()))])
            rows = cursor.fetchall()
    found: dict[str, list[tuple[str, str, int]]] = {}
    for word in words:
        if word not in forms:
            found[word] = []
            continue
        measured = [
            (OSA.distance(word, row[0], score_cutoff=FARTHEST), row[0][0] != word[0], -row[2], row) for row in rows
        ]
        found[word] = [row for away, _initial, _titles, row in sorted(measured) if 0 < away <= FARTHEST]
    return found


def _phrased(phrases: list[str]) -> list[str]:
    """Return phrases as tsqueries; those of words that search leaves out alone are dropped."""
    if not phrases:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT phraseto_tsquery('milan_it', regexp_replace(one, '[\\W_]+', ' ', 'g'))::text"
            " FROM unnest(%s::text[]) WITH ORDINALITY AS typed (one, place) ORDER BY place",
            [phrases],
        )
        return [text for (text,) in cursor.fetchall() if text]


def _quoted(lexeme: str) -> str:
    doubled = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"
