"""Codes of the pass: made, and read again. Pure: reads no clock, asks no database (docs/adr/0014).

A code says: a valid reader, in this minute (or on paper: until that day), and where the reader wants it: of age or not.
It is as many random letters as keep two apart, signed. Nothing in it comes from the reader.

    K  B4ZP  7QX2M9A          on the telephone: the key's letter, claim and chance, signature
    K  B4ZP81TW  7QX2M9A      on paper: the same with more chance, for it is believed for days

The minute and the day do not stand in the code: the reader of it tries those that are possible.
"""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.formats import date_format

from branches.devices import CROCKFORD, normalised_code
from milanolib import clock
from partnerships.errors import NoPass, PaperIsOld, PassIsEarly, PassIsOld, PassNotOurs

if TYPE_CHECKING:
    from collections.abc import Mapping

STEP = dt.timedelta(minutes=1)  # how long a code on the telephone is shown
DRIFT = 1  # steps before and after its own in which it is believed: clocks differ, hands are slow
LIVE_STEPS = 4 * 60  # a telephone keeps so many: four hours without signal
PAPER_DAYS = 7
LIVE_BODY, PAPER_BODY, SIGNATURE = 4, 8, 7  # letters of five bits each
LETTER_BITS = 5
CLAIM_BITS = 2
LIVE_LENGTH, PAPER_LENGTH = 1 + LIVE_BODY + SIGNATURE, 1 + PAPER_BODY + SIGNATURE


class Claim(enum.IntEnum):
    """What a code says beside 'a valid reader'."""

    NOTHING = 0
    ADULT = 1
    MINOR = 2


@dataclass(frozen=True)
class Reading:
    """A code that is ours and believed now: what it says, what it is known by once used, until when it is kept."""

    claim: Claim
    digest: str
    expires_at: dt.datetime


def step_of(instant: dt.datetime) -> int:
    """Return the number of the step in which an instant lies."""
    return int(instant.timestamp() // STEP.total_seconds())


def start_of_step(step: int) -> dt.datetime:
    """Return the instant at which a step begins."""
    return dt.datetime.fromtimestamp(step * STEP.total_seconds(), tz=dt.UTC)


def live_codes(letter: str, secret: bytes, first: int, count: int, claim: Claim) -> list[str]:
    """Return a code for each of `count` steps from `first` on."""
    return [_code(letter, secret, f"live:{step}", LIVE_BODY, claim) for step in range(first, first + count)]


def paper_codes(letter: str, secret: bytes, last_day: dt.date, count: int, claim: Claim) -> list[str]:
    """Return so many codes that are believed until a day, each once."""
    return [_code(letter, secret, f"paper:{last_day.toordinal()}", PAPER_BODY, claim) for _number in range(count)]


def as_code(text: str) -> str:
    """Return what was typed or scanned as a code is written; raises NoPass for what has not its form, as a link."""
    code = normalised_code(text)
    if len(code) not in (LIVE_LENGTH, PAPER_LENGTH) or not set(code) <= set(CROCKFORD):
        raise NoPass
    return code


def read_code(code: str, keys: Mapping[str, bytes], now: dt.datetime) -> Reading:
    """Return what a code says, if one of the keys signed it and its time is now.

    Raises PassNotOurs; PassIsOld and PassIsEarly, which say when it was for: a screenshot, a clock that is wrong.
    """
    secret = keys.get(code[0])
    if secret is None:
        raise PassNotOurs
    read = _read_live if len(code) == LIVE_LENGTH else _read_paper
    return read(code, secret, now)


def _read_live(code: str, secret: bytes, now: dt.datetime) -> Reading:
    here = step_of(now)
    near = range(here - DRIFT, here + DRIFT + 1)
    found = _found(code, secret, {f"live:{step}": step for step in near})
    if found is not None:
        return _reading(code, secret, found, start_of_step(found + DRIFT + 1))
    # only who is refused waits for this: some five hundred signatures, a few thousandths of a second
    far = [*range(here - LIVE_STEPS, here - DRIFT), *range(here + DRIFT + 1, here + LIVE_STEPS)]
    found = _found(code, secret, {f"live:{step}": step for step in far})
    if found is None:
        raise PassNotOurs
    time = date_format(clock.local(start_of_step(found)), "H:i")
    raise PassIsOld(time=time) if found < here else PassIsEarly(time=time)


def _read_paper(code: str, secret: bytes, now: dt.datetime) -> Reading:
    today = clock.local(now).date().toordinal()
    found = _found(code, secret, {f"paper:{day}": day for day in range(today, today + PAPER_DAYS + 1)})
    if found is not None:
        return _reading(code, secret, found, clock.end_of(dt.date.fromordinal(found)))
    found = _found(code, secret, {f"paper:{day}": day for day in range(today - PAPER_DAYS, today)})
    if found is None:
        raise PassNotOurs
    raise PaperIsOld(day=date_format(dt.date.fromordinal(found), "j F"))


def _code(letter: str, secret: bytes, when: str, letters: int, claim: Claim) -> str:
    """Return a code: the claim stands in the last bits of a random number."""
    number = secrets.randbits(letters * LETTER_BITS - CLAIM_BITS) << CLAIM_BITS | claim
    body = _written(number, letters)
    return letter + body + _signature(secret, when, body)


def _signature(secret: bytes, when: str, body: str) -> str:
    signed = hmac.digest(secret, f"{when}:{body}".encode(), hashlib.sha256)
    return _written(int.from_bytes(signed[:5]) >> (5 * 8 - SIGNATURE * LETTER_BITS), SIGNATURE)


def _written(number: int, letters: int) -> str:
    return "".join(CROCKFORD[number >> (LETTER_BITS * place) & 31] for place in reversed(range(letters)))


def _found(code: str, secret: bytes, possible: Mapping[str, int]) -> int | None:
    """Return the step or day for which a code was signed, among those that are possible."""
    body, signature = code[1:-SIGNATURE], code[-SIGNATURE:]
    for when, number in possible.items():
        if hmac.compare_digest(_signature(secret, when, body), signature):
            return number
    return None


def _reading(code: str, secret: bytes, when: int, expires_at: dt.datetime) -> Reading:
    claim = CROCKFORD.index(code[-SIGNATURE - 1]) & ((1 << CLAIM_BITS) - 1)
    if claim not in set(Claim):
        raise PassNotOurs
    digest = hmac.new(secret, f"spent:{when}:{code}".encode(), hashlib.sha256).hexdigest()
    return Reading(Claim(claim), digest, expires_at)
