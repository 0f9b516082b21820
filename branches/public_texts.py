"""What people write for the public, by language, as two plain fields of a form instead of JSON."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

LANGUAGES = ("it", "en")


class ByLanguageForm(forms.ModelForm):
    """A form over a model with one JSON text by language, named `text_field`; declares `italian` and `english`.

    Italian is required when there is any text; readers of other languages fall back on it.
    """

    text_field = ""
    italian = forms.CharField(required=False)
    english = forms.CharField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        text = getattr(self.instance, self.text_field) or {}
        self.initial.setdefault("italian", text.get("it", ""))
        self.initial.setdefault("english", text.get("en", ""))

    def clean(self) -> dict[str, Any]:
        """Put the two texts together; other languages that are stored stay."""
        cleaned = super().clean() or {}
        italian, english = cleaned.get("italian", "").strip(), cleaned.get("english", "").strip()
        if english and not italian:
            self.add_error("italian", _("Write the Italian text too: readers of other languages fall back on it."))
        kept = {
            one: text for one, text in (getattr(self.instance, self.text_field) or {}).items() if one not in LANGUAGES
        }
        written = {"it": italian, "en": english}
        setattr(self.instance, self.text_field, kept | {one: text for one, text in written.items() if text})
        return cleaned


class NoteForm(ByLanguageForm):
    """A place with its note for readers."""

    text_field = "note"
    italian = forms.CharField(
        label=_("Note for readers, Italian"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    english = forms.CharField(
        label=_("Note for readers, English"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class ReasonForm(ByLanguageForm):
    """A closure with its reason."""

    text_field = "reason"
    italian = forms.CharField(label=_("Reason, Italian"), required=False, max_length=300)
    english = forms.CharField(label=_("Reason, English"), required=False, max_length=300)
