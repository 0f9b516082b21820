"""Shelf marks in the manner of Italian public libraries, for the demonstration catalogue.

`N CAL` adult fiction, `GA N GRE` for the young, `R N ROD` for children, `FUM PRA` comics, `DVD SCO` films by director,
`CD DAL` music, `AL FER` audiobooks, `RIV DOM` magazines, `VG MAR` games, `CAR MIL` maps, `MUS BAC` scores, and Dewey
with three letters for all else; books in other languages start with their language: `ING N ORW`.
"""

from __future__ import annotations

import re
import unicodedata

MATERIAL_SECTION = {
    "comic": "FUM",
    "dvd": "DVD",
    "cd": "CD",
    "audiobook": "AL",
    "magazine": "RIV",
    "videogame": "VG",
    "map": "CAR",
    "score": "MUS",
}
READERS_SECTION = {"adult": "", "teen": "GA", "children": "R"}
LANGUAGE_SECTION = {
    "eng": "ING",
    "fre": "FRA",
    "spa": "SPA",
    "ger": "TED",
    "ara": "ARA",
    "chi": "CIN",
    "rum": "RUM",
    "ukr": "UCR",
    "por": "POR",
    "alb": "ALB",
    "rus": "RUS",
    "fil": "FIL",
    "tgl": "FIL",
    "ben": "BEN",
    "sin": "SIN",
    "pan": "PAN",
    "urd": "URD",
    "hin": "HIN",
    "tam": "TAM",
    "jpn": "GIA",
    "kor": "COR",
    "gre": "GRE",
    "per": "PER",
    "pol": "POL",
    "tir": "TIG",
}
# Dewey numbers of literatures without their last digit, which tells the form (1 poetry, 2 drama, 3 fiction, ...).
LITERATURES = (
    *(
        "81",
        "82",
        "83",
        "84",
        "85",
        "86",
        "839.31",
        "839.69",
        "839.7",
        "839.81",
        "839.82",
        "859.",
        "869.",
        "891.7",
        "891.79",
    ),
    *("891.82", "891.85", "891.86", "892.4", "892.7", "894.35", "894.511", "894.541", "895.1", "895.6", "895.7"),
    *("839.1", "889.", "891.42", "891.43", "891.439", "891.44", "891.48", "891.55", "891.991", "893.54", "899.211"),
)
ARTICLES = re.compile(r"(?:(?:il|lo|la|i|gli|le|un|uno|una|the|a|an|les|el|los|las)\s+|(?:l|un)')(?=\S)", re.IGNORECASE)
# Letters that do not fall apart into a plain letter and a mark.
PLAIN = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ð": "d", "Ð": "D", "æ": "ae", "Æ": "AE"})
FICTION = "3"


def literary_form(dewey: str) -> str:
    """Give the digit of the form in the Dewey number of a literature, or nothing for any other subject."""
    base = max((base for base in LITERATURES if dewey.startswith(base)), key=len, default=None)
    return dewey[len(base) : len(base) + 1] if base else ""


def initials(text: str, *, title: bool = False, spare: str = "") -> str:
    """Give three capitals of a family name or of a title past its article; `spare` serves other scripts."""
    if title and (article := ARTICLES.match(text)):
        text = text[article.end() :]
    plain = unicodedata.normalize("NFKD", text.translate(PLAIN))
    letters = re.sub(r"[^A-Za-z0-9]", "", plain)
    return (letters or re.sub(r"[^a-z0-9]", "", spare))[:3].upper()


def shelf_mark(work: dict[str, str], letters: str) -> str:
    """Give the shelf mark of all copies of one edition, from its row and the letters it is filed under."""
    material = work["material"]
    section = MATERIAL_SECTION.get(material, "")
    if not section:
        section = "N" if literary_form(work["dewey"]) == FICTION else work["dewey"]
    language = LANGUAGE_SECTION.get(work["language"], "") if material in {"book", "comic"} else ""
    readers = READERS_SECTION[work["audience"]]
    return " ".join(part for part in (language, readers, section, letters) if part)
