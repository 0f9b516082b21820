"""Write data/demo_catalogue.xml, the demonstration catalogue, from all works*.tsv.

In:   works*.tsv beside this file, one published edition a line.
Out:  UNIMARC bibliographic records in MARCXML, one <collection>, with one field 995 for each copy.
Run:  python data/catalogue/make_marc.py            writes the file
      python data/catalogue/make_marc.py --check    exit status 1 if the committed file differs

Two runs give the same bytes: nothing is read from the clock, and copies are spread over places by hashes.

Fields with a meaning of our own (the standard leaves 9xx to the agency):
  909 $a  work: the same word on all editions, translations and formats of one work
  995 $b  place code      995 $f  barcode (MI, eight digits, check digit)
      $k  shelf mark      $r  material: book, audiobook, comic, dvd, cd, magazine, videogame, map, score
"""

from __future__ import annotations

import argparse
import sys
import xml.etree.ElementTree as ET
from hashlib import sha256

from names import GROUPS, RELATOR, contributors, direct, statements
from pymarc import Field, Indicators, Record, Subfield, record_to_xml_node
from rows import HERE, read_works, split
from shelving import initials, literary_form, shelf_mark

CATALOGUE = HERE.parent / "demo_catalogue.xml"
NAMESPACE = "http://www.loc.gov/MARC21/slim"
ENTERED_ON = "20261122"

# Leader positions 06 (type of record) and 07 (m monograph, s serial).
LEADER_TYPE = {
    "book": "am",
    "comic": "am",
    "audiobook": "im",
    "cd": "jm",
    "dvd": "gm",
    "magazine": "as",
    "videogame": "lm",
    "map": "em",
    "score": "cm",
}
MATERIAL_WORDS = {
    "audiobook": "Audiolibro",
    "comic": "Fumetto",
    "dvd": "DVD",
    "cd": "CD musicale",
    "magazine": "Periodico",
    "videogame": "Videogioco",
    "map": "Carta geografica",
    "score": "Musica a stampa",
}
AUDIENCE = {"adult": "m  ", "teen": "e  ", "children": "a  "}
SCRIPT_OF_TITLE = {
    **dict.fromkeys(("bel", "bul", "rus", "srp", "ukr"), "ca"),
    **dict.fromkeys(("ara", "per", "urd"), "fa"),
    **dict.fromkeys(("ben", "pan", "sin", "tir"), "zz"),
    "chi": "ea",
    "gre": "ga",
    "heb": "ha",
    "hin": "ja",
    "jpn": "da",
    "kor": "ka",
    "tam": "la",
}
LARGE_PRINT, EASY_READING = "large_print", "easy_reading"
EASY_READING_FORM = "Libri ad alta leggibilità"
LITERATURE = {"1": "g", "2": "b", "3": "a", "4": "c", "5": "h", "6": "e", "7": "d"}
ITALIAN_PLACES = {
    *("Ancona", "Bari", "Bologna", "Casale Monferrato", "Cesena", "Firenze", "Genova", "Mantova", "Milano", "Modena"),
    *("Padova", "Palermo", "Roma", "Torino", "Trieste", "Venezia", "Vicenza", "Cinisello Balsamo", "Crema"),
    *("Monselice", "Novara", "Reggio Emilia"),
}
# How many of a hundred or so copies each place gets: large libraries more, the shelves on wheels and in the metro few.
PLACES = {
    "sormani": 10,
    "parco-sempione": 1,
    "vigentina": 2,
    "crescenzago": 4,
    "zara": 2,
    "venezia": 2,
    "valvassori-peroni": 6,
    "calvairate": 5,
    "oglio": 4,
    "chiesa-rossa": 4,
    "fra-cristoforo": 4,
    "tibaldi": 4,
    "santambrogio": 4,
    "lorenteggio": 2,
    "baggio": 4,
    "harar": 2,
    "sicilia": 3,
    "accursio": 3,
    "gallaratese": 4,
    "quarto-oggiaro": 3,
    "villapizzone": 2,
    "affori": 5,
    "cassina-anna": 3,
    "dergano-bovisa": 5,
    "niguarda": 3,
    "bibliobus": 4,
    "metro-porta-venezia": 3,
}
IN_THE_METRO = {"book", "audiobook", "comic", "dvd"}


