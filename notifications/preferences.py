"""How readers choose to be told, and what follows from it for a message."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction

from accounts.models import Reader
from milanolib.db import lock
from milanolib.tokens import text_of, token_for
from notifications.channels import carrier_for, is_usable
from notifications.kinds import Kind, all_kinds, known_kind
from notifications.models import Channel, KindChoice, Message, Preference
from notifications.models.preference import QUIET_FROM, QUIET_UNTIL

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from accounts.models import User

USUAL = (Channel.EMAIL.value,)
LINK_SALT = "notifications.unsubscribe"


@dataclass(frozen=True)
class Wishes:
    """What a reader's form says: the usual channels, when, and in which words."""

    channels: list[str] = field(default_factory=lambda: list(USUAL))
    digest_hour: int | None = None
    has_quiet_hours: bool = True
    quiet_from: dt.time = QUIET_FROM
    quiet_until: dt.time = QUIET_UNTIL
    reads_simple_words: bool = False


def choosable_channels() -> list[Channel]:
    """Return the channels among which readers choose; their own page is there always."""
    return [channel for channel in Channel if channel != Channel.INBOX and is_usable(channel)]


def channels_without_address(reader: Reader) -> list[Channel]:
    """Return the channels that a reader may choose and by which we could not reach them now: no number, no device."""
    to = Message(reader=reader)
    return [channel for channel in choosable_channels() if not carrier_for(channel).address_of(to)]


def choosable_kinds() -> list[Kind]:
    """Return the kinds for which readers choose channels: all but the legal ones and those about safety."""
    return [kind for kind in all_kinds() if not kind.is_required]


def preference_of(reader: Reader | None) -> Preference | None:
    """Return what a reader chose, or None: as usual."""
    if reader is None:
        return None
    try:
        return reader.preference
    except ObjectDoesNotExist:
        return None


def channels_for(code: str, reader: Reader | None) -> list[str]:
    """Return the channels by which a message of a kind goes to a reader (or to somebody without a card).

    None but their own page where they switched it off. What is legal or about safety goes by e-mail at least.
    """
    kind, preference = known_kind(code), preference_of(reader)
    chosen = list(preference.channels) if preference is not None else list(USUAL)
    if reader is not None:
        own = next((choice for choice in reader.kind_choices.all() if choice.kind == code), None)
        chosen = list(own.channels) if own is not None else chosen
    if kind is not None and kind.is_required and Channel.EMAIL not in chosen:
        chosen.append(Channel.EMAIL)
    return [channel for channel in _known(chosen) if is_usable(channel)] or [Channel.INBOX.value]


def choosers(**of: object) -> Reader | None:
    """Return a reader with what they chose: two statements."""
    found = Reader.objects.filter(**of).select_related("preference").prefetch_related("kind_choices")
    return found.first()


@transaction.atomic
def choose(reader: Reader, wishes: Wishes) -> Preference:
    """From now on a reader is told as they wish, but for kinds with a choice of their own. Safe to repeat.

    What waits already goes by the new channels or not at all; when it goes stays.
    """
    lock(reader)
    values = {**vars(wishes), "channels": _known(wishes.channels)}
    preference, _is_new = Preference.objects.update_or_create(reader=reader, defaults=values)
    return preference


@transaction.atomic
def choose_by_kind(reader: Reader, by_kind: dict[str, list[str]]) -> None:
    """Tell a reader of these kinds by these channels from now on. Safe to repeat.

    A kind that is told as usual is not kept apart, so that it follows when the usual channels change. What is legal or
    about safety is passed over.
    """
    lock(reader)
    preference = Preference.objects.filter(reader=reader).first()
    usual = _known(preference.channels if preference is not None else USUAL)
    for kind in choosable_kinds():
        if kind.code not in by_kind:
            continue
        channels = _known(by_kind[kind.code])
        if channels == usual:
            KindChoice.objects.filter(reader=reader, kind=kind.code).delete()
        else:
            KindChoice.objects.update_or_create(reader=reader, kind=kind.code, defaults={"channels": channels})


@transaction.atomic
def switch_off(reader: Reader, codes: Iterable[str], channel: str) -> list[Kind]:
    """Send a reader no messages of these kinds by a channel any more; return the kinds that are off now.

    What is legal or about safety stays on. Safe to repeat.
    """
    lock(reader)
    kinds = optional_kinds(codes)
    fresh = choosers(pk=reader.pk)
    for kind in kinds:
        left = [one for one in channels_for(kind.code, fresh) if one not in (channel, Channel.INBOX)]
        KindChoice.objects.update_or_create(reader=reader, kind=kind.code, defaults={"channels": left})
    return kinds


def optional_kinds(codes: Iterable[str]) -> list[Kind]:
    """Return those of some kinds that a reader may switch off; one that nobody registers any more is none."""
    return [kind for code in codes if (kind := known_kind(code)) is not None and not kind.is_required]


@transaction.atomic
def use_channel(reader: Reader, channel: str, *, on: bool) -> Preference:
    """Add a channel to a reader's usual ones, or take it away: a browser that takes notices, say. Safe to repeat."""
    lock(reader)
    preference, _is_new = Preference.objects.get_or_create(reader=reader, defaults={"channels": list(USUAL)})
    channels = _known([*preference.channels, channel] if on else [one for one in preference.channels if one != channel])
    if channels != preference.channels:
        preference.channels = channels
        preference.save(update_fields=["channels"])
    return preference


@transaction.atomic
def choose_language(user: User, language: str) -> None:
    """Speak a language to somebody from now on, on every page and in every message. Safe to repeat."""
    if user.language != language:
        user.language = language
        user.save(update_fields=["language"])


def _known(channels: Iterable[str]) -> list[str]:
    """Return channels once each, in the usual order, without one's own page: that is there always."""
    chosen = set(channels)
    return [channel.value for channel in Channel if channel in chosen and channel != Channel.INBOX]


# --- The way out without a sign-in


def unsubscribe_token(reader_id: int, codes: Iterable[str], channel: str) -> str:
    """Return what stands in the address that switches kinds off by one channel; it names nobody and never ends."""
    return token_for(f"{reader_id}.{channel}.{'+'.join(codes)}", salt=LINK_SALT)


def read_unsubscribe_token(token: str) -> tuple[Reader, list[str], str] | None:
    """Return the reader, kinds and channel of such an address; None when it was not made by us, or the card is gone."""
    text = text_of(token, salt=LINK_SALT)
    if text is None:
        return None
    number, channel, codes = text.split(".", 2)
    reader = Reader.objects.filter(pk=number).first()
    return (reader, codes.split("+"), channel) if reader is not None and channel in Channel.values else None
