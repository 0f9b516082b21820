"""A use counted by mistake: taken back within a minute, once, exactly; and nothing kept."""

import datetime as dt
import re

import pytest
from django.core.cache import cache
from django.test import Client

from partnerships import pass_keys
from partnerships.errors import CountStands, PassUsed, QuotaUsedUp
from partnerships.links import checking_link
from partnerships.models import SpentCode, UseCount
from partnerships.passes import count_use, give_codes, print_codes
from partnerships.taking_back import receipt_of, take_back_use
from tests.factories import ReaderFactory
from tests.partnerships.conftest import make_agreement
from tests.story import fresh

pytestmark = pytest.mark.django_db
SECOND = dt.timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _no_counts():
    cache.clear()


def code_of():
    return give_codes(ReaderFactory(), steps=1).codes[0]


def counted(agreement):
    return fresh(agreement).uses, sum(UseCount.objects.filter(agreement=agreement).values_list("number", flat=True))


def take_back(agreement, receipt):
    return take_back_use(agreement.institution, receipt)


def test_take_back_use_gives_the_quota_back_and_lets_the_code_count_elsewhere(monday):
    wrong, right = make_agreement(quota=1), make_agreement()
    code = code_of()
    receipt = receipt_of(count_use(wrong, code))
    with pytest.raises(PassUsed):
        count_use(right, code)

    assert take_back(wrong, receipt).uses == 0
    assert counted(wrong) == (0, 0)
    count_use(right, code)
    count_use(wrong, code_of())
    assert (counted(wrong), counted(right)) == ((1, 1), (1, 1))


def test_receipt_takes_back_once_though_its_code_was_counted_again(agreement):
    code = print_codes(ReaderFactory()).codes[0]
    receipt = receipt_of(count_use(agreement, code))
    take_back(agreement, receipt)
    count_use(agreement, code)
    count_use(agreement, code_of())

    for _time in range(2):
        assert take_back(agreement, receipt).uses == 2
    assert counted(agreement) == (2, 2)


def test_count_stands_after_a_minute_at_another_house_and_without_a_receipt_of_ours(agreement, monday):
    used, other = count_use(agreement, code_of()), make_agreement()
    receipt = receipt_of(used)
    for house, text in ((other, receipt), (agreement, receipt[:-1]), (agreement, "x"), (agreement, "\x00" * 5)):
        with pytest.raises(CountStands):
            take_back(house, text)
    monday.shift(60 * SECOND)
    assert take_back(agreement, receipt_of(used)).uses == 0
    count_use(agreement, code_of())
    monday.shift(SECOND)
    with pytest.raises(CountStands):
        take_back(agreement, receipt)
    assert counted(agreement) == (1, 1)


def test_use_before_midnight_is_taken_back_from_its_own_day(agreement, monday):
    monday.move_to(dt.datetime(2026, 3, 2, 22, 59, 50, tzinfo=dt.UTC))  # ten seconds before midnight in Rome
    receipt = receipt_of(count_use(agreement, code_of()))
    monday.shift(20 * SECOND)
    count_use(agreement, code_of())
    take_back(agreement, receipt)

    assert list(UseCount.objects.values_list("on", "number")) == [(dt.date(2026, 3, 3), 1)]
    assert fresh(agreement).uses == 1


def test_one_receipt_at_two_windows_at_once_takes_back_once(rivals):
    offer = make_agreement(quota=3)
    used = [count_use(offer, code_of()) for _reader in range(3)]
    receipt = receipt_of(used[0])
    new = [code_of() for _reader in range(4)]
    outcomes = rivals(
        *[lambda: take_back(offer, receipt)] * 4, *[lambda code=code: count_use(offer, code) for code in new]
    )

    came = 4 - sum(isinstance(one, QuotaUsedUp) for one in outcomes)
    assert came <= 1
    assert counted(offer) == (2 + came, 2 + came)


def test_taking_back_leaves_nothing_after_two_minutes(agreement, monday):
    take_back(agreement, receipt_of(count_use(agreement, code_of())))

    assert not UseCount.objects.exists()
    monday.shift(120 * SECOND)
    pass_keys.forget_spent_codes()
    assert not SpentCode.objects.exists()


def test_clerk_takes_a_count_back_on_the_page_and_is_told_when_it_is_too_late(agreement, monday):
    client, address = Client(), checking_link(agreement.institution)

    def sends(**fields):
        answer = client.post(address, {"offer": agreement.pk, **fields}, headers={"Accept-Language": "en"})
        return answer.status_code, " ".join(answer.content.decode().split())

    _status, page = sends(code=code_of())
    receipt = re.search(r'name="receipt" value="([^"]+)"', page)[1]
    for _press in range(2):
        status, page = sends(receipt=receipt)
        assert (status, fresh(agreement).uses) == (200, 0)
        assert "Taken back" in page
        assert 'name="receipt"' not in page

    _status, page = sends(code=code_of())
    late = re.search(r'name="receipt" value="([^"]+)"', page)[1]
    monday.shift(61 * SECOND)
    for receipt in (late, "forged"):
        status, page = sends(receipt=receipt)
        assert (status, fresh(agreement).uses) == (422, 1)
        assert "this one stands" in page