def field(tag: str, indicators: str, *pairs: tuple[str, str]) -> Field:
    """Make a data field without its empty subfields."""
    return Field(tag, Indicators(*indicators), [Subfield(code, value) for code, value in pairs if value])


def general_data(work: dict[str, str]) -> str:
    """Give the 36 positions of 100 $a."""
    if not work["year"]:
        dates = "u" + " " * 8
    elif work["material"] == "magazine":
        dates = f"a{work['year']}9999"
    else:
        dates = f"d{work['year']}    "
    script = SCRIPT_OF_TITLE.get(work["language"], "ba")
    return f"{ENTERED_ON}{dates}{AUDIENCE[work['audience']]}y0itay50      {script}"


def coded_data(work: dict[str, str]) -> Field | None:
    """Make the coded field of the material: 105 text, 110 serial, 115 video, 126 sound; `|` where nothing is coded."""
    material = work["material"]
    if material in {"book", "comic"}:
        form = literary_form(work["dewey"])
        literature = LITERATURE.get(form, "|") if work["dewey"].startswith("8") else "y"
        drawn = "a   t   " if material == "comic" else "|" * 8  # illustrations, form of contents: comics
        return field("105", "  ", ("a", f"{drawn}|||{literature}|"))
    if material == "magazine":
        return field("110", "  ", ("a", "a" + "|" * 10))
    if material == "dvd":
        return field("115", "  ", ("a", "c   " + "|" * 11 + "b" + "|" * 4))
    if material in {"audiobook", "cd"}:
        return field("126", "  ", ("a", "ag" + "|" * 13))
    return None


def name_field(tag: str, name: str, role: str) -> Field:
    """Make a heading: tag 700, 701 or 702 for a person, moved to 71x for a group."""
    if name in GROUPS:
        return field(f"71{tag[2]}", "02", ("a", name), ("4", RELATOR[role]))
    family, comma, given = name.partition(", ")
    return field(tag, f" {1 if comma else 0}", ("a", family), ("b", comma + given), ("4", RELATOR[role]))


def name_fields(work: dict[str, str]) -> list[Field]:
    """Make the headings of all who made the work: first author, other authors, everyone else."""
    authors = split(work["author"])
    fields = [name_field("701" if n else "700", name, "author") for n, name in enumerate(authors)]
    for role, names in contributors(work).items():
        fields += [name_field("701" if role == "author" else "702", name, role) for name in names]
    return fields


def places_of(work: dict[str, str]) -> list[str]:
    """Give the places where the copies of this edition stand, each in another one.

    Every place draws as many tickets as it has weight, and its lowest number counts. Whole numbers only, so that no
    machine rounds otherwise; a place that is added later takes some copies and leaves the rest where they are.
    """
    draws = {}
    for place, weight in PLACES.items():
        if place == "metro-porta-venezia" and work["material"] not in IN_THE_METRO:
            continue
        tickets = (sha256(f"{work['control']} {place} {n}".encode()).hexdigest() for n in range(weight))
        draws[place] = min(tickets)
    return sorted(draws, key=draws.__getitem__)[: int(work["copies"])]


def barcode(work: dict[str, str], copy: int) -> str:
    """Give MI, six digits of the title, two of the copy, and a check digit by the Luhn rule."""
    digits = f"{int(work['control'][3:]):06d}{copy:02d}"
    total = 0
    for position, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if position % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled  # noqa: PLR2004 (the sum of its two digits)
    return f"MI{digits}{-total % 10}"


