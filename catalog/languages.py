"""Names of the languages that our titles are in, by their code (ISO 639-2/B)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import Promise

NAMES: dict[str, str | Promise] = {
    "alb": _("Albanian"),
    "ara": _("Arabic"),
    "amh": _("Amharic"),
    "ben": _("Bengali"),
    "bul": _("Bulgarian"),
    "cat": _("Catalan"),
    "chi": _("Chinese"),
    "cze": _("Czech"),
    "dan": _("Danish"),
    "dut": _("Dutch"),
    "eng": _("English"),
    "fil": _("Filipino"),
    "fin": _("Finnish"),
    "fre": _("French"),
    "ger": _("German"),
    "grc": _("Ancient Greek"),
    "gre": _("Greek"),
    "heb": _("Hebrew"),
    "hin": _("Hindi"),
    "hrv": _("Croatian"),
    "hun": _("Hungarian"),
    "ita": _("Italian"),
    "jpn": _("Japanese"),
    "kor": _("Korean"),
    "lat": _("Latin"),
    "mul": _("several languages"),
    "nor": _("Norwegian"),
    "pan": _("Punjabi"),
    "per": _("Persian"),
    "pol": _("Polish"),
    "por": _("Portuguese"),
    "rum": _("Romanian"),
    "rus": _("Russian"),
    "sin": _("Sinhala"),
    "slo": _("Slovak"),
    "slv": _("Slovene"),
    "som": _("Somali"),
    "spa": _("Spanish"),
    "srp": _("Serbian"),
    "swe": _("Swedish"),
    "tam": _("Tamil"),
    "tir": _("Tigrinya"),
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
    "ukr": "uk", "urd": "ur", "amh": "am", "bul": "bg", "cat": "ca", "cze": "cs", "dan": "da", "fin": "fi",
    "grc": "grc", "hin": "hi", "hrv": "hr", "nor": "no", "pan": "pa", "per": "fa", "slo": "sk", "slv": "sl",
    "som": "so", "srp": "sr", "swe": "sv", "tir": "ti",
}  # fmt: skip


def name_of(code: str) -> str:
    """Return a language's name in the language of the page; the code itself where we have no name."""
    return str(NAMES.get(code, code))


def tag_of(code: str) -> str:
    """Return the tag for a `lang` attribute, '' where there is none."""
    return TAGS.get(code, "")
