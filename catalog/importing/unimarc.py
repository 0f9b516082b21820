"""What is shown of a UNIMARC record, as Italian and French libraries write it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from catalog.importing.fields import (
    Draft,
    Holding,
    age_mark_in,
    clean,
    isbns_in,
    joined,
    value,
    values,
    without_tail,
    year_in,
)
from catalog.importing.report import Fault
from catalog.importing.roles import UNIMARC_ROLES, main_role, role_of_code, role_said
from catalog.models import Audience, Format, Material, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.importing.fields import DataField, Fields

TYPES = {
    "a": Material.BOOK, "b": Material.BOOK, "c": Material.SCORE, "d": Material.SCORE, "e": Material.MAP,
    "f": Material.MAP, "g": Material.DVD, "i": Material.AUDIOBOOK, "j": Material.CD, " ": Material.BOOK,
}  # fmt: skip
SERIAL = "si"  # bibliographic level: serial, integrating resource
AUDIENCES = {"a": Audience.CHILDREN, "b": Audience.CHILDREN, "c": Audience.CHILDREN, "d": Audience.CHILDREN,
             "e": Audience.TEEN}  # fmt: skip
GENERAL_DATA = 20  # 100 $a this long still has its positions where they belong
MAIN_NAMES, SHARED_NAMES, OTHER_NAMES = ("700", "710", "720"), ("701", "711", "721"), ("702", "712", "722")
CORPORATE = ("710", "711", "712")
SUBJECTS = ("600", "601", "602", "604", "605", "606", "607", "608")
_VOLUME = re.compile(
    r"(?:(?:vol(?:ume)?|tomo|parte|libro|n)\b\.? ?)?[\[(]?(?:\d{1,4}|[ivxlc]{1,7})[\])]? ?(?:[.:,]|$)", re.IGNORECASE
)
_SBN_STAR = re.compile(
    r"^((?:gli|il|lo|la|i|le|un|uno|una|the|a|an|les|der|die|das|el|los|las) |(?:l|un)['\u2019])\*", re.IGNORECASE
)
_SBN_IDENTIFIER = re.compile(r"^IT\\ICCU\\|\\")


def read(fields: Fields) -> Draft:
    """Return what is shown of the record. Raises Fault when it has no title."""
    general = fields.raw("100", "a")
    title, subtitle, responsibility, part = _title(fields)
    material = _material(fields)
    uniform = fields.first("500", "a")
    draft = Draft(
        title=title,
        part=part,
        subtitle=subtitle,
        responsibility=responsibility,
        original_title=_linked_title(fields, "454") or (uniform if uniform != title else ""),
        edition=fields.first("205", "a"),
        material=material,
        audience=AUDIENCES.get(general[17:18], Audience.ADULT) if len(general) > GENERAL_DATA else Audience.ADULT,
        age_mark=age_mark_in(text for one in fields.all("300", "333") for text in values(one, "a")),
        language=_language(fields),
        isbns=isbns_in([text for one in fields.all("010", "073") for text in values(one, "a")]),
        dewey=fields.first("676", "a").replace("/", "").split(" ")[0],
        summary="\n".join(joined(values(one, "a"), " ") for one in fields.all("330")),
        formats=_formats(fields),
        is_serial=fields.leader[7] in SERIAL,
        work_slug=fields.first("909", "a"),
        subjects=_subjects(fields),
        holdings=_holdings(fields),
    )
    draft.series, draft.series_number = _series(fields)
    _imprint(fields, general, draft)
    _people(fields, draft, main_role(material, is_music_by_title=bool(uniform)))
    return draft


def _title(fields: Fields) -> tuple[str, str, str, str]:
    """Return title with its volume, subtitle, responsibility, and the volume alone; the order of 200 counts."""
    main: list[str] = []
    volume: list[str] = []
    below: list[str] = []
    said: list[str] = []
    for code, text in _described(fields):
        match code:
            case "a":
                main.append((" ; " if main else "") + _SBN_STAR.sub(r"\1", text))
            case "c":  # another title, by somebody else
                main.append((". " if main else "") + text)
            case "d":  # the title in another language
                below.append(f"= {text.lstrip('= ')}")
            case "e":
                below.append(text)
            case "f" | "g":
                said.append(text)
            case "h" | "i":
                volume.append(text)
    title, part = "".join(main), ". ".join(volume)
    # A volume catalogued on its own is often called only '2' or 'Vol. 2': the set it belongs to names it.
    whole = _linked_title(fields, "461") or _linked_title(fields, "462")
    if whole and (not title or _VOLUME.match(title)):
        title, part = whole, joined([title, part], ". ")
    if not title and not part:
        raise Fault("no_title", where="200 $a")
    shown = joined([title, part], ". ")
    return shown, " : ".join(below).replace(" : = ", " = "), " ; ".join(said), part if title else ""


def _described(fields: Fields) -> Iterator[tuple[str, str]]:
    """Yield code and text of the subfields of the title field."""
    for one in fields.all("200")[:1]:
        for subfield in one["subfields"]:
            for code, content in subfield.items():
                if text := clean(content).strip(" /:;="):
                    yield code, text


def _linked_title(fields: Fields, tag: str) -> str:
    """Return the title in a linking field: $t, or the $a of the field 200 embedded in it."""
    for one in fields.all(tag):
        if title := value(one, "t"):
            return title
        inside = ""
        for subfield in one["subfields"]:
            for code, content in subfield.items():
                if code == "1":
                    inside = content[:3]
                elif code == "a" and inside == "200" and (title := clean(content)):
                    return without_tail(title)
    return ""


def _material(fields: Fields) -> str:
    kind, level = fields.leader[6], fields.leader[7]
    said = fields.first("995", "r").casefold()
    if said in Material.values:  # one of our own names says it best
        return said
    if kind in "ab" and level in SERIAL:
        return Material.MAGAZINE
    if kind == "a" and "t" in fields.raw("105", "a")[4:8]:  # form of contents: comics
        return Material.COMIC
    return TYPES.get(kind, Material.OTHER)


def _language(fields: Fields) -> str:
    code = fields.first("101", "a")[:3].lower()
    return code if len(code) == 3 and code.isalpha() and code.isascii() and code not in ("und", "zxx") else ""  # noqa: PLR2004


def _imprint(fields: Fields, general: str, draft: Draft) -> None:
    """Fill in publisher, place, year and extent; 214 follows 210 in newer records."""
    imprints = fields.all("210") + [one for one in fields.all("214") if one["ind2"] in " 0"]
    for one in imprints:
        draft.published_in = draft.published_in or without_tail(value(one, "a"))
        draft.publisher = draft.publisher or without_tail(value(one, "c"))
    dated = general[9:13] if general[9:13].isdigit() else ""
    draft.year = year_in(dated, *(value(one, "d") for one in imprints))
    for one in fields.all("215")[:1]:
        draft.extent = value(one, "a")
        for code, mark in (("c", " : "), ("d", " ; "), ("e", " + ")):
            draft.extent = joined([draft.extent, value(one, code)], mark)


def _series(fields: Fields) -> tuple[str, str]:
    """Return the series and the number in it."""
    for one in fields.all("225"):
        if name := joined(values(one, "ai"), ". "):
            return name, value(one, "v")
    if name := _linked_title(fields, "410"):
        return name, value(fields.all("410")[0], "v")
    return "", ""


def _formats(fields: Fields) -> list[str]:
    """Return how the text is made easier to read: 106 $a codes large print, 608 names the form."""
    found = []
    if fields.raw("106", "a")[:1] == "d":
        found.append(Format.LARGE_PRINT.value)
    if any("alta leggibilit" in text.casefold() for one in fields.all("608") for text in values(one, "a")):
        found.append(Format.EASY_READING.value)
    return found


def _name(one: DataField, tag: str) -> str:
    first = value(one, "a").strip(" ,;:")
    if tag in CORPORATE:
        return joined([first, *values(one, "b")], ". ")
    rest = value(one, "b").strip(" ,;:")
    name = f"{first}, {rest}" if rest and first else first or rest
    if number := value(one, "d").strip(" ,;:"):
        name = f"{name} {number}"
    if not rest and one["ind2"] == "0" and (addition := value(one, "c").strip(" ,;:<>")):
        name = f"{name} {addition}"  # Leonardo da Vinci stands under the name he was given
    return name


def _people(fields: Fields, draft: Draft, main: Role) -> None:
    for tag in MAIN_NAMES + SHARED_NAMES + OTHER_NAMES:
        for one in fields.all(tag):
            name = _name(one, tag)
            if not name:
                continue
            if tag in MAIN_NAMES and not draft.main_author:
                draft.main_author = name
            said = [role_of_code(text, UNIMARC_ROLES) for text in values(one, "4")]
            roles = [role for role in said if role is not None]
            if not roles and tag in OTHER_NAMES:
                roles = [role_said(draft.responsibility, name, Role.OTHER) or Role.OTHER]
            roles = roles or [main]
            identifier = _SBN_IDENTIFIER.sub("", value(one, "3"))
            draft.people += [(name, identifier, role) for role in roles]


def _subjects(fields: Fields) -> list[str]:
    found: dict[str, None] = {}
    for tag in SUBJECTS:
        for one in fields.all(tag):
            head = joined(values(one, "ab" if tag in ("600", "601", "602") else "at"), ", ").replace(", , ", ", ")
            found[joined([head, *(text for text in values(one, "xyzj") if text[0] != "+")], " - ")] = None
    for one in fields.all("610"):  # free words, each on its own
        found.update(dict.fromkeys(values(one, "a")))
    found.pop("", None)
    return list(found)


def _holdings(fields: Fields) -> list[Holding]:
    """Return the copies that 995 names, and those of 950 and 852 that carry a barcode."""
    return [
        Holding(value(one, "b"), barcode, joined(values(one, shelf), " "), value(one, volume))
        for tag, barcodes, shelf, volume in (("995", "f", "k", "v"), ("950", "pf", "d", ""), ("852", "p", "jkl", "3"))
        for one in fields.all(tag)
        for barcode in values(one, barcodes)
    ]
