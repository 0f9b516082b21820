"""The same catalogue in Tantivy, in this process: what a search library of today does with the same words.

Fields, stemming, stop words and folding are as near to ours as its building blocks get. A search is a page of twenty
with the exact count, then the facets of all that was found.
"""

from __future__ import annotations

import re
import shutil
import time
from typing import TYPE_CHECKING, NamedTuple

import tantivy
from tantivy import Filter, Occur, Query, SchemaBuilder, TextAnalyzerBuilder, Tokenizer

from catalog.keys import folded, isbn13, title_key
from catalog.search.plan import SHORTEST_TO_COMPLETE, SHORTEST_TO_CORRECT

if TYPE_CHECKING:
    from pathlib import Path

    from bench.search.rows import Folder

PER_PAGE = 20
TOP = 10
FACETS = ("material", "language", "decade", "audience", "author", "subject", "place", "series")
STEMMED, PLAIN = "stemmed", "plain"  # names of tokenizers
SEARCHED = {"title": 4.0, "people": 3.0, "rest": 1.0}  # fields and what a word in them is worth
EXACT = 30.0  # what a title that is exactly what was asked is worth
HEAP = 1_500_000_000  # bytes: all fits, so that one segment is written
WHOLE = "whole"  # a mark in the folder, written last


class Answer(NamedTuple):
    """What any of the engines answers: titles of the first page, how many, and how many facet values came."""

    title_ids: list[int]
    count: int
    facets: int