def record(work: dict[str, str]) -> Record:
    """Make the UNIMARC record of one edition, with its copies."""
    made = Record()
    made.leader = f"     n{LEADER_TYPE[work['material']]}0 22        450 "
    made.add_field(Field("001", data=work["control"]), field("100", "  ", ("a", general_data(work))))
    translated = "1" if work["original_language"] else "0"
    made.add_field(field("101", f"{translated} ", ("a", work["language"]), ("c", work["original_language"])))
    if ITALIAN_PLACES.intersection(split(work["place"])):
        made.add_field(field("102", "  ", ("a", "IT")))
    if coded := coded_data(work):
        made.add_field(coded)
    formats = split(work["format"])
    if LARGE_PRINT in formats:
        made.add_field(field("106", "  ", ("a", "d")))  # form of item: large print
    made.add_field(title_field(work))
    subjects = [field("606", "  ", ("a", subject)) for subject in split(work["subjects"])]
    described = [
        field(
            "210",
            "  ",
            *(("a", place) for place in split(work["place"])),
            ("c", work["publisher"]),
            ("d", work["year"]),
        ),
        field("215", "  ", ("a", "1 volume (caratteri grandi)" if LARGE_PRINT in formats else "")),
        field("225", "2 ", ("a", work["series"]), ("v", work["number"])),
        field("330", "  ", ("a", work["summary"])),
        field("454", " 1", ("t", work["original_title"])),
        *subjects,
        field("608", "  ", ("a", EASY_READING_FORM if EASY_READING in formats else "")),
        field("676", "  ", ("a", work["dewey"])),
    ]
    made.add_field(*(item for item in described if item.subfields))
    made.add_field(*name_fields(work))
    made.add_field(field("801", " 0", ("a", "IT"), ("b", "MILANOLIB"), ("c", ENTERED_ON)))
    made.add_field(field("909", "  ", ("a", work["work"])))
    mark = shelf_mark(work, filed_under(work))
    for number, place in enumerate(places_of(work), 1):
        copy = [("b", place), ("f", barcode(work, number)), ("k", mark), ("r", work["material"])]
        made.add_field(field("995", "  ", *copy))
    return made


def title_field(work: dict[str, str]) -> Field:
    """Make field 200; a film, which has no author, opens its statements with the director."""
    stated = statements(work)
    if authors := [direct(name) for name in split(work["author"])]:
        stated.insert(0, ", ".join(authors))
    title = [("a", work["title"]), ("b", MATERIAL_WORDS.get(work["material"], "")), ("e", work["subtitle"])]
    return field("200", "1 ", *title, *(("g" if n else "f", statement) for n, statement in enumerate(stated)))


def filed_under(work: dict[str, str]) -> str:
    """Give the three letters a copy is filed under: first author, director of a film, else the title."""
    names = split(work["author"]) or contributors(work).get("director", [])
    return initials(names[0].partition(",")[0]) if names else initials(work["title"], title=True, spare=work["work"])


def collection(works: list[dict[str, str]]) -> bytes:
    """Give the whole file, one element a line so that a change shows as a few lines."""
    root = ET.Element("collection", xmlns=NAMESPACE)
    root.extend(record_to_xml_node(record(work)) for work in works)
    ET.indent(root, " ")
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def main() -> int:
    """Write the catalogue or check it; gives the exit status."""
    parser = argparse.ArgumentParser(description="Write data/demo_catalogue.xml from data/catalogue/works*.tsv.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit status 1 if the file differs")
    check = parser.parse_args().check
    works = read_works()
    wanted = collection(works)
    if check:
        current = CATALOGUE.read_bytes() if CATALOGUE.exists() else b""
        if current != wanted:
            sys.stderr.write("demo_catalogue.xml differs from works*.tsv: run data/catalogue/make_marc.py\n")
            return 1
        return 0
    CATALOGUE.write_bytes(wanted)
    together = len({work["work"] for work in works})
    copies = sum(int(work["copies"]) for work in works)
    sys.stdout.write(f"{CATALOGUE.name}: {len(works)} titles of {together} works, {copies} copies\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
