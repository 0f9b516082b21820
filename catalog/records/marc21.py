"""Where the common fields stand in MARC21, and how each is written; records come so from others, none is made so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog.importing.fields import clean, joined, values, without_tail, year_in
from catalog.importing.marc21 import CORPORATE, MAIN_NAMES, OTHER_NAMES, SUBJECTS, TYPES
from catalog.importing.marc21 import _name as name_of
from catalog.importing.roles import MARC21_ROLES, role_of_code, role_of_word
from catalog.models import Audience, Format, Material, Role
from catalog.records.editing import (
    Spot,
    control,
    data_fields,
    get,
    insert,
    new_field,
    positions,
    put,
    remove,
    set_control,
    take_out,
)
from catalog.records.people import BODY, PERSON, People
from catalog.records.unimarc import is_form, set_code, write_isbns, write_paragraphs, write_subjects

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog.importing.fields import DataField, Draft, MarcRecord

CODED = 40  # characters of 008
TITLE = Spot((("245", "10"),), "a", "anpbhfgkc")
IMPRINT = (("264", " 1"), ("260", "  "))
SPOTS = {
    "subtitle": Spot(TITLE.tags, "b", TITLE.order),
    "responsibility": Spot(TITLE.tags, "c", TITLE.order),
    "edition": Spot((("250", "  "),), "a"),
    "publisher": Spot(IMPRINT, "b"),
    "published_in": Spot(IMPRINT, "a"),
    "series": Spot((("490", "0 "), ("440", " 0"), ("830", " 0")), "a"),
    "series_number": Spot((("490", "0 "), ("440", " 0"), ("830", " 0")), "v"),
    "dewey": Spot((("082", "04"),), "a"),
}
LEADER_TYPES = {
    Material.BOOK: "a", Material.COMIC: "a", Material.MAGAZINE: "a", Material.SCORE: "c", Material.MAP: "e",
    Material.DVD: "g", Material.AUDIOBOOK: "i", Material.CD: "j", Material.VIDEOGAME: "m", Material.OTHER: "r",
}  # fmt: skip
AUDIENCES = {Audience.ADULT: "e", Audience.TEEN: "d", Audience.CHILDREN: "j"}
RELATORS = {
    Role.AUTHOR: "aut", Role.TRANSLATOR: "trl", Role.ILLUSTRATOR: "ill", Role.EDITOR: "edt", Role.DIRECTOR: "drt",
    Role.NARRATOR: "nrt", Role.PERFORMER: "prf", Role.COMPOSER: "cmp", Role.OTHER: "ctb",
}  # fmt: skip
COMIC, GAME, LARGE_PRINT = "6", "g", "d"
EASY_READING = "Libri ad alta leggibilità"


def title(record: MarcRecord) -> str:
    """Return the title proper, without its volume."""
    return get(record, TITLE)


def isbns(record: MarcRecord) -> list[str]:
    """Return the ISBNs as they are written, each with what stands behind it."""
    return [text for one in data_fields(record, "020") for text in values(one, "a")]


def _role_of(one: DataField) -> Role | None:
    said = [role_of_code(text, MARC21_ROLES) for text in values(one, "4")] or [
        role_of_word(text) for text in values(one, "e")
    ]
    return next((role for role in said if role is not None), None)


def _set_role(one: DataField, role: Role) -> None:
    one["subfields"] = [subfield for subfield in one["subfields"] if "e" not in subfield]
    set_code(one, "4", RELATORS[role])


PEOPLE = People((*MAIN_NAMES, *OTHER_NAMES), CORPORATE, name_of, _role_of, _set_role)


def people(record: MarcRecord, draft: Draft) -> list[tuple[str, str, str]]:
    """Return who did what: name, role, person or body."""
    return PEOPLE.shown(record, draft)


def _coded(record: MarcRecord) -> str:
    return control(record, "008").ljust(CODED)


def _write_title(record: MarcRecord, text: str, _old: object) -> None:
    put(record, TITLE, text)


def _write_original_title(record: MarcRecord, text: str, old: str) -> None:
    uniform = Spot((("240", "10"), ("130", "0 ")), "a")
    linked = Spot((("765", "0 "),), "t")
    put(record, uniform if old and not get(record, linked) and get(record, uniform) == old else linked, text)


def _write_year(record: MarcRecord, year: int | None, old: int | None) -> None:
    text = _coded(record)
    kind = "n" if year is None else (text[6] if text[6] in "cdeikmpqrst" else "s")
    set_control(record, "008", positions(text, 6, f"{kind}{year or 'uuuu'}", CODED))
    spot = Spot(IMPRINT, "c")
    said = get(record, spot)
    if old is not None and year is not None and str(old) in said:
        put(record, spot, said.replace(str(old), str(year), 1))
    elif year is None or year_in(said) not in (None, year) or not said:
        put(record, spot, str(year or ""))


def _write_language(record: MarcRecord, code: str, old: str) -> None:
    set_control(record, "008", positions(_coded(record), 35, code or "und", CODED))
    for field in list(data_fields(record, "041")):
        for subfield in list(field["subfields"]):
            if clean(subfield.get("a", "")) != old:
                continue
            if code:
                subfield["a"] = code
            else:
                take_out(record, field, subfield)


def _write_material(record: MarcRecord, material: str, _old: object) -> None:
    kind = LEADER_TYPES[Material(material)]
    leader = record["leader"].ljust(24)
    level = "s" if material == Material.MAGAZINE else ("m" if leader[7] in "sbi " else leader[7])
    if TYPES.get(leader[6]) != TYPES.get(kind) or leader[6] == " ":
        leader = positions(leader, 6, kind, 24)
    record["leader"] = positions(leader, 7, level, 24)
    text = _coded(record)
    contents = text[24:28].replace(COMIC, " ")
    if material == Material.COMIC:
        contents = (COMIC + contents.replace("|", " ").strip())[:4].ljust(4)
    if material == Material.VIDEOGAME:
        contents = contents[:2] + GAME + contents[3:]
    if contents != text[24:28]:
        set_control(record, "008", positions(text, 24, contents, CODED))


def _write_audience(record: MarcRecord, audience: str, _old: object) -> None:
    set_control(record, "008", positions(_coded(record), 22, AUDIENCES[Audience(audience)], CODED))


def _write_formats(record: MarcRecord, formats: list[str], old: list[str]) -> None:
    if (Format.LARGE_PRINT in formats) != (Format.LARGE_PRINT in old):
        code = LARGE_PRINT if Format.LARGE_PRINT in formats else " "
        set_control(record, "008", positions(_coded(record), 23, code, CODED))
    if Format.EASY_READING in formats and Format.EASY_READING not in old:
        insert(record, "655", new_field(" 4", ("a", EASY_READING)))
    elif Format.EASY_READING not in formats and Format.EASY_READING in old:
        for field in list(data_fields(record, "655")):
            if any(is_form(text) for text in values(field, "a")):
                remove(record, field)


def _write_isbns(record: MarcRecord, numbers: list[str], _old: object) -> None:
    write_isbns(record, "020", numbers)


def _write_summary(record: MarcRecord, text: str, old: str) -> None:
    write_paragraphs(record, "520", "  ", text, old)


def _write_subjects(record: MarcRecord, headings: list[str], _old: object) -> None:
    write_subjects(record, SUBJECTS, heading_of, "653", headings, ("650", " 4", "x"))


def heading_of(one: DataField, tag: str) -> str:
    """Return a subject as it is shown."""
    head = joined([without_tail(text) for text in values(one, "abnpt" if tag < "648" else "ab")], ". ")
    return joined([head, *(without_tail(text) for text in values(one, "vxyz"))], " - ")


def _write_people(record: MarcRecord, wanted: list[tuple[str, str, str]], old: list[tuple[str, str, str]]) -> None:
    PEOPLE.write(record, wanted, old, _new_person)


def _new_person(record: MarcRecord, person: tuple[str, str, str]) -> None:
    """Add somebody: the first author under the main entry, all others beside."""
    name, role, kind = person
    is_author = role in (Role.AUTHOR, Role.COMPOSER, Role.PERFORMER)
    has_main = any(True for _one in data_fields(record, *MAIN_NAMES))
    tag = f"{1 if is_author and not has_main else 7}{1 if kind == BODY else 0}0"
    indicators = ("1 " if "," in name else "0 ") if kind == PERSON else "2 "
    insert(record, tag, new_field(indicators, ("a", name), ("4", RELATORS[Role(role)])))


def _spot(name: str) -> Callable[[MarcRecord, Any, Any], None]:
    return lambda record, text, _old: put(record, SPOTS[name], text)


WRITERS: dict[str, Callable[[MarcRecord, Any, Any], None]] = {
    **{name: _spot(name) for name in SPOTS},
    "title": _write_title,
    "original_title": _write_original_title,
    "year": _write_year,
    "language": _write_language,
    "material": _write_material,
    "audience": _write_audience,
    "formats": _write_formats,
    "isbns": _write_isbns,
    "subjects": _write_subjects,
    "summary": _write_summary,
    "people": _write_people,
}
