"""Real catalogues' files, where they are at hand: the good ones come in whole, the bad ones are survived and told."""

import io
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pymarc
import pytest
from django.conf import settings

from catalog.importing import Level, import_file
from catalog.models import Title

pytestmark = pytest.mark.django_db

SHARED = Path(settings.BASE_DIR).parent / "shared" / "data" / "marc"
GOOD = (
    "bnf_anywhere_all_peter.xml", "diacritic.dat", "documents_small.xml", "jazz_1k.mrc", "marc.dat", "marc8.dat",
    "multi_isbn.dat", "utf8_with_leader_flag.dat",
)  # fmt: skip
# What is to be said of each bad file; those of which nothing is said are sound after all (local tags in letters,
# Arabic in good UTF-8) and come in whole.
BAD = {
    "alphatag.dat": set(),
    "bad_eacc_encoding.dat": {"not_marc8"},
    "bad_indicator.dat": {"tag", "indicators"},
    "bad_marc8_escape.dat": {"not_marc8"},
    "bad_records.mrc": {"iso_repaired", "iso_directory", "iso_no_fields", "no_control_number", "duplicate"},
    "bad_subfield_code.dat": {"iso_length", "iso_repaired", "utf8_not_declared", "subfield_code"},
    "bad_tag.xml": {"tag", "leader", "no_control_number"},
    "utf8_errors.dat": set(),
    "utf8_invalid.mrc": {"subfield_code"},
}


def shared(folder, name):
    path = SHARED / folder / name
    if not path.is_file():
        pytest.skip(f"{path} is not there: files of other catalogues are kept beside the project, not in it")
    return path


def with_pymarc(path, **options):
    if path.suffix == ".xml":
        return [record.as_dict() for record in pymarc.parse_xml_to_array(str(path))]
    return [record.as_dict() for record in pymarc.MARCReader(io.BytesIO(path.read_bytes()), **options) if record]


def same_order(records):
    """Return records as texts in an order of their own: the database keeps neither the file's nor that of keys."""
    return sorted(json.dumps(record, sort_keys=True) for record in records)


def kept():
    return list(Title.objects.order_by("pk").values_list("record", flat=True))


@pytest.mark.parametrize("name", GOOD)
def test_good_files_lose_nothing(name):
    path = shared("good", name)
    report = import_file(path, source=name)
    records = with_pymarc(path)
    missing = [record for record in records if not record["fields"]]  # where a server sent an error instead
    whole = [record for record in records if record["fields"]]
    assert (report.read, report.created, report.refused) == (len(records), len(whole), len(missing))
    assert same_order(kept()) == same_order(whole)
    assert {one.code for one in report.problems} <= {"no_control_number", "xml_error"}


@pytest.mark.parametrize("name", GOOD)
def test_good_files_have_nothing_new_the_second_time(name):
    path = shared("good", name)
    first = import_file(path, source=name)
    second = import_file(path, source=name)
    assert (second.created, second.updated, second.unchanged) == (0, 0, first.created)


def test_unimarc_of_the_national_index_loses_nothing():
    path = shared("unimarc", "testunimarc.dat")
    report = import_file(path)
    assert (report.created, report.problems) == (1, [])
    assert kept() == with_pymarc(path, force_utf8=True)
    assert Title.objects.get().title == "L'altra faccia della spirale"


def test_unimarc_in_the_italian_slim_format_loses_nothing():
    path = shared("unimarc", "unimarctest.xml")
    report = import_file(path)
    assert (report.created, report.problems) == (5, [])
    namespace = re.match(rb".*?xmlns=\"([^\"]+)\"", path.read_bytes(), re.DOTALL)[1].decode()
    for record, element in zip(kept(), ET.parse(path).getroot().iter(f"{{{namespace}}}rec"), strict=True):
        written = [one.text or "" for one in element.iter() if one.tag.rpartition("}")[2] in ("cf", "sf")]
        assert written == list(texts_of(record))


def texts_of(record):
    """Yield the texts of a record in order; of an embedded field's subfield $1 only the data after the tag."""
    for one in record["fields"]:
        for content in one.values():
            if isinstance(content, str):
                yield content
                continue
            for subfield in content["subfields"]:
                for code, text in subfield.items():
                    if code != "1":
                        yield text
                    elif text.startswith("00"):
                        yield text[3:]


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_survived_and_told(name):
    path = shared("bad", name)
    report = import_file(path)
    assert {one.code for one in report.problems} == BAD[name]
    assert report.imported >= 1
    assert report.read == report.imported + report.refused + report.superseded
    assert all(one.reason and one.position for one in report.problems)
    before = kept()
    again = import_file(path)
    assert (again.created, again.updated) == (0, 0)
    assert kept() == before


@pytest.mark.parametrize("name", ["alphatag.dat", "bad_indicator.dat", "bad_records.mrc", "utf8_errors.dat"])
def test_bad_files_lose_nothing_that_pymarc_can_read(name):
    path = shared("bad", name)
    import_file(path)
    fields = [record["fields"] for record in kept()]
    assert all(record["fields"] in fields for record in with_pymarc(path))


def test_the_bad_records_that_are_refused_are_counted_with_their_places():
    report = import_file(shared("bad", "bad_records.mrc"))
    refused = [one for one in report.problems if one.level == Level.REFUSED]
    assert [(one.position, one.offset) for one in refused] == [(4, 381), (5, 509), (7, 764)]
