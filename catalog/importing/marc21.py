"""What is shown of a MARC21 record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.importing.fields import (
    Draft,
    Holding,
    age_mark_in,
    isbns_in,
    joined,
    value,
    values,
    without_tail,
    year_in,
)
from catalog.importing.report import Fault
from catalog.importing.roles import MARC21_ROLES, main_role, role_of_code, role_of_word, role_said
from catalog.models import Audience, Format, Material, Role

if TYPE_CHECKING:
    from catalog.importing.fields import DataField, Fields

TYPES = {
    "a": Material.BOOK, "t": Material.BOOK, "c": Material.SCORE, "d": Material.SCORE, "e": Material.MAP,
    "f": Material.MAP, "g": Material.DVD, "i": Material.AUDIOBOOK, "j": Material.CD, " ": Material.BOOK,
}  # fmt: skip
SERIAL = "sbi"  # bibliographic level: serial, part of a serial, integrating resource
AUDIENCES = {"a": Audience.CHILDREN, "b": Audience.CHILDREN, "c": Audience.CHILDREN, "j": Audience.CHILDREN,
             "d": Audience.TEEN}  # fmt: skip
MAIN_NAMES, OTHER_NAMES = ("100", "110", "111"), ("700", "710", "711")
SUBJECTS = ("600", "610", "611", "630", "648", "650", "651", "653", "655")
CORPORATE = ("110", "710")
NO_LANGUAGE = ("und", "zxx", "|||", "   ")


def read(fields: Fields) -> Draft:
    """Return what is shown of the record. Raises Fault when it has no title."""
    general = fields.controls.get("008", "").ljust(40)
    title, part = _title(fields)
    material = _material(fields, general)
    uniform = _uniform_title(fields)
    is_translated = bool(fields.first("041", "h")) or bool(fields.first("240", "l"))
    draft = Draft(
        title=title,
        part=part,
        subtitle=without_tail(joined([without_tail(one) for one in _values(fields, "245", "b")], " : ")),
        original_title=_translated_from(fields) or (uniform if is_translated else ""),
        responsibility=without_tail(fields.first("245", "c")),
        edition=without_tail(fields.first("250", "a")),
        material=material,
        audience=_audience(fields, general),
        age_mark=age_mark_in(_values(fields, "521", "a")),
        language=_language(fields, general),
        isbns=isbns_in(_values(fields, "020", "a")),
        dewey=fields.first("082", "a").replace("/", "").replace("'", "").split(" ")[0],
        summary="\n".join(joined(values(one, "ab"), " ") for one in fields.all("520") if one["ind1"] in " 213"),
        formats=_formats(fields, general),
        is_serial=fields.leader[7] in SERIAL,
        work_slug=fields.first("909", "a"),
        subjects=_subjects(fields),
        holdings=_holdings(fields),
    )
    draft.series, draft.series_number = _series(fields)
    _imprint(fields, general, draft)
    _people(fields, draft, main_role(material, is_music_by_title=bool(uniform)))
    return draft


def _values(fields: Fields, tag: str, codes: str) -> list[str]:
    return [text for one in fields.all(tag) for text in values(one, codes)]


def _title(fields: Fields) -> tuple[str, str]:
    """Return the title with its volume, and the volume alone."""
    main, part = "", ""
    for one in fields.all("245"):
        main = main or without_tail(value(one, "a")) or without_tail(value(one, "kf"))
        part = part or joined([without_tail(text) for text in values(one, "np")], ". ")
    main = main or without_tail(fields.first(("245", "130", "240"), "ab"))
    if not main and not part:
        raise Fault("no_title", where="245 $a")
    return joined([main, part], ". "), part if main else ""


def _uniform_title(fields: Fields) -> str:
    """Return the uniform title (130, 240) unless it only gathers ('Works. Selections')."""
    for one in fields.all("130", "240"):
        if not value(one, "k"):
            return without_tail(joined([without_tail(text) for text in values(one, "anp")], ". "))
    return ""


def _translated_from(fields: Fields) -> str:
    """Return the title of the original that 765 names."""
    return without_tail(fields.first("765", "t"))


def _material(fields: Fields, general: str) -> str:
    kind, level = fields.leader[6], fields.leader[7]
    if kind in "at" and level in SERIAL:
        return Material.MAGAZINE
    if kind == "a" and "6" in general[24:28]:  # nature of contents: comics
        return Material.COMIC
    if kind == "m" and general[26] == "g":  # computer file: game
        return Material.VIDEOGAME
    return TYPES.get(kind, Material.OTHER)


def _audience(fields: Fields, general: str) -> str:
    if fields.leader[6] in "ef" or fields.leader[7] in SERIAL:
        return Audience.ADULT  # position 22 says something else there
    return AUDIENCES.get(general[22], Audience.ADULT)


def _language(fields: Fields, general: str) -> str:
    for code in (general[35:38], fields.first("041", "a")[:3]):
        if len(code) == 3 and code.isalpha() and code.isascii() and code.lower() not in NO_LANGUAGE:  # noqa: PLR2004
            return code.lower()
    return ""


def _imprint(fields: Fields, general: str, draft: Draft) -> None:
    """Fill in publisher, place, year and extent; 264 with second indicator 1 is the publication."""
    imprints = fields.all("260") + [one for one in fields.all("264") if one["ind2"] == "1"]
    for one in imprints or fields.all("264"):
        draft.published_in = draft.published_in or without_tail(value(one, "a"))
        draft.publisher = draft.publisher or without_tail(value(one, "b"))
    dated = general[7:11] if general[7:11].isdigit() else ""
    draft.year = year_in(dated, *(value(one, "c") for one in imprints), fields.first("264", "c"))
    for one in fields.all("300")[:1]:
        draft.extent = joined(values(one, "abce"), " ").strip(" :;+")


def _formats(fields: Fields, general: str) -> list[str]:
    """Return how the text is made easier to read: form of item in 008 codes large print, 655 names the form."""
    found = []
    if fields.leader[6] in "at" and general[23] == "d":
        found.append(Format.LARGE_PRINT.value)
    easy = ("alta leggibilit", "easy-to-read", "easy reading")
    if any(word in text.casefold() for text in _values(fields, "655", "a") for word in easy):
        found.append(Format.EASY_READING.value)
    return found


def _series(fields: Fields) -> tuple[str, str]:
    """Return the series and the number in it."""
    for one in fields.all("490", "440", "830", "800"):
        name = without_tail(value(one, "at") if value(one, "t") == "" else value(one, "t"))
        if name:
            return name, without_tail(value(one, "v"))
    return "", ""


def _name(one: DataField, tag: str) -> str:
    if tag in CORPORATE:
        return joined([without_tail(text) for text in values(one, "ab")], ". ")
    name = without_tail(value(one, "a"))
    if number := without_tail(value(one, "b")):
        name = f"{name} {number}"
    return name


def _people(fields: Fields, draft: Draft, main: Role) -> None:
    beside = Role.PERFORMER if draft.material == Material.CD else Role.OTHER
    for tag in MAIN_NAMES + OTHER_NAMES:
        for one in fields.all(tag):
            name = _name(one, tag)
            if not name:
                continue
            if tag in MAIN_NAMES and not draft.main_author:
                draft.main_author = name
            said = [role_of_code(text, MARC21_ROLES) for text in values(one, "4")] or [
                role_of_word(text) for text in values(one, "j" if tag in ("111", "711") else "e")
            ]
            roles = [role for role in said if role is not None]
            if not roles:
                roles = [main if tag in MAIN_NAMES else role_said(draft.responsibility, name, main) or beside]
            identifier = value(one, "0")
            draft.people += [(name, identifier, role) for role in roles]


def _subjects(fields: Fields) -> list[str]:
    found: dict[str, None] = {}
    for tag in SUBJECTS:
        for one in fields.all(tag):
            if tag == "653":  # free words, each on its own
                found.update(dict.fromkeys(without_tail(text) for text in values(one, "a")))
                continue
            head = joined([without_tail(text) for text in values(one, "abnpt" if tag < "648" else "ab")], ". ")
            found[joined([head, *(without_tail(text) for text in values(one, "vxyz"))], " - ")] = None
    found.pop("", None)
    return list(found)


def _holdings(fields: Fields) -> list[Holding]:
    """Return the copies that 852 names by a barcode."""
    return [
        Holding(value(one, "b"), barcode, value(one, "j") or joined(values(one, "khim"), " "), value(one, "3"))
        for one in fields.all("852")
        for barcode in values(one, "p")
    ]
