"""The demonstration catalogue: it is what its rows say, it reads without a fault, and it is as large as promised."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from catalog.importing.readers import AUTO, open_records
from catalog.importing.unimarc import read

DATA = Path(__file__).resolve().parents[2] / "data"
WORKS, COPIES = 1200, 5000  # the least that the demonstration promises


@pytest.fixture(scope="module")
def drafts():
    """Return what is shown of every record."""
    with open_records(DATA / "demo_catalogue.xml", AUTO) as records:
        return [read(one.fields) for one in records]


def test_the_file_is_the_one_its_rows_make():
    made = subprocess.run(
        [sys.executable, DATA / "catalogue" / "make_marc.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (made.returncode, made.stderr) == (0, "")


def test_it_holds_as_many_works_and_copies_as_promised(drafts):
    assert len({draft.work_slug for draft in drafts}) > WORKS
    barcodes = Counter(holding.barcode for draft in drafts for holding in draft.holdings)
    assert barcodes.total() > COPIES
    assert set(barcodes.values()) == {1}


def test_every_kind_of_thing_is_in_it(drafts):
    materials = {draft.material for draft in drafts}
    assert materials == {"book", "audiobook", "comic", "dvd", "cd", "magazine", "videogame", "map", "score"}


def test_a_series_of_stories_is_whole_and_numbered(drafts):
    numbers = {one.series_number for one in drafts if one.series == "Il commissario Montalbano"}
    assert numbers == {str(number) for number in range(1, 29)}


def test_large_print_and_easy_reading_are_told(drafts):
    assert {code for draft in drafts for code in draft.formats} == {"large_print", "easy_reading"}
