"""Codes by themselves: forged, copied, early, late, mistyped; no database, no clock."""

import datetime as dt
import random

import pytest

from branches.devices import CROCKFORD
from partnerships.errors import NoPass, PaperIsOld, PassIsEarly, PassIsOld, PassNotOurs
from partnerships.pass_codes import (
    LIVE_LENGTH,
    LIVE_STEPS,
    PAPER_DAYS,
    PAPER_LENGTH,
    Claim,
    as_code,
    live_codes,
    paper_codes,
    read_code,
    step_of,
)

NOON = dt.datetime(2026, 3, 2, 11, 0, 20, tzinfo=dt.UTC)
SECRET, OTHER = b"a" * 32, b"b" * 32
KEYS = {"K": SECRET, "M": OTHER}
MINUTE = dt.timedelta(minutes=1)


def live(claim=Claim.NOTHING, *, letter="K", secret=SECRET, steps=1):
    return live_codes(letter, secret, step_of(NOON), steps, claim)


def paper(claim=Claim.NOTHING, last_day=dt.date(2026, 3, 8)):
    return paper_codes("K", SECRET, last_day, 1, claim)[0]


@pytest.mark.parametrize("claim", list(Claim))
def test_code_says_its_claim_and_nothing_of_anybody(claim):
    (code,) = live(claim)

    assert read_code(code, KEYS, NOON).claim == claim
    assert read_code(paper(claim), KEYS, NOON).claim == claim
    assert (len(code), len(paper(claim))) == (LIVE_LENGTH, PAPER_LENGTH)


def test_codes_of_two_readers_in_one_minute_differ_by_chance_alone():
    codes = {code for _time in range(200) for code in live()}

    assert len(codes) > 195  # of some 260 thousand
    assert len({read_code(code, KEYS, NOON).digest for code in codes}) == len(codes)


def test_code_is_believed_in_its_minute_and_one_around_it():
    (code,) = live()
    starts = NOON.replace(second=0)
    second = dt.timedelta(seconds=1)

    for believed in (starts - MINUTE, NOON, starts + 2 * MINUTE - second):
        assert read_code(code, KEYS, believed).expires_at == starts + 2 * MINUTE
    for late in (starts + 2 * MINUTE, starts + 3 * 60 * MINUTE):
        with pytest.raises(PassIsOld) as refusal:
            read_code(code, KEYS, late)
        assert refusal.value.params == {"time": "12:00"}
    for early in (starts - MINUTE - second, starts - 3 * 60 * MINUTE):
        with pytest.raises(PassIsEarly):
            read_code(code, KEYS, early)


@pytest.mark.parametrize("drift", [-90, -60, -30, 0, 30, 60, 75])
def test_telephone_whose_clock_is_off_by_a_minute_is_believed_and_by_more_is_told_so(drift):
    codes = live(steps=10)
    shown = codes[(NOON + dt.timedelta(seconds=240 + drift) - NOON.replace(second=0)) // MINUTE]
    now = NOON + dt.timedelta(seconds=240)

    try:
        read_code(shown, KEYS, now)
        is_believed = True
    except (PassIsOld, PassIsEarly):
        is_believed = False
    assert is_believed or abs(drift) > 60


def test_paper_is_believed_until_its_last_day_in_milan():
    code = paper()

    assert read_code(code, KEYS, NOON).expires_at == dt.datetime(2026, 3, 8, 23, tzinfo=dt.UTC)
    last = dt.datetime(2026, 3, 8, 22, 59, tzinfo=dt.UTC)
    assert read_code(code, KEYS, last)
    with pytest.raises(PaperIsOld):
        read_code(code, KEYS, last + MINUTE)


def test_forged_codes_are_refused():
    (code,) = live()
    forged = [code[:place] + letter + code[place + 1 :] for place in range(LIVE_LENGTH) for letter in CROCKFORD]
    believed = []
    for one in forged:
        try:
            read_code(one, KEYS, NOON)
            believed.append(one)
        except PassNotOurs:
            pass
    assert set(believed) == {code}


def test_chance_and_codes_of_another_secret_are_refused():
    chance = random.Random(8)  # the same guesses each time
    guesses = ["K" + "".join(chance.choices(CROCKFORD, k=length)) for length in (11, 15) for _time in range(300)]
    stolen_form = [*live(secret=b"c" * 32, steps=LIVE_STEPS), *live(letter="Z")]
    swapped = [live(letter="M")[0]]  # signed by K's secret under M's letter

    for code in [*guesses, *stolen_form, *swapped]:
        with pytest.raises(PassNotOurs):
            read_code(code, KEYS, NOON)


def test_paper_code_cut_to_a_live_one_is_refused():
    code = paper()

    for cut in (code[:LIVE_LENGTH], code[0] + code[5:], code[:5] + code[9:]):
        with pytest.raises(PassNotOurs):
            read_code(cut, KEYS, NOON)


def test_paper_of_a_later_week_is_refused():
    with pytest.raises(PassNotOurs):
        read_code(paper(last_day=NOON.date() + dt.timedelta(days=PAPER_DAYS + 1)), KEYS, NOON)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ML10000017",
        "https://example.org/convenzioni/verifica/verde/",
        "javascript:alert(1)",
        "K" * 13,
        "K" * 200_000,
        "KKKKKKKKKKK!",
        "KKKK\x00KKKKKKK",
        "٣" * 12,
    ],
)
def test_what_has_not_the_form_of_a_code_is_no_pass(text):
    with pytest.raises(NoPass):
        as_code(text)


def test_code_is_read_as_it_was_meant():
    assert as_code(" k7oi-2m9x zz1l\n") == "K7012M9XZZ11"
