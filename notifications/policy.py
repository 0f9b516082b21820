"""When a message may go out, and what fits one SMS. Pure: gets what was chosen and the time, asks no database."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import TYPE_CHECKING

from milanolib import clock
from notifications.models import Channel
from notifications.models.preference import QUIET_FROM, QUIET_UNTIL

if TYPE_CHECKING:
    from notifications.kinds import Kind
    from notifications.models import Preference

GATHER_WITHIN = dt.timedelta(minutes=5)  # what else is about to be ready at the same point is told in one message

GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_7_PAIRS = frozenset("^{}\\[~]|€")  # these take two places
ONE_SMS, ONE_SMS_UNICODE = 160, 70
PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " "})


def goes_quietly(channel: str, kind: Kind | None) -> bool:
    """Whether a message of this kind may go by this channel at any hour."""
    return channel == Channel.INBOX or (kind is not None and kind.is_urgent)


def end_of_quiet(preference: Preference | None, now: dt.datetime) -> dt.datetime | None:
    """Return when the quiet hours end that a reader has now; None outside them. Hours are Milan's wall time."""
    if preference is not None and not preference.has_quiet_hours:
        return None
    begins = preference.quiet_from if preference is not None else QUIET_FROM
    ends = preference.quiet_until if preference is not None else QUIET_UNTIL
    local = clock.local(now)
    time, today = local.time(), local.date()
    if begins <= ends:
        return at_wall_time(today, ends) if begins <= time < ends else None
    if time >= begins:
        return at_wall_time(today + dt.timedelta(days=1), ends)
    return at_wall_time(today, ends) if time < ends else None


def next_digest(hour: int, now: dt.datetime) -> dt.datetime:
    """Return when it is that hour next in Milan. An hour that the clocks leave out is the one after it."""
    today = clock.local(now).date()
    at = at_wall_time(today, dt.time(hour))
    return at if at > now else at_wall_time(today + dt.timedelta(days=1), dt.time(hour))


def at_wall_time(day: dt.date, time: dt.time) -> dt.datetime:
    """Return the instant (UTC) of a time of day in Milan; of an hour that comes twice, the first."""
    return dt.datetime.combine(day, time, tzinfo=clock.ROME).astimezone(dt.UTC)


def due_at(kind: Kind | None, channel: str, preference: Preference | None, now: dt.datetime) -> dt.datetime:
    """Return when a message written now may go: at once, when the quiet hours end, or at the digest's hour."""
    if goes_quietly(channel, kind):
        return now
    if preference is not None and preference.digest_hour is not None:
        return next_digest(preference.digest_hour, now)
    return end_of_quiet(preference, now) or now


def places_in_sms(text: str) -> int:
    """Return how many of an SMS's places a text takes, in the alphabet that it needs."""
    if all(letter in GSM_7 or letter in GSM_7_PAIRS for letter in text):
        return sum(2 if letter in GSM_7_PAIRS else 1 for letter in text)
    return len(text.encode("utf-16-be")) // 2


def fits_one_sms(text: str) -> bool:
    """Whether a text fits one SMS: 160 places of the telephone's own alphabet, 70 in any other."""
    is_plain = all(letter in GSM_7 or letter in GSM_7_PAIRS for letter in text)
    return places_in_sms(text) <= (ONE_SMS if is_plain else ONE_SMS_UNICODE)


def fitted_to_sms(text: str) -> str:
    """Return a text as one SMS: in plain letters where that loses no more than accents, cut at a word if it must be."""
    line = " ".join(text.split()).translate(PLAIN)
    plain = "".join(_plain_letter(letter) for letter in line)
    if fits_one_sms(plain):
        return plain
    words = plain.split(" ")
    while len(words) > 1 and not fits_one_sms(" ".join(words) + "..."):
        words.pop()
    return " ".join(words) + "..." if len(words) > 1 else plain[:ONE_SMS_UNICODE]


def _plain_letter(letter: str) -> str:
    """Return a Latin letter without the accent that an SMS does not have; other letters stay as they are."""
    if letter in GSM_7 or letter in GSM_7_PAIRS:
        return letter
    bare = unicodedata.normalize("NFKD", letter)[0]
    return bare if bare in GSM_7 else letter
