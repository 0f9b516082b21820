"""Readers give back."""

import pytest

from branches.models import Report
from loans.invariants import disagreements
from loans.models import Loan, Task, TaskKind
from loans.states import LoanStatus
from tests.factories import CopyFactory
from tests.proximity.test_take_in import key_of, told

ADDRESS = "/partner/resi/"


@pytest.fixture
def lent(story, title):
    """A copy that somebody has on loan from the north library."""
    copy = title.copies.first()
    story.lent(copy)
    return copy


def test_take_back_ends_the_loan_and_names_the_receipt(partner, story, lent):
    answer = partner.send(ADDRESS, what=lent.barcode)
    loan = Loan.objects.get()
    assert told(answer) == ("good", f"Returned. Put it in the returns bag. Receipt {loan.receipt_number}.")
    assert (loan.status, loan.returned_place) == (LoanStatus.CLOSED, story.network.newsstand)
    assert disagreements() == []


def test_take_back_works_without_javascript(partner, lent):
    key = key_of(partner.get(ADDRESS))
    answer = partner.post(ADDRESS, {"what": lent.barcode, "key": key}, follow=True)
    assert answer.redirect_chain == [(ADDRESS, 302)]
    assert told(answer)[0] == "good"


def test_take_back_pressed_twice_happens_once(partner, lent):
    key = key_of(partner.get(ADDRESS))
    first, second = (partner.send(ADDRESS, what=lent.barcode, key=key) for _press in range(2))
    assert told(first) == told(second)
    assert Report.objects.count() == 1


def test_take_back_scanned_again_says_so(partner, story, lent):
    partner.send(ADDRESS, what=lent.barcode)
    assert told(partner.send(ADDRESS, what=lent.barcode))[1].startswith("This return was written down already.")
    assert not Task.objects.exists()


def test_take_back_reads_the_barcode_as_people_type_it(partner, story, title):
    story.lent(CopyFactory(title=title, home=story.network.north, barcode="MI000123X"))
    assert told(partner.send(ADDRESS, what=" mi 000 123x "))[0] == "good"


def test_take_back_prefers_the_barcode_as_it_was_typed(partner, story, title):
    for barcode in ("mi7", "MI7"):
        story.lent(CopyFactory(title=title, home=story.network.north, barcode=barcode))
    partner.send(ADDRESS, what="mi7")
    assert Loan.objects.get(status=LoanStatus.CLOSED).copy.barcode == "mi7"


def test_take_back_of_what_was_not_on_loan(partner, title):
    tone, words = told(partner.send(ADDRESS, what=title.copies.first().barcode))
    assert (tone, words.split(".")[0]) == ("warn", "By our records it was not on loan")
    assert Task.objects.get().kind == TaskKind.NOT_ON_LOAN


def test_take_back_of_an_unknown_barcode(partner, story):
    tone, words = told(partner.send(ADDRESS, what="<b>404</b>"))
    assert tone == "warn"
    assert words.startswith("We do not know the barcode &lt;b&gt;404&lt;/b&gt;.")
    assert Task.objects.get().kind == TaskKind.UNKNOWN_BARCODE


@pytest.mark.parametrize("what", ["", "  ", "a\x00b", "1" * 61])
def test_take_back_of_nothing(partner, story, what):
    assert told(partner.send(ADDRESS, what=what))[0] == "bad"
    assert not Report.objects.exists()


def test_take_back_at_two_points_keeps_the_first(partner, other_partner, story, lent):
    assert told(partner.send(ADDRESS, what=lent.barcode))[0] == "good"
    assert told(other_partner.send(ADDRESS, what=lent.barcode))[1].startswith("By our records it was not on loan.")
    assert Loan.objects.get().returned_place == story.network.newsstand