def build(folder: Folder, place: Path) -> float:
    """Make the index unless it is there; return the seconds it took."""
    if (place / WHOLE).exists():
        return 0.0
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    started = time.perf_counter()
    index = tantivy.Index(_schema(), path=str(place))
    _register(index)
    writer = index.writer(HEAP, 1)
    agents = folder.names("agents")
    subjects = folder.names("subjects")
    shelves: dict[str, set[str]] = {}
    for copy in folder.copies():
        if copy.status != "withdrawn":
            shelves.setdefault(copy.title, set()).add(copy.branch)
    for row in folder.titles():
        people, rest = [], [row.subtitle, row.responsibility, row.series]
        for number, role in row.agents():
            (rest if role in ("translator", "illustrator", "editor", "other") else people).append(agents[number])
        rest += [subjects[number] for number in row.headings()]
        named = f"{row.title} {row.original_title}"
        fields: dict[str, list] = {
            "id": [int(row.id)],
            "popularity": [int(row.popularity)],
            "key": [title_key(row.title)],
            "isbn": row.isbns.split(),
            "title": [named],
            "people": people,
            "rest": [one for one in rest if one],
            PLAIN: [named, *people, *rest],
            "material": [row.material],
            "language": [row.language] if row.language else [],
            "decade": [int(row.year) // 10 * 10] if row.year else [],
            "audience": [row.audience],
            "author": sorted({number for number, _role in row.agents()}),
            "subject": row.headings(),
            "place": sorted(shelves.get(row.id, ())),
            "series": [title_key(row.series)] if row.series else [],
        }
        document = {name: values for name, values in fields.items() if values}
        writer.add_document(tantivy.Document.from_dict(document, index.schema))
    writer.commit()
    writer.wait_merging_threads()
    (place / WHOLE).touch()
    return time.perf_counter() - started


def size(place: Path) -> int:
    """Return the bytes of the index."""
    return sum(one.stat().st_size for one in place.iterdir())


class TantivySide:
    """An open index."""

    name = "Tantivy"

    def __init__(self, place: Path) -> None:
        self.index = tantivy.Index.open(str(place))
        self.stemmed = _register(self.index)
        self.index.config_reader("manual")
        self.schema = self.index.schema
        self.searcher = self.index.searcher()
        self.totals = {name: {"terms": {"field": name, "size": TOP}} for name in FACETS}

    def search(self, text: str) -> Answer:
        """Return the first page, the count and the facets; corrects or completes when nothing is found."""
        number = isbn13(text)
        if number:
            return self._answer(Query.term_query(self.schema, "isbn", number))
        words = folded(text)
        answer = self._answer(self._ranked(self._all(words.split()), words))
        for otherwise in (self._completed, self._corrected):
            if answer.count:
                break
            answer = self._answer(self._ranked(otherwise(words.split()), words))
        return answer

    def suggest(self, text: str) -> list[str]:
        """Return keys of titles that begin so, most borrowed first."""
        begins = re.escape(title_key(text))
        query = Query.regex_query(self.schema, "key", f"{begins}.*")
        found = self.searcher.search(query, 8, count=False, order_by_field="popularity").hits
        return [self.searcher.doc(address)["key"][0] for _order, address in found]

    def _ranked(self, wanted: Query, words: str) -> Query:
        """Return the query with what is exactly so at the top."""
        exact = Query.term_query(self.schema, "key", title_key(words))
        return Query.boolean_query([(Occur.Must, wanted), (Occur.Should, Query.boost_query(exact, EXACT))])

    def _completed(self, words: list[str]) -> Query:
        """Return a query for the words with the last one as a beginning."""
        parts = [(Occur.Must, self._stems(word)) for word in words[:-1] if self.stemmed.analyze(word)]
        if len(words[-1]) >= SHORTEST_TO_COMPLETE:
            parts.append((Occur.Must, Query.regex_query(self.schema, PLAIN, f"{re.escape(words[-1])}.*")))
        else:
            parts.append((Occur.Must, self._stems(words[-1])))
        return Query.boolean_query(parts)

    def _corrected(self, words: list[str]) -> Query:
        """Return a query for words that may be up to two letters wrong."""
        parts = []
        for word in words:
            if len(word) < SHORTEST_TO_CORRECT:
                continue
            near = Query.fuzzy_term_query(self.schema, PLAIN, word, 1 if len(word) < 2 * SHORTEST_TO_CORRECT else 2)
            parts.append((Occur.Must, Query.boolean_query([(Occur.Should, near), (Occur.Should, self._stems(word))])))
        return Query.boolean_query(parts) if parts else Query.empty_query()

    def _all(self, words: list[str]) -> Query:
        """Return a query for all of the words, wherever they are."""
        parts = [(Occur.Must, self._stems(word)) for word in words if self.stemmed.analyze(word)]
        return Query.boolean_query(parts) if parts else Query.empty_query()

    def _stems(self, word: str) -> Query:
        """Return a query for a word in any field."""
        return Query.boolean_query([
            (Occur.Should, Query.boost_query(Query.term_query(self.schema, field, stem), weight))
            for stem in self.stemmed.analyze(word)
            for field, weight in SEARCHED.items()
        ])  # fmt: skip

    def _answer(self, query: Query) -> Answer:
        found = self.searcher.search(query, PER_PAGE, count=True, weight_by_field="popularity")
        if not found.count:
            return Answer([], 0, 0)
        ids = self.searcher.fast_field_values("id", [address for _score, address in found.hits])
        facets = self.searcher.aggregate(query, self.totals)
        return Answer(ids, found.count, sum(len(each["buckets"]) for each in facets.values()))


def _schema() -> tantivy.Schema:
    schema = SchemaBuilder()
    schema.add_unsigned_field("id", stored=True, fast=True)
    schema.add_unsigned_field("popularity", fast=True)
    schema.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
    schema.add_text_field("isbn", tokenizer_name="raw", index_option="basic")
    for name in SEARCHED:
        schema.add_text_field(name, tokenizer_name=STEMMED, index_option="position")
    schema.add_text_field(PLAIN, tokenizer_name=PLAIN, index_option="basic")
    for name in ("material", "language", "audience", "place", "series"):
        schema.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in ("decade", "author", "subject"):
        schema.add_unsigned_field(name, indexed=True, fast=True)
    return schema.build()


def _register(index: tantivy.Index) -> tantivy.TextAnalyzer:
    """Give the index its tokenizers; return the one that stems."""
    plain = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.lowercase()).filter(Filter.ascii_fold())
    index.register_tokenizer(PLAIN, plain.build())
    stemmed = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.lowercase()).filter(Filter.ascii_fold())
    built = stemmed.filter(Filter.stopword("italian")).filter(Filter.stemmer("italian")).build()
    index.register_tokenizer(STEMMED, built)
    return built
