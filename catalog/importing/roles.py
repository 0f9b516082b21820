"""Who did what: relator codes and words of both dialects, as the few roles that readers are shown."""

from __future__ import annotations

import re

from catalog.keys import folded
from catalog.models import Material, Role

# UNIMARC, three digits in $4.
UNIMARC_ROLES = {
    "070": Role.AUTHOR, "005": Role.PERFORMER, "040": Role.ILLUSTRATOR, "018": Role.ILLUSTRATOR,
    "205": Role.AUTHOR, "220": Role.EDITOR, "230": Role.COMPOSER, "245": Role.AUTHOR, "250": Role.PERFORMER,
    "275": Role.PERFORMER, "300": Role.DIRECTOR, "340": Role.EDITOR, "440": Role.ILLUSTRATOR, "445": Role.OTHER,
    "545": Role.PERFORMER, "550": Role.NARRATOR, "590": Role.PERFORMER, "600": Role.ILLUSTRATOR,
    "651": Role.EDITOR, "721": Role.PERFORMER, "730": Role.TRANSLATOR, "755": Role.PERFORMER, "880": Role.AUTHOR,
}  # fmt: skip
# MARC21, three letters in $4.
MARC21_ROLES = {
    "aut": Role.AUTHOR, "cre": Role.AUTHOR, "dis": Role.AUTHOR, "act": Role.PERFORMER, "ant": Role.OTHER,
    "art": Role.ILLUSTRATOR, "cmp": Role.COMPOSER, "cnd": Role.PERFORMER, "com": Role.EDITOR, "dnc": Role.PERFORMER,
    "drt": Role.DIRECTOR, "fmd": Role.DIRECTOR, "edt": Role.EDITOR, "edc": Role.EDITOR, "ill": Role.ILLUSTRATOR,
    "itr": Role.PERFORMER, "mus": Role.PERFORMER, "nrt": Role.NARRATOR, "pht": Role.ILLUSTRATOR,
    "prf": Role.PERFORMER, "red": Role.EDITOR, "sng": Role.PERFORMER, "trl": Role.TRANSLATOR, "voc": Role.PERFORMER,
}  # fmt: skip
# Words in MARC21 $e, in English and in Italian, by how they begin.
WORDS = (
    ("author", Role.AUTHOR), ("autor", Role.AUTHOR), ("aut", Role.AUTHOR), ("joint author", Role.AUTHOR),
    ("transl", Role.TRANSLATOR), ("tr.", Role.TRANSLATOR), ("tradut", Role.TRANSLATOR), ("trad", Role.TRANSLATOR),
    ("ill", Role.ILLUSTRATOR), ("photograph", Role.ILLUSTRATOR), ("fotograf", Role.ILLUSTRATOR),
    ("artist", Role.ILLUSTRATOR), ("disegn", Role.ILLUSTRATOR),
    ("ed", Role.EDITOR), ("comp.", Role.EDITOR), ("compiler", Role.EDITOR), ("curator", Role.EDITOR),
    ("film director", Role.DIRECTOR), ("director", Role.DIRECTOR), ("regist", Role.DIRECTOR), ("regia", Role.DIRECTOR),
    ("narrat", Role.NARRATOR), ("reader", Role.NARRATOR), ("voce", Role.NARRATOR), ("letto", Role.NARRATOR),
    ("compos", Role.COMPOSER), ("musich", Role.COMPOSER),
    ("perform", Role.PERFORMER), ("instrument", Role.PERFORMER), ("sing", Role.PERFORMER), ("vocal", Role.PERFORMER),
    ("musician", Role.PERFORMER), ("conductor", Role.PERFORMER), ("actor", Role.PERFORMER),
    ("interpret", Role.PERFORMER), ("esecut", Role.PERFORMER), ("attore", Role.PERFORMER), ("cantante", Role.PERFORMER),
)  # fmt: skip


def role_of_code(code: str, table: dict[str, Role]) -> Role | None:
    """Return the role of a relator code, given plain or as the end of an address; None when there is no code."""
    code = code.rstrip("/").rpartition("/")[2].strip(" .").casefold()
    return table.get(code, Role.OTHER) if code else None


def role_of_word(word: str) -> Role | None:
    """Return the role that a relator word says; None when there is no word."""
    word = word.strip(" ,;()[]").casefold()
    if not word:
        return None
    return next((role for start, role in WORDS if word.startswith(start)), Role.OTHER)


def main_role(material: str, *, is_music_by_title: bool) -> Role:
    """Return the role of the person a record stands under when no relator says it."""
    if material == Material.SCORE:
        return Role.COMPOSER
    if material == Material.CD:
        # A uniform title on a recording is the composition's, so the name before it is the composer's.
        return Role.COMPOSER if is_music_by_title else Role.PERFORMER
    return Role.AUTHOR


# How a statement of responsibility introduces people, in folded words; what is said last before a name counts.
_INTRODUCED = re.compile(
    r"\b(?:(?P<translator>traduzion\w*|tradott\w*|trad|translat\w*|traduit\w*|ubersetz\w*)"
    r"|(?P<illustrator>illustr\w*|ill|disegni|fotografie|photographs)"
    r"|(?P<editor>a cura|edited|ed by|eds|hrsg\w*|herausgegeben)"
    r"|(?P<director>regia|directed|un film)|(?P<narrator>lett[oa]|legge|voce|read by|narrated)"
    r"|(?P<composer>musica|musiche|music by)|(?P<other>introduzione|prefazione|postfazione|foreword|introduction)"
    r"|(?P<companion>con|with)"
    r"|(?P<author>testi|text))\b"
)


def role_said(responsibility: str, name: str, main: Role) -> Role | None:
    """Return the role in which a statement of responsibility introduces somebody; None when it does not.

    `name` is inverted ('Scaglia, Cesare'): 'traduzione di Cesare Scaglia' makes a translator. Who stands in the
    first statement without such a word shares the `main` role.
    """
    if not responsibility:
        return None
    family = folded(name.partition(",")[0])
    for number, statement in enumerate(responsibility.split(";")):
        said = folded(statement)
        place = f" {said} ".find(f" {family} ") if family else -1
        if place < 0:
            continue
        words = [str(match.lastgroup) for match in _INTRODUCED.finditer(said[:place])]
        if words:
            return Role(words[-1]) if words[-1] in Role.values else Role.OTHER
        return main if number == 0 else None
    return None
