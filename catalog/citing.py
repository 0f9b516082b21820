"""How a title is cited: a line of text, BibTeX, RIS for other programs. Pure; needs contributions fetched."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from catalog.languages import tag_of
from catalog.models import Material, Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catalog.models import Title

MAIN = (Role.AUTHOR, Role.DIRECTOR, Role.COMPOSER, Role.PERFORMER)
RIS_TYPES = {
    Material.BOOK: "BOOK",
    Material.COMIC: "BOOK",
    Material.AUDIOBOOK: "SOUND",
    Material.CD: "SOUND",
    Material.DVD: "VIDEO",
    Material.MAGAZINE: "SER",
    Material.MAP: "MAP",
    Material.SCORE: "MUSIC",
    Material.VIDEOGAME: "COMP",
}
RIS_ROLES = {Role.EDITOR: "A2", Role.TRANSLATOR: "A4"}
_TEX = str.maketrans({
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
})  # fmt: skip


def plain_citation(title: Title, address: str) -> str:
    """Return a citation as a line of text, authors first."""
    published = ": ".join(part for part in (title.published_in, title.publisher) if part)
    parts = [
        "; ".join(names_of(title, MAIN)),
        full_title(title),
        title.edition,
        ", ".join(part for part in (published, str(title.year or "")) if part),
        f"ISBN {title.isbns[0]}" if title.isbns else "",
        address,
    ]
    return " ".join(_ended(part) for part in parts[:-1] if part) + f" {address}"


def bibtex(title: Title, address: str) -> str:
    """Return the title as a BibTeX entry, in UTF-8."""
    kind = "book" if title.material in (Material.BOOK, Material.COMIC) else "misc"
    fields = {
        "author": " and ".join(names_of(title, MAIN)),
        "editor": " and ".join(names_of(title, [Role.EDITOR])),
        "translator": " and ".join(names_of(title, [Role.TRANSLATOR])),
        "title": full_title(title),
        "edition": title.edition,
        "series": title.series,
        "number": title.series_number,
        "address": title.published_in,
        "publisher": title.publisher,
        "year": str(title.year or ""),
        "isbn": title.isbns[0] if title.isbns else "",
        "langid": tag_of(title.language),
        "url": address,
    }
    lines = [f"  {name} = {{{_one_line(text).translate(_TEX)}}}," for name, text in fields.items() if text]
    return "\n".join([f"@{kind}{{milanolib-{title.pk},", *lines, "}"]) + "\n"


def ris(title: Title, address: str) -> str:
    """Return the title as a RIS record."""
    lines = [("TY", RIS_TYPES.get(Material(title.material), "GEN"))]
    lines += [("AU", name) for name in names_of(title, MAIN)]
    for role, tag in RIS_ROLES.items():
        lines += [(tag, name) for name in names_of(title, [role])]
    lines += [
        ("TI", full_title(title)),
        ("ET", title.edition),
        ("T2", title.series),
        ("CY", title.published_in),
        ("PB", title.publisher),
        ("PY", str(title.year or "")),
        *(("SN", isbn) for isbn in title.isbns),
        ("LA", tag_of(title.language)),
        ("UR", address),
        ("ID", f"milanolib-{title.pk}"),
    ]
    return "".join(f"{tag}  - {_one_line(text)}\r\n" for tag, text in lines if text) + "ER  - \r\n"


def full_title(title: Title) -> str:
    """Return title and subtitle."""
    return f"{title.title}: {title.subtitle}" if title.subtitle else title.title


def names_of(title: Title, roles: Iterable[str]) -> list[str]:
    """Return the names of who had these roles, family name first, each once."""
    wanted = set(roles)
    return list(dict.fromkeys(one.agent.name for one in title.contributions.all() if one.role in wanted))


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _one_line(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f\s]+", " ", text).strip()
