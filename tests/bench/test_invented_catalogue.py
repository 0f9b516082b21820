"""The catalogue that the benchmark of search is measured on. Where its packages are not installed, nothing is tried."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from catalog.keys import isbn13
from catalog.models import Copy, Title, Work

ROOT = Path(settings.BASE_DIR)
SIZE = 400


@pytest.fixture
def invent():
    pytest.importorskip("wordfreq")
    pytest.importorskip("faker")
    from bench.search import invent

    return invent


@pytest.fixture
def folder(invent, tmp_path):
    pytest.importorskip("tantivy")
    from bench.search.generate import make_files

    return make_files(SIZE, 1, tmp_path)


def rows(invent, seed):
    chunk = invent.Chunk(invent.make_world(SIZE, seed, ["sormani", "affori"], []), 0)
    titles = chunk.titles()
    return titles, chunk.copies(titles)


def test_the_same_seed_gives_the_same_rows(invent):
    assert rows(invent, 1) == rows(invent, 1)
    assert rows(invent, 1) != rows(invent, 2)


def test_numbers_of_books_are_right(invent):
    numbers = [one.isbns for one in rows(invent, 1)[0] if one.isbns]

    assert len(set(numbers)) == len(numbers) > SIZE / 3
    assert all(isbn13(number) == number for number in numbers)


def test_each_title_has_a_copy_and_some_share_a_work(invent):
    titles, copies = rows(invent, 1)

    assert {one.title for one in copies} == {one.id for one in titles}
    assert len(copies) == SIZE * 1.6
    assert len({one.work for one in titles}) < SIZE


@pytest.mark.django_db(transaction=True)
def test_a_load_that_is_repeated_loads_nothing_twice(folder):
    from bench.search.load import load

    said = []
    try:
        load(folder, "trial", ROOT, said.append)
        load(folder, "trial", ROOT, said.append)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE bench_loaded")
        connection.close()

    assert len(said) == 1
    assert (Title.objects.count(), Copy.objects.count()) == (SIZE, SIZE * 1.6)
    assert Work.objects.count() < SIZE
    assert not Title.objects.filter(title_key="").exists()


def test_searches_are_two_hundred_and_held_out_ones_differ(folder):
    from bench.search.queries import HELD_OUT, TUNED, make_searches

    searches = make_searches(folder, 1, TUNED)

    assert len({one.text for one in searches}) == len(searches)
    assert searches == make_searches(folder, 1, TUNED)
    assert searches != make_searches(folder, 1, HELD_OUT)


@pytest.mark.parametrize(
    "name", re.findall(r"^(\w[\w-]*)", (ROOT / "requirements" / "bench.in").read_text(encoding="utf-8"), re.MULTILINE)
)
def test_every_requirement_of_the_benchmarks_has_its_reason(name):
    page = (ROOT / "docs" / "third-party.md").read_text(encoding="utf-8")

    assert re.search(rf"^\| {name}\b", page, re.MULTILINE)
