"""What facets and their values are called. Codes are data; words are in the reader's language when they are shown."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog import languages
from catalog.models import Audience, FacetKind, Format, Material

AUDIO = "audio"  # of FacetKind.FORMAT: what is listened to
_CHOICES: dict[str, type[Material | Audience | Format]] = {
    FacetKind.MATERIAL: Material,
    FacetKind.AUDIENCE: Audience,
    FacetKind.FORMAT: Format,
}


# What people type beside a title to say which thing they mean: 'harry potter inglese', 'blade runner dvd'. Books are
# what is meant when nothing is said. Never changed by the language of the page: these are words of the index.
SAID_ALOUD = {
    "audiobook": "audiolibro audiobook", "comic": "fumetto graphic novel", "dvd": "dvd film", "cd": "cd musica",
    "magazine": "rivista periodico", "videogame": "videogioco", "map": "mappa carta", "score": "spartito",
    "large_print": "caratteri grandi ipovedenti", "easy_reading": "alta leggibilità dislessia",
    "alb": "albanese", "ara": "arabo", "ben": "bengalese", "chi": "cinese", "dut": "olandese", "eng": "inglese english",
    "fil": "filippino tagalog", "fre": "francese", "ger": "tedesco", "gre": "greco", "heb": "ebraico", "hin": "hindi",
    "hun": "ungherese", "jpn": "giapponese", "kor": "coreano", "lat": "latino", "pan": "punjabi", "per": "persiano",
    "pol": "polacco", "por": "portoghese", "rum": "romeno rumeno", "rus": "russo", "sin": "singalese", "som": "somalo",
    "spa": "spagnolo", "tam": "tamil", "tur": "turco", "ukr": "ucraino", "urd": "urdu",
}  # fmt: skip


def label_of(kind: str, code: str, label: str) -> str:
    """Return the name of a facet's value in the reader's language."""
    if kind in _CHOICES:
        return _("to be listened to") if code == AUDIO else _choice(_CHOICES[kind], code)
    if kind == FacetKind.LANGUAGE:
        return languages.name_of(code) or code
    if kind == FacetKind.PERIOD and code.isdigit():
        return _("%(first)s to %(last)s") % {"first": code, "last": int(code) + 9}
    if kind == FacetKind.AUTHOR:
        family, comma, given = label.partition(", ")
        return f"{given} {family}" if comma else label
    return label or code


def _choice(choices: type[Material | Audience | Format], code: str) -> str:
    return str(choices(code).label) if code in choices.values else code
