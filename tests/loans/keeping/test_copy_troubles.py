"""The page of a copy: what is the matter with it, and what its reader says."""

import pytest

from catalog.states import CopyStatus
from loans.claims import claim_returned
from loans.keeping_views.copy_acts import ACTS, BY_CODE
from loans.models import Loan
from loans.moves import COPY, LOAN, origins_of
from loans.states import HoldStatus, LoanStatus
from milanolib import clock
from tests.factories import CopyFactory, ReaderFactory, UserFactory
from tests.loans.desk.conftest import Desk
from tests.loans.moves.rows import copy_in
from tests.story import fresh


def do(desk, copy, code, **fields):
    """Press a button of the page; fields are named as the form of the act names them."""
    loan = Loan.objects.standing().filter(copy=copy).first()
    named = {f"{code}-{name}": value for name, value in fields.items()}
    return desk.post("copy_trouble", copy.pk, code, loan=loan.pk if loan else "", **named)


def offered(desk, copy):
    page = desk.get("copy_edit", copy.pk)
    return {act.code for act, _form in [*page.context["acts"], *page.context["loan_acts"]]}


@pytest.mark.parametrize(
    ("status", "acts"),
    [
        (CopyStatus.AVAILABLE, {"damaged", "repair", "display", "missing"}),
        (CopyStatus.SET_ASIDE, {"damaged", "missing"}),
        (CopyStatus.IN_TRANSIT, {"damaged"}),
        (CopyStatus.ON_LOAN, {"damaged", "claimed", "lost", "never"}),
        (CopyStatus.CLAIMED_RETURNED, {"found", "damaged", "brought", "withdraw", "given_up", "lost", "never"}),
        (CopyStatus.LOST, {"found", "damaged", "claimed", "made_good", "never"}),
        (CopyStatus.MISSING, {"found", "damaged"}),
        (CopyStatus.DAMAGED, {"put_back", "repair", "missing"}),
        (CopyStatus.IN_REPAIR, {"found", "damaged", "missing"}),
        (CopyStatus.ON_DISPLAY, {"found", "damaged", "missing"}),
        (CopyStatus.WITHDRAWN, set()),
    ],
)
def test_a_copy_offers_what_can_be_done_where_it_stands(desk, story, status, acts):
    assert offered(desk, copy_in(story, status)) == acts


def test_every_act_has_rows_in_the_tables():
    assert all(origins_of(LOAN if act.is_of_loan else COPY, act.verb) for act in ACTS)
    assert len(BY_CODE) == len(ACTS)


def test_damaged_asks_what_is_wrong_and_keeps_the_box_open(desk, story):
    copy = copy_in(story, CopyStatus.AVAILABLE)

    answer = do(desk, copy, "damaged")

    assert answer.status_code == 422
    assert answer.content.decode().count('<details class="desk-more" open>') == 1
    assert fresh(copy).status == CopyStatus.AVAILABLE


def test_damaged_takes_it_from_its_reader_and_says_so(desk, story):
    hold, copy = story.ready(story.copies(1)[0].title)

    said = desk.said(do(desk, copy, "damaged", reason="wet"))

    assert "keeps the turn" in said[0]
    assert (fresh(copy).status, fresh(hold).status) == (CopyStatus.DAMAGED, HoldStatus.QUEUED)


@pytest.mark.parametrize(
    ("status", "code", "after"),
    [
        (CopyStatus.MISSING, "found", CopyStatus.IN_TRANSIT),
        (CopyStatus.DAMAGED, "put_back", CopyStatus.IN_TRANSIT),
        (CopyStatus.DAMAGED, "repair", CopyStatus.IN_REPAIR),
        (CopyStatus.AVAILABLE, "display", CopyStatus.ON_DISPLAY),
        (CopyStatus.CLAIMED_RETURNED, "brought", CopyStatus.IN_TRANSIT),
        (CopyStatus.CLAIMED_RETURNED, "withdraw", CopyStatus.ON_LOAN),
        (CopyStatus.CLAIMED_RETURNED, "given_up", CopyStatus.LOST),
        (CopyStatus.ON_LOAN, "lost", CopyStatus.LOST),
    ],
)
def test_a_button_does_what_it_says(desk, story, status, code, after):
    copy = copy_in(story, status)

    assert do(desk, copy, code, reason="so").status_code == 302
    assert fresh(copy).status == after


def test_missing_is_said_at_the_library_where_the_copy_should_be(desk, other_desk, story):
    copy = copy_in(story, CopyStatus.AVAILABLE)

    refused = do(desk, copy, "missing")
    done = do(other_desk, copy, "missing")

    assert (refused.status_code, done.status_code) == (422, 302)
    assert fresh(copy).status == CopyStatus.MISSING


