"""Verbs of the pass: codes for a reader who may have them, and a use counted at the counter.

Nothing written here names a reader: giving codes out writes no row, and a use is a number of a day.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from accounts.policy import ADULT_AGE, age_on
from accounts.services import note_act
from loans.blocks import blocks_from, reader_rule, standing_of
from milanolib import clock
from milanolib.db import lock
from partnerships.errors import (
    AgeNotSaid,
    CardNotVerified,
    NotOfAge,
    NotValidToday,
    OfferEnded,
    PaperUsed,
    PassUsed,
    QuotaUsedUp,
)
from partnerships.models import SpentCode, UseCount
from partnerships.offers import days_words
from partnerships.pass_codes import (
    LIVE_LENGTH,
    LIVE_STEPS,
    PAPER_DAYS,
    STEP,
    Claim,
    as_code,
    live_codes,
    paper_codes,
    read_code,
    start_of_step,
    step_of,
)
from partnerships.pass_keys import believed_keys, signing_key
from partnerships.policy import holds_on
from partnerships.states import AgreementStatus

if TYPE_CHECKING:
    from accounts.models import Reader, User
    from partnerships.models import Agreement

PAPER_CODES = 4  # of a sheet
SAME_PRESS = dt.timedelta(minutes=1)  # a button pressed twice, or once more because no answer came


@dataclass(frozen=True)
class LiveCodes:
    """Codes for a telephone: the first is for the step that runs, each next one a step later."""

    codes: list[str]
    starts_at: dt.datetime

    @property
    def ends_at(self) -> dt.datetime:
        """Return when the last one is over."""
        return self.starts_at + len(self.codes) * STEP


@dataclass(frozen=True)
class PaperCodes:
    """Codes for a printed sheet, each good once until the last day."""

    codes: list[str]
    last_day: dt.date


@dataclass(frozen=True)
class Counted:
    """A use that was counted just now: of which agreement, with its count, by which code's hash, and when."""

    agreement: Agreement
    digest: str
    at: dt.datetime


def refuse_pass(reader: Reader) -> None:
    """Raise why a reader gets no pass today: CardNotVerified, or what forbids a loan (card, suspension, overdue)."""
    rule = reader_rule(reader)
    if not reader.is_verified:
        raise CardNotVerified
    today = clock.today()
    for block in blocks_from(reader, rule, standing_of(reader, today), today):
        raise block


def age_claim(reader: Reader) -> Claim:
    """Return what a pass can say of a reader's age: nothing where nobody knows it."""
    if reader.born_on is None:
        return Claim.NOTHING
    return Claim.ADULT if age_on(clock.today(), reader.born_on) >= ADULT_AGE else Claim.MINOR


def give_codes(reader: Reader, *, says_age: bool = False, steps: int = LIVE_STEPS) -> LiveCodes:
    """Return the codes of the coming hours for a telephone. Writes nothing. Raises what `refuse_pass` raises."""
    refuse_pass(reader)
    letter, secret = signing_key()
    first = step_of(clock.now())
    claim = age_claim(reader) if says_age else Claim.NOTHING
    return LiveCodes(live_codes(letter, secret, first, steps, claim), start_of_step(first))


def print_codes(reader: Reader, *, says_age: bool = False) -> PaperCodes:
    """Return the codes of a sheet of paper. Writes nothing. Raises what `refuse_pass` raises."""
    refuse_pass(reader)
    letter, secret = signing_key()
    last_day = clock.today() + dt.timedelta(days=PAPER_DAYS - 1)
    claim = age_claim(reader) if says_age else Claim.NOTHING
    return PaperCodes(paper_codes(letter, secret, last_day, PAPER_CODES, claim), last_day)


@transaction.atomic
def print_at_desk(reader: Reader, *, says_age: bool = False, actor: User | None, place_code: str = "") -> PaperCodes:
    """Return the codes of a sheet that a librarian prints for a reader. Raises what `refuse_pass` raises.

    Who printed one, and where, is written down; for whom is not: beside the uses of a week it would say too much.
    """
    printed = print_codes(reader, says_age=says_age)
    note_act("print_pass", "pass", actor=actor, place_code=place_code)
    return printed


@transaction.atomic
def count_use(agreement: Agreement, text: str, *, request_key: str = "") -> Counted:
    """Count a use of an offer by a code that was scanned or typed.

    The same code counts once, anywhere. What is sent again with the same `request_key`, the clerk's form, within a
    minute is the same press: it is answered as the first was, and nothing is counted. Raises OfferEnded, NotValidToday,
    NoPass, PassNotOurs, PassIsOld, PassIsEarly, PaperIsOld, AgeNotSaid, NotOfAge, PassUsed, PaperUsed, QuotaUsedUp;
    then nothing is written.
    """
    now = clock.now()
    today = clock.local(now).date()
    code = as_code(text)
    reading = read_code(code, believed_keys(), now)
    lock(agreement)
    press = hashlib.sha256(f"{request_key}:{agreement.pk}:{reading.digest}".encode()).hexdigest() if request_key else ""
    if press and SpentCode.objects.filter(digest__in=(press, reading.digest), expires_at__gt=now).count() == 2:  # noqa: PLR2004  both
        return Counted(agreement, reading.digest, now)
    if agreement.status != AgreementStatus.ACTIVE:
        raise OfferEnded
    if not holds_on(agreement, today):
        raise NotValidToday(days=days_words(agreement))
    if agreement.adults_only and reading.claim != Claim.ADULT:
        raise NotOfAge if reading.claim == Claim.MINOR else AgeNotSaid
    if agreement.left == 0:
        raise QuotaUsedUp(quota=agreement.quota)
    _spent, is_first = SpentCode.objects.get_or_create(
        digest=reading.digest, defaults={"expires_at": reading.expires_at}
    )
    if not is_first:
        raise PassUsed if len(code) == LIVE_LENGTH else PaperUsed
    if press:
        SpentCode.objects.update_or_create(digest=press, defaults={"expires_at": now + SAME_PRESS})
    agreement.uses += 1
    agreement.save(update_fields=["uses"])
    if not UseCount.objects.filter(agreement=agreement, on=today).update(number=F("number") + 1):
        UseCount.objects.create(agreement=agreement, on=today, number=1)
    return Counted(agreement, reading.digest, now)
