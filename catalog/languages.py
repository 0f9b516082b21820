"""Names of the languages that our titles are in, by their code (ISO 639-2/B)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import Promise

NAMES: dict[str, str | Promise] = {
    "alb": _("Albanian"),
    "ara": _("Arabic"),
    "ben": _("Bengali"),
    "chi": _("Chinese"),
    "dut": _("Dutch"),
    "eng": _("English"),
    "fil": _("Filipino"),
    "fre": _("French"),
    "ger": _("German"),
    "gre": _("Greek"),
    "heb": _("Hebrew"),
    "hun": _("Hungarian"),
    "ita": _("Italian"),
    "jpn": _("Japanese"),
    "kor": _("Korean"),
    "lat": _("Latin"),
    "mul": _("several languages"),
    "pol": _("Polish"),
    "por": _("Portuguese"),
    "rum": _("Romanian"),
    "rus": _("Russian"),
    "sin": _("Sinhala"),
    "spa": _("Spanish"),
    "tam": _("Tamil"),
    "tur": _("Turkish"),
    "ukr": _("Ukrainian"),
    "urd": _("Urdu"),
    "zxx": _("no words"),
}
# What a browser calls them (BCP 47), for `lang` attributes.
TAGS = {
    "alb": "sq", "ara": "ar", "ben": "bn", "chi": "zh", "dut": "nl", "eng": "en", "fil": "fil", "fre": "fr",
    "ger": "de", "gre": "el", "heb": "he", "hun": "hu", "ita": "it", "jpn": "ja", "kor": "ko", "lat": "la",
    "pol": "pl", "por": "pt", "rum": "ro", "rus": "ru", "sin": "si", "spa": "es", "tam": "ta", "tur": "tr",
    "ukr": "uk", "urd": "ur",
}  # fmt: skip


def name_of(code: str) -> str:
    """Return a language's name in the language of the page; the code itself where we have no name."""
    return str(NAMES.get(code, code))


def tag_of(code: str) -> str:
    """Return the tag for a `lang` attribute, '' where there is none."""
    return TAGS.get(code, "")