def test_claim_keeps_day_and_point(desk, story, network):
    copy = copy_in(story, CopyStatus.ON_LOAN)

    do(desk, copy, "claimed", returned_on=clock.today().isoformat(), place=network.newsstand.pk)

    loan = Loan.objects.get()
    assert (loan.status, loan.claimed_on, loan.claimed_place) == (LoanStatus.CLAIMED, clock.today(), network.newsstand)
    page = desk.get("copy_edit", copy.pk).content.decode()
    assert "on Monday 2 March 2026, says the reader" in " ".join(page.split())


@pytest.mark.parametrize("day", ["", "nonsense", "2026-02-30"])
def test_claim_without_a_day_is_asked_again(desk, story, day):
    copy = copy_in(story, CopyStatus.ON_LOAN)

    assert do(desk, copy, "claimed", returned_on=day).status_code == 422
    assert Loan.objects.get().status == LoanStatus.OPEN


def test_claim_of_a_day_before_the_loan_is_refused_with_the_first_day(desk, story):
    copy = copy_in(story, CopyStatus.ON_LOAN)

    answer = do(desk, copy, "claimed", returned_on="2026-03-01")

    assert answer.status_code == 422
    assert "It was lent on 2 March 2026" in answer.content.decode()


@pytest.mark.parametrize(("status", "code"), [(CopyStatus.ON_LOAN, "never"), (CopyStatus.LOST, "made_good")])
def test_what_cannot_be_undone_is_confirmed(desk, story, status, code):
    copy = copy_in(story, status)

    unsure = do(desk, copy, code, reason="so")
    sure = do(desk, copy, code, reason="so", is_sure="on")

    assert (unsure.status_code, sure.status_code) == (422, 302)
    assert Loan.objects.get().status == LoanStatus.CLOSED


def test_a_page_left_open_does_nothing_to_the_next_reader_s_loan(desk, story):
    copy = copy_in(story, CopyStatus.ON_LOAN)
    old = Loan.objects.get()
    story.given_back(copy)
    new = story.lent(copy)

    answer = desk.post("copy_trouble", copy.pk, "never", loan=old.pk, **{"never-reason": "so", "never-is_sure": "on"})

    assert answer.status_code == 422
    assert fresh(new).status == LoanStatus.OPEN


def test_loan_on_the_page_of_a_copy_is_named_by_initials(desk, story):
    reader = ReaderFactory(given_name="Ada", family_name="Negri")
    loan = story.lent(story.copies(1)[0], reader=reader)

    page = desk.get("copy_edit", loan.copy_id).content.decode()

    assert f"A.N. {reader.card_number[-4:]}" in page
    assert "Negri" not in page


def test_claims_of_a_reader_are_counted_on_the_page(desk, story):
    reader = ReaderFactory()
    for _number in range(2):
        loan = story.lent(story.copies(1)[0], reader=reader)
        claim_returned(loan, returned_on=clock.today(), place=None, actor=None)

    page = desk.get("copy_edit", loan.copy_id).content.decode()

    assert "said to be returned by this reader of late: 2" in " ".join(page.split())


def test_a_form_of_another_desk_does_nothing(desk, other_desk, story):
    copy = copy_in(story, CopyStatus.AVAILABLE)
    other_desk.place = desk.place

    do(other_desk, copy, "damaged", reason="wet")

    assert fresh(copy).status == CopyStatus.AVAILABLE


def test_who_works_at_no_desk_is_offered_nothing(story, network):
    keeper = UserFactory(is_staff=True)
    copy = CopyFactory(home=network.south)

    assert do(Desk(keeper, network.south), copy, "damaged", reason="wet").status_code == 403


def test_an_act_that_nobody_knows_is_not_found(desk, story):
    assert do(desk, copy_in(story, CopyStatus.AVAILABLE), "eaten").status_code == 404


def test_scan_of_a_damaged_copy_at_the_counter_says_to_put_it_aside_or_to_send_it_home(desk, other_desk, story):
    copy = copy_in(story, CopyStatus.DAMAGED)  # of the north library

    at_home = other_desk.scan("desk_counter", copy.barcode).content.decode()
    away = desk.scan("desk_counter", copy.barcode).content.decode()

    assert "Put it aside: it is damaged" in at_home
    assert "It is damaged: it goes home, and to nobody." in away
    assert f"for {story.network.north}" in away


def test_damaged_away_from_its_library_is_told_where_it_goes(desk, story):
    copy = copy_in(story, CopyStatus.AVAILABLE)

    said = desk.said(do(desk, copy, "damaged", reason="wet"))

    assert f"Put it into the crate for {story.network.north}: it goes home." in said[0]
