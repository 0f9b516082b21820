"""What people write for the public, by language: read on a page, written as two plain fields of a form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

LANGUAGES = ("it", "en")


@dataclass(frozen=True)
class PublicText:
    """A text as a page shows it, with its language for the `lang` attribute; false when there is none."""

    text: str
    lang: str

    def __bool__(self) -> bool:
        return bool(self.text)


def public_text(texts: dict[str, str]) -> PublicText:
    """Return the text in the language of the page, else the Italian one."""
    language = get_language() or "it"
    return PublicText(texts[language], language) if texts.get(language) else PublicText(texts.get("it", ""), "it")


class ByLanguageForm(forms.ModelForm):
    """A form over a model with JSON texts by language; each is written in two plain fields, Italian and English.

    `texts` names them: `{"note": ("italian", "english")}`; one text alone may be named by `text_field`, its fields are
    then `italian` and `english`. Italian is required when there is any text; other languages fall back on it.
    """

    text_field = ""
    texts: dict[str, tuple[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, fields in self.texts_by_field().items():
            text = getattr(self.instance, name) or {}
            for position, language in enumerate(LANGUAGES):
                self.initial.setdefault(fields[position], text.get(language, ""))

    def texts_by_field(self) -> dict[str, tuple[str, str]]:
        """Return the texts of the model with their two fields each."""
        return self.texts or {self.text_field: ("italian", "english")}

    def clean(self) -> dict[str, Any]:
        """Put the texts together; other languages that are stored stay."""
        cleaned: dict[str, Any] = super().clean() or {}
        for name, names in self.texts_by_field().items():
            if names[0] in self.fields:  # it is not in a form for reading only
                written = [str(cleaned.get(one, "")).strip() for one in names]
                if written[1] and not written[0]:
                    self.add_error(
                        names[0], _("Write the Italian text too: readers of other languages fall back on it.")
                    )
                self._put_together(name, dict(zip(LANGUAGES, written, strict=True)))
        return cleaned

    def _put_together(self, name: str, written: dict[str, str]) -> None:
        """Set a text of the row; other languages that are stored stay."""
        kept = {one: text for one, text in (getattr(self.instance, name) or {}).items() if one not in LANGUAGES}
        setattr(self.instance, name, kept | {one: text for one, text in written.items() if text})
