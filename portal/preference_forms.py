"""How a reader wants to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from notifications.kinds import Topic
from notifications.models import Channel
from notifications.models.preference import QUIET_FROM, QUIET_UNTIL
from notifications.preferences import (
    USUAL,
    Wishes,
    channels_for,
    channels_without_address,
    choosable_channels,
    choosable_kinds,
    preference_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.auth.models import AnonymousUser

    from accounts.models import Reader, User

FIRST_HOUR, LAST_HOUR = 6, 23
# What is missing where a channel would reach nobody, and who mends it.
MISSING = {
    Channel.EMAIL: _("e-mail: there is no address yet, a library adds it"),
    Channel.PUSH: _("notices on devices: switch them on below, on each device"),
    Channel.SMS: _("SMS: there is no mobile number on the card yet, a library adds it"),
    Channel.IO: _("App IO: there is no codice fiscale on the card yet, a library adds it"),
}


class TimeInput(forms.TimeInput):
    """A time of day, chosen in the browser's own way; typed where there is none."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


def _channel_choices() -> list[tuple[str, Any]]:
    return [(channel.value, channel.label) for channel in choosable_channels()]


def _hour_choices() -> list[tuple[str, Any]]:
    return [("", _("One by one, as they come"))] + [(str(hour), f"{hour}:00") for hour in range(FIRST_HOUR, LAST_HOUR)]


class PreferencesForm(forms.Form):
    """The usual channels, when, and in which words; the language too where the card is one's own."""

    channels = forms.MultipleChoiceField(
        label=_("How do we write to you?"),
        choices=_channel_choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Everything stands on your page too, always. Without a tick it stands there only."),
    )
    digest_hour = forms.TypedChoiceField(
        label=_("When?"), choices=_hour_choices, coerce=int, empty_value=None, required=False,
        help_text=_("At an hour you choose all messages of the day come together."),
    )  # fmt: skip
    has_quiet_hours = forms.BooleanField(
        label=_("Quiet hours"),
        required=False,
        help_text=_("Then we write nothing but what you wait for, such as a receipt; the rest comes afterwards."),
    )
    quiet_from = forms.TimeField(label=_("Quiet from"), widget=TimeInput)
    quiet_until = forms.TimeField(label=_("Quiet until"), widget=TimeInput)
    reads_simple_words = forms.BooleanField(
        label=_("Short sentences and simple words"), required=False, help_text=_("Where we have them.")
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def __init__(self, data: Any = None, *, reader: Reader, user: User | AnonymousUser | None) -> None:
        chosen = preference_of(reader)
        initial = {
            "channels": chosen.channels if chosen is not None else USUAL,
            "digest_hour": "" if chosen is None or chosen.digest_hour is None else str(chosen.digest_hour),
            "has_quiet_hours": chosen.has_quiet_hours if chosen is not None else True,
            "quiet_from": chosen.quiet_from if chosen is not None else QUIET_FROM,
            "quiet_until": chosen.quiet_until if chosen is not None else QUIET_UNTIL,
            "reads_simple_words": chosen.reads_simple_words if chosen is not None else False,
            "language": getattr(user, "language", "") or translation.get_language(),
        }
        super().__init__(data, initial=initial, auto_id="usual_%s")
        without = channels_without_address(reader)
        self.fields["channels"].choices = [  # type: ignore[attr-defined]
            (channel.value, MISSING[channel] if channel in without else channel.label)
            for channel in choosable_channels()
        ]
        if user is None:
            del self.fields["language"]

    def clean(self) -> dict[str, Any]:
        """Refuse quiet hours that begin when they end: they would be none."""
        sent: dict[str, Any] = super().clean() or {}
        if sent.get("has_quiet_hours") and "quiet_from" in sent and sent["quiet_from"] == sent.get("quiet_until"):
            self.add_error("quiet_until", _("Choose another time than the first, or take away the tick."))
        return sent

    @property
    def wishes(self) -> Wishes:
        """Return what was chosen; the form is valid."""
        return Wishes(**{name: value for name, value in self.cleaned_data.items() if name != "language"})


class KindsForm(forms.Form):
    """For each kind of message that can be switched off, its channels."""

    def __init__(self, data: Any = None, *, reader: Reader) -> None:
        super().__init__(data, auto_id="kind_%s")
        for kind in choosable_kinds():
            self.fields[kind.code] = forms.MultipleChoiceField(
                label=str(kind.name),
                choices=_channel_choices(),
                required=False,
                widget=forms.CheckboxSelectMultiple,
                initial=channels_for(kind.code, reader),
            )

    @property
    def chosen(self) -> dict[str, list[str]]:
        """Return the channels by kind; the form is valid."""
        return self.cleaned_data

    def by_topic(self) -> Iterator[tuple[Any, list[forms.BoundField]]]:
        """Return the fields under the topic of their kind."""
        kinds = choosable_kinds()
        for topic in Topic:
            if fields := [self[kind.code] for kind in kinds if kind.topic == topic]:
                yield topic.label, fields
