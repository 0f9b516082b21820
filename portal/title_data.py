"""What search engines and assistants read of a title: its work, the editions as examples of it, where one is free.

schema.org as JSON-LD; no query in here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from branches.linked_data import absolute
from catalog.covers import cover_url
from catalog.languages import tag_of
from catalog.models import Format, Material, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from branches.models import Place
    from catalog.models import Agent, Title

NETWORK = {"@type": "Library", "name": "Sistema Bibliotecario di Milano"}
TYPES = {
    Material.BOOK: "Book",
    Material.AUDIOBOOK: "Audiobook",
    Material.COMIC: "Book",
    Material.DVD: "Movie",
    Material.CD: "MusicAlbum",
    Material.MAGAZINE: "Periodical",
    Material.VIDEOGAME: "VideoGame",
    Material.MAP: "Map",
    Material.SCORE: "SheetMusic",
}
# What schema.org calls somebody's part; who is not here is a contributor.
ROLES = {
    Role.AUTHOR: "author",
    Role.TRANSLATOR: "translator",
    Role.ILLUSTRATOR: "illustrator",
    Role.EDITOR: "editor",
    Role.DIRECTOR: "director",
    Role.NARRATOR: "readBy",
    Role.PERFORMER: "byArtist",
    Role.COMPOSER: "composer",
}
WHOSE_WORK = (Role.AUTHOR, Role.DIRECTOR, Role.COMPOSER, Role.PERFORMER)
FOR_AUDIOBOOKS = ("Audiobook",)
BORROWED = "http://purl.org/goodrelations/v1#LeaseOut"  # how schema.org says that something is lent


def work_data(title: Title, free_at: Sequence[Place], editions: Iterable[Title]) -> dict[str, Any]:
    """Return the work of a title with its editions; needs contributions, subjects, `editions` with `is_free`."""
    kind = _kind_of(title)
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": kind,
        "@id": absolute(f"{title.get_absolute_url()}#work"),
        "name": title.original_title or title.title,
        "url": absolute(title.get_absolute_url()),
        "about": [subject.heading for subject in title.subjects.all()],
        "abstract": title.summary,
        "workExample": [
            _this_edition(title, free_at),
            *(_edition(one) | {"offers": _offer(is_free=one.is_free)} for one in editions),  # type: ignore[attr-defined]
        ],
    }
    for one in title.contributions.all():
        if one.role in WHOSE_WORK:
            data.setdefault(ROLES[Role(one.role)], []).append(person_data(one.agent))
    return _without_empty(data)


def person_data(agent: Agent) -> dict[str, Any]:
    """Return a person or body, with the page that tells more."""
    address = absolute(agent.get_absolute_url())
    return {
        "@type": "Person" if ", " in agent.name else "Thing",
        "@id": address,
        "name": agent.spoken_name,
        "url": address,
    }


def _kind_of(title: Title) -> str:
    return TYPES.get(Material(title.material), "CreativeWork")


def _this_edition(title: Title, free_at: Sequence[Place]) -> dict[str, Any]:
    data = _edition(title) | {"image": absolute(cover_url(title, "m"))}
    for one in title.contributions.all():
        if one.role not in WHOSE_WORK:
            data.setdefault(ROLES.get(Role(one.role), "contributor"), []).append(person_data(one.agent))
    offer = _offer(is_free=bool(free_at))
    if free_at:
        offer["availableAtOrFrom"] = [
            {"@type": "Library", "@id": absolute(place.get_absolute_url()), "name": place.name} for place in free_at
        ]
    return data | {"offers": offer}


def _edition(title: Title) -> dict[str, Any]:
    address = absolute(title.get_absolute_url())
    kind = _kind_of(title)
    data: dict[str, Any] = {
        "@type": kind,
        "@id": address,
        "url": address,
        "name": title.title,
        "inLanguage": tag_of(title.language),
        "datePublished": str(title.year or ""),
        "publisher": {"@type": "Organization", "name": title.publisher} if title.publisher else None,
    }
    if kind in ("Book", "Audiobook"):
        data |= {
            "isbn": title.isbns,
            "bookEdition": title.edition,
            "bookFormat": "https://schema.org/AudiobookFormat" if kind in FOR_AUDIOBOOKS else "",
            "accessibilityFeature": "largePrint" if Format.LARGE_PRINT in title.formats else "",
        }
    return _without_empty(data)


def _offer(*, is_free: bool) -> dict[str, Any]:
    return {
        "@type": "Offer",
        "availability": "https://schema.org/InStock" if is_free else "https://schema.org/OutOfStock",
        "businessFunction": BORROWED,
        "price": "0",
        "priceCurrency": "EUR",
        "offeredBy": NETWORK,
    }


def _without_empty(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value}
