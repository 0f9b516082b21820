"""Forms of the ledger's pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from notifications.kinds import all_kinds


def _kinds_by_topic() -> list[tuple[Any, list[tuple[str, Any]]]]:
    by_topic: dict[Any, list[tuple[str, Any]]] = {}
    for kind in all_kinds():
        by_topic.setdefault(kind.topic.label, []).append((kind.code, kind.name))
    return list(by_topic.items())


class PreviewForm(forms.Form):
    """Which text to show."""

    kind = forms.ChoiceField(label=_("Kind"), choices=_kinds_by_topic)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    simple = forms.BooleanField(label=_("Simple words"), required=False)
