"""Which editions are one work: a key that rather keeps two editions apart than makes one work of two.

A reader who reserves a work takes any of its editions, so a wrong meeting lends the wrong book; a missed one only
makes two queues.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from catalog.importing.bulk import longest
from catalog.keys import folded, title_key
from catalog.models import Material, Work

if TYPE_CHECKING:
    from catalog.importing.fields import Draft

LONGEST = 200  # of Work.key
SHORTEST_TITLE = 2
_SLUG = re.compile(r"(?=[0-9-]*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*")
# Titles that only gather what somebody wrote or recorded: two of them are seldom the same book.
_GATHERING = frozenset(
    {
        "opere", "opere complete", "opere scelte", "tutte le opere", "poesie", "tutte le poesie", "racconti",
        "tutti i racconti", "novelle", "romanzi", "teatro", "saggi", "lettere", "scritti", "antologia",
        "works", "complete works", "selected works", "selections", "poems", "selected poems", "collected poems",
        "stories", "short stories", "novels", "plays", "essays", "letters", "correspondence", "speeches",
        "oeuvres", "oeuvres completes", "poemes", "nouvelles", "gesammelte werke", "werke", "gedichte",
        "obras", "obras completas", "greatest hits", "best of", "the best of", "collection", "live", "songs", "lieder",
        "senza titolo", "sans titre", "untitled",
    }
)  # fmt: skip
_SELDOM_EDITED = (Material.MAP, Material.MAGAZINE, Material.OTHER)


def work_key(draft: Draft, source: str, control_number: str) -> str:
    """Return the key of the work a record belongs to.

    The slug in local field 909 $a when there is one; else main author and title, the original's for a
    translation, with the volume; else, where these do not tell works apart (no author, serials, maps, 'Poesie'),
    a key that no other record has.
    """
    if _is_slug(draft):
        return draft.work_slug
    own = f"={source}={control_number}"
    name = draft.original_title or draft.title.removesuffix(draft.part).rstrip(". ")
    title = title_key(name)
    author = folded(draft.main_author)
    if (
        not author
        or len(title) < SHORTEST_TITLE
        or title in _GATHERING
        or draft.is_serial
        or draft.material in _SELDOM_EDITED
        or name.startswith("[")  # a title that the cataloguer made
    ):
        return _shortened(own)
    return _shortened("/".join(part for part in (author, title, folded(draft.part)) if part))


def _is_slug(draft: Draft) -> bool:
    """Whether 909 $a names a work: other systems keep other things there, so one word must be in the title too."""
    slug = draft.work_slug
    is_meant = "-" in slug or slug in folded(f"{draft.title} {draft.original_title}").split()
    return is_meant and len(slug) <= LONGEST and _SLUG.fullmatch(slug) is not None


def work_title(draft: Draft) -> str:
    """Return what a new work is called."""
    return draft.title[: longest(Work, "title")]


def _shortened(key: str) -> str:
    if len(key) <= LONGEST:
        return key
    return f"{key[: LONGEST - 17]}~{sha256(key.encode()).hexdigest()[:16]}"
