"""Names in the demonstration catalogue: as headings, and as they stand on a title page."""

from __future__ import annotations

RELATOR = {
    "author": "070",
    "translator": "730",
    "illustrator": "440",
    "editor": "340",
    "director": "300",
    "narrator": "550",
    "performer": "590",
}
STATEMENT = {
    "ita": {
        "author": "testi di",
        "translator": "traduzione di",
        "illustrator": "illustrazioni di",
        "editor": "a cura di",
        "director": "regia di",
        "narrator": "letto da",
        "performer": "esecuzione di",
    },
    "eng": {"translator": "translated by", "illustrator": "illustrated by"},
    "fre": {"translator": "traduit par", "illustrator": "illustrations de"},
    "spa": {"translator": "traducción de", "illustrator": "ilustraciones de"},
    "ger": {"translator": "übersetzt von", "illustrator": "illustriert von"},
    "por": {"translator": "tradução de", "illustrator": "ilustrações de"},
}
AND = {"ita": "e", "eng": "and", "fre": "et", "spa": "y", "ger": "und", "por": "e"}
GROUPS = {
    *("Afterhours", "Area", "Banco del Mutuo Soccorso", "Baustelle", "Beatles", "Buena Vista Social Club", "CSI"),
    *(
        "Clash",
        "Daft Punk",
        "Elio e le Storie Tese",
        "I Musici",
        "Joy Division",
        "King Crimson",
        "Led Zeppelin",
        "Massive Attack",
    ),
    *("Matia Bazar", "Måneskin", "Nirvana", "Nomadi", "Pink Floyd", "Portishead", "Premiata Forneria Marconi"),
    *("Queen", "Radiohead", "Rolling Stones", "Scuola di Barbiana", "Subsonica", "Talking Heads", "U2"),
    *("Velvet Underground", "Verdena", "Weather Report"),
}
# Written family name first on the title page too.
FAMILY_FIRST = {
    *("Ba, Jin", "Bong, Joon-ho", "Cao, Xueqin", "Cho, Nam-joo", "Han, Kang", "Lao, She", "Liu, Cixin", "Lu, Xun"),
    *("Lu, Yao", "Luo, Guanzhong", "Mo, Yan", "Natsume, Sōseki", "Qian, Zhongshu", "Shen, Congwen", "Shi, Nai'an"),
    *("Wong, Kar-wai", "Wu, Cheng'en", "Yu, Hua", "Zhang, Ailing", "Cao, Wenxuan", "Hong, Xuntao", "Ren, Rongrong"),
    *("Yu, Liqiong", "Zhang, Leping", "Zhu, Chengliang"),
}


def direct(name: str) -> str:
    """Turn a heading into what stands on a title page: `Calvino, Italo` gives `Italo Calvino`."""
    family, comma, given = name.partition(", ")
    if not comma:
        return name
    return f"{family} {given}" if name in FAMILY_FIRST else f"{given} {family}"


def contributors(work: dict[str, str]) -> dict[str, list[str]]:
    """Give the other names by role, roles and names in the order of the row."""
    by_role: dict[str, list[str]] = {}
    for item in work["others"].split(" ; ") if work["others"] else []:
        name, _, role = item.strip().rpartition(":")
        by_role.setdefault(role, []).append(name)
    return by_role


def statements(work: dict[str, str]) -> list[str]:
    """Give one statement for each role, in the language of the edition where we have its words, else bare names."""
    found = []
    for role, names in contributors(work).items():
        *first, last = [direct(name) for name in names]
        conjunction = f" {AND.get(work['language'], '')} ".replace("  ", ", ")
        together = f"{', '.join(first)}{conjunction}{last}" if first else last
        # Our cataloguer speaks on discs, the title page on books.
        wording = STATEMENT.get("ita" if work["material"] == "cd" else work["language"], {})
        found.append(f"{wording.get(role, '')} {together}".strip())
    return found
