"""Where the common fields stand in UNIMARC, and how each is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog.importing.fields import clean, joined, value, values, year_in
from catalog.importing.roles import UNIMARC_ROLES, role_of_code
from catalog.importing.unimarc import CORPORATE, MAIN_NAMES, OTHER_NAMES, SHARED_NAMES, SUBJECTS, TYPES
from catalog.importing.unimarc import _name as name_of
from catalog.models import Audience, Format, Material, Role
from catalog.records.editing import (
    Spot,
    add_subfield,
    data_fields,
    get,
    insert,
    new_field,
    positions,
    put,
    remove,
    take_out,
)
from catalog.records.people import BODY, PERSON, People

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog.importing.fields import DataField, Draft, MarcRecord

CODED = 36  # characters of 100 $a
_DESCRIBED = "abcdehifgvz5"
TITLE = Spot((("200", "1 "),), "a", _DESCRIBED)
IMPRINT = (("210", "  "), ("214", " 0"))
SPOTS = {
    "edition": Spot((("205", "  "),), "a"),
    "publisher": Spot(IMPRINT, "c"),
    "published_in": Spot(IMPRINT, "a"),
    "series": Spot((("225", "2 "),), "a", "adefhivxz"),
    "series_number": Spot((("225", "2 "),), "v", "adefhivxz"),
    "language": Spot((("101", "0 "),), "a"),
    "dewey": Spot((("676", "  "),), "a"),
}
LEADER_TYPES = {
    Material.BOOK: "a", Material.COMIC: "a", Material.MAGAZINE: "a", Material.SCORE: "c", Material.MAP: "e",
    Material.DVD: "g", Material.AUDIOBOOK: "i", Material.CD: "j", Material.VIDEOGAME: "l", Material.OTHER: "r",
}  # fmt: skip
AUDIENCES = {Audience.ADULT: "m", Audience.TEEN: "e", Audience.CHILDREN: "a"}
RELATORS = {
    Role.AUTHOR: "070", Role.TRANSLATOR: "730", Role.ILLUSTRATOR: "440", Role.EDITOR: "340", Role.DIRECTOR: "300",
    Role.NARRATOR: "550", Role.PERFORMER: "590", Role.COMPOSER: "230", Role.OTHER: "570",
}  # fmt: skip
EASY_READING = "Libri ad alta leggibilità"
COMIC_FORM, CONTENTS = "t", 13  # 105 $a: form of contents in positions 4 to 7, of thirteen


def coded_field(day: str) -> DataField:
    """Return field 100 of a new record made on a day (yyyymmdd): Unicode, adults, date not known yet."""
    return new_field("  ", ("a", f"{day}u        m  y0itay50      ba".ljust(CODED)))


def title(record: MarcRecord) -> str:
    """Return the title proper, without its volume."""
    return get(record, TITLE)


def isbns(record: MarcRecord) -> list[str]:
    """Return the ISBNs as they are written."""
    return [text for one in data_fields(record, "010") for text in values(one, "a")]


def set_code(field: DataField, code: str, text: str) -> None:
    """Write the one subfield of a code, in the place of all of that code."""
    kept = [one for one in field["subfields"] if code in one]
    field["subfields"] = [one for one in field["subfields"] if one not in kept[1:]]
    if kept:
        kept[0][code] = text
    else:
        field["subfields"].append({code: text})


PEOPLE = People(
    tags=(*MAIN_NAMES, *SHARED_NAMES, *OTHER_NAMES),
    corporate=CORPORATE,
    name_of=name_of,
    role_of=lambda one: next((role for text in values(one, "4") if (role := role_of_code(text, UNIMARC_ROLES))), None),
    set_role=lambda one, role: set_code(one, "4", RELATORS[role]),
)


def people(record: MarcRecord, draft: Draft) -> list[tuple[str, str, str]]:
    """Return who did what: name, role, person or body."""
    return PEOPLE.shown(record, draft)


def _write_title(record: MarcRecord, text: str, _old: object) -> None:
    put(record, TITLE, text)


def _write_subtitle(record: MarcRecord, text: str, _old: object) -> None:
    _replace(record, "e", [text] if text else [])


def _write_responsibility(record: MarcRecord, text: str, _old: object) -> None:
    first, *others = [part.strip() for part in text.split(" ; ")]
    _replace(record, "g", [])
    _replace(record, "f", [first] if first else [])
    _replace(record, "g", others)


def _replace(record: MarcRecord, code: str, texts: list[str]) -> None:
    """Write the subfields of one code in the title field."""
    field = next(data_fields(record, "200"), None)
    if field is None:
        return
    kept = [one for one in field["subfields"] if code in one]
    if [clean(one[code]) for one in kept] == texts:
        return
    field["subfields"] = [one for one in field["subfields"] if code not in one]
    for text in texts:
        add_subfield(field, code, text, _DESCRIBED)


def _write_original_title(record: MarcRecord, text: str, _old: object) -> None:
    """454 names the original: by $t, or by the field 200 embedded in it; 500 where the record has its title there."""
    for field in list(data_fields(record, "454")):
        inside = ""
        for subfield in field["subfields"]:
            inside = subfield.get("1", inside)[:3] if "1" in subfield else inside
            if "t" in subfield or ("a" in subfield and inside == "200"):
                code = "t" if "t" in subfield else "a"
                if text:
                    subfield[code] = text
                else:
                    remove(record, field)
                return
    spot = Spot((("500", "10"),), "a")
    if get(record, spot):
        put(record, spot, text)
    elif text:
        insert(record, "454", new_field(" 1", ("t", text)))


def _write_year(record: MarcRecord, year: int | None, old: int | None) -> None:
    coded = _coded(record)
    text = coded["subfields"][0]["a"].ljust(CODED)
    kind = text[8] if year is not None and text[8] in "abdefghij" else ("d" if year is not None else "u")
    coded["subfields"][0]["a"] = positions(text, 8, f"{kind}{year or '':<4}", CODED)
    spot = Spot(IMPRINT, "d")
    said = get(record, spot)
    if old is not None and year is not None and str(old) in said:
        put(record, spot, said.replace(str(old), str(year), 1))
    elif year is None or year_in(said) not in (None, year) or not said:
        put(record, spot, str(year or ""))


def _coded(record: MarcRecord) -> DataField:
    """Return field 100 with its $a first; made where the record has none."""
    for field in data_fields(record, "100"):
        if field["subfields"] and "a" in field["subfields"][0]:
            return field
    field = coded_field(" " * 8)
    insert(record, "100", field)
    return field


def _write_material(record: MarcRecord, material: str, _old: object) -> None:
    kind = LEADER_TYPES[Material(material)]
    leader = record["leader"].ljust(24)
    level = "s" if material == Material.MAGAZINE else ("m" if leader[7] in "si " else leader[7])
    if TYPES.get(leader[6]) != TYPES.get(kind) or leader[6] == " ":
        leader = positions(leader, 6, kind, 24)
    record["leader"] = positions(leader, 7, level, 24)
    _write_contents(record, is_comic=material == Material.COMIC)
    for field in list(data_fields(record, "995")):
        for subfield in list(field["subfields"]):
            if clean(subfield.get("r", "")).casefold() in Material.values:
                subfield["r"] = material
    if material == Material.VIDEOGAME and not any(value(one, "r") for one in data_fields(record, "995")):
        insert(record, "995", new_field("  ", ("r", material)))


def _write_contents(record: MarcRecord, *, is_comic: bool) -> None:
    field = next((one for one in data_fields(record, "105") if one["subfields"] and "a" in one["subfields"][0]), None)
    if field is None:
        if is_comic:
            insert(record, "105", new_field("  ", ("a", f"y   {COMIC_FORM}   000yy")))
        return
    text = field["subfields"][0]["a"].ljust(CONTENTS)
    form = text[4:8].replace(COMIC_FORM, " ")
    form = f"{COMIC_FORM}{form.replace('|', ' ').strip()}"[:4].ljust(4) if is_comic else form
    if form != text[4:8]:
        field["subfields"][0]["a"] = positions(text, 4, form, CONTENTS)


def _write_audience(record: MarcRecord, audience: str, _old: object) -> None:
    field = _coded(record)
    field["subfields"][0]["a"] = positions(field["subfields"][0]["a"], 17, AUDIENCES[Audience(audience)], CODED)


def _write_formats(record: MarcRecord, formats: list[str], old: list[str]) -> None:
    if (Format.LARGE_PRINT in formats) != (Format.LARGE_PRINT in old):
        code = "d" if Format.LARGE_PRINT in formats else "r"
        field = next(data_fields(record, "106"), None)
        if field is None:
            insert(record, "106", new_field("  ", ("a", code)))
        else:
            for subfield in field["subfields"]:
                if "a" in subfield:
                    subfield["a"] = positions(subfield["a"], 0, code, 1)
    if Format.EASY_READING in formats and Format.EASY_READING not in old:
        insert(record, "608", new_field("  ", ("a", EASY_READING)))
    elif Format.EASY_READING not in formats and Format.EASY_READING in old:
        for field in list(data_fields(record, "608")):
            if any("alta leggibilit" in text.casefold() for text in values(field, "a")):
                remove(record, field)


def _write_isbns(record: MarcRecord, numbers: list[str], _old: object) -> None:
    write_isbns(record, "010", numbers)


def _write_summary(record: MarcRecord, text: str, old: str) -> None:
    write_paragraphs(record, "330", "  ", text, old)


def _write_subjects(record: MarcRecord, headings: list[str], _old: object) -> None:
    write_subjects(record, SUBJECTS, heading_of, "610", headings, ("606", "  ", "x"))


def heading_of(one: DataField, tag: str) -> str:
    """Return a subject as it is shown."""
    head = joined(values(one, "ab" if tag in ("600", "601", "602") else "at"), ", ").replace(", , ", ", ")
    return joined([head, *(text for text in values(one, "xyzj") if text[0] != "+")], " - ")


def _write_people(record: MarcRecord, wanted: list[tuple[str, str, str]], old: list[tuple[str, str, str]]) -> None:
    PEOPLE.write(record, wanted, old, _new_person)


def _new_person(record: MarcRecord, person: tuple[str, str, str]) -> None:
    """Add somebody: the first author under 700, further authors 701, all others 702; bodies under 710 to 712."""
    name, role, kind = person
    is_author = role in (Role.AUTHOR, Role.COMPOSER, Role.DIRECTOR, Role.PERFORMER)
    has_main = any(True for _one in data_fields(record, *MAIN_NAMES))
    place = (1 if has_main else 0) if is_author else 2
    tag = f"7{1 if kind == BODY else 0}{place}"
    family, comma, given = name.partition(",")
    if kind == PERSON:
        subfields = [("a", family.strip())] + ([("b", f", {given.strip()}")] if comma else [])
        field = new_field(" 1" if comma else " 0", *subfields, ("4", RELATORS[Role(role)]))
    else:
        field = new_field("02", ("a", name), ("4", RELATORS[Role(role)]))
    insert(record, tag, field)


def write_isbns(record: MarcRecord, tag: str, wanted: list[str]) -> None:
    """Keep the numbers that are wanted; a corrected one takes the place of the wrong one, others come and go."""
    left = list(wanted)
    wrong: list[tuple[DataField, dict[str, str]]] = []
    for field in data_fields(record, tag):
        for subfield in field["subfields"]:
            text = clean(subfield.get("a", ""))
            if text in left:
                left.remove(text)
            elif text:
                wrong.append((field, subfield))
    for field, subfield in wrong:
        if left:
            subfield["a"] = left.pop(0)
        else:
            remove(record, field)
    for text in left:
        insert(record, tag, new_field("  ", ("a", text)))


def write_paragraphs(record: MarcRecord, tag: str, indicators: str, text: str, old: str) -> None:
    """Write a text of some paragraphs, one field each; where their number stays each is written in its place."""
    lines, before = [line for line in text.split("\n") if line], [line for line in old.split("\n") if line]
    own = [one for one in data_fields(record, tag) if values(one, "a")]
    if len(lines) == len(before) == len(own):
        for field, line, known in zip(own, lines, before, strict=True):
            if line != known:
                first = next(one for one in field["subfields"] if clean(one.get("a", "")))
                field["subfields"] = [one for one in field["subfields"] if one is first or "a" not in one]
                first["a"] = line
        return
    for field in own:
        remove(record, field)
    for line in lines:
        insert(record, tag, new_field(indicators, ("a", line)))


def is_form(heading: str) -> bool:
    """Whether a heading names a form that is shown as a format and not among the subjects."""
    return any(words in heading.casefold() for words in ("alta leggibilit", "easy-to-read", "easy reading"))


def _keep_words(record: MarcRecord, field: DataField, wanted: list[str], left: list[str]) -> None:
    """Take the free words that are not wanted out of a field; those that stay are no longer `left` to be written."""
    for subfield in list(field["subfields"]):
        text = clean(subfield.get("a", ""))
        if text and text not in wanted:
            take_out(record, field, subfield)
        elif text in left:
            left.remove(text)


def write_subjects(
    record: MarcRecord,
    tags: tuple[str, ...],
    heading: Callable[[DataField, str], str],
    free: str,
    wanted: list[str],
    new: tuple[str, str, str],
) -> None:
    """Keep the subjects that are wanted, take the others out, add the new ones ('Fari - Storia' has a subdivision)."""
    left = list(wanted)
    for one in list(record["fields"]):
        for tag, field in one.items():
            if isinstance(field, str) or tag not in (*tags, free):
                continue
            if tag == free:
                _keep_words(record, field, wanted, left)
                continue
            shown = heading(field, tag)
            if shown in left:
                left.remove(shown)
            elif shown and shown not in wanted and not is_form(shown):
                remove(record, field)
    tag, indicators, code = new
    for text in left:
        head, *below = [part.strip() for part in text.split(" - ")]
        insert(record, tag, new_field(indicators, ("a", head), *((code, part) for part in below)))


def _spot(name: str) -> Callable[[MarcRecord, Any, Any], None]:
    return lambda record, text, _old: put(record, SPOTS[name], text)


WRITERS: dict[str, Callable[[MarcRecord, Any, Any], None]] = {
    **{name: _spot(name) for name in SPOTS},
    "title": _write_title,
    "subtitle": _write_subtitle,
    "responsibility": _write_responsibility,
    "original_title": _write_original_title,
    "year": _write_year,
    "material": _write_material,
    "audience": _write_audience,
    "formats": _write_formats,
    "isbns": _write_isbns,
    "subjects": _write_subjects,
    "summary": _write_summary,
    "people": _write_people,
}
