"""Check-in: where the copy goes, and what became of its loan."""

from loans.models import Loan
from loans.states import LoanStatus
from tests.factories import CopyFactory, ReaderFactory


def test_check_in_ends_the_loan_and_names_the_shelf(desk, story, network):
    copy = CopyFactory(home=network.south, shelf_mark="N CAL")
    loan = story.lent(copy)

    answer = desk.scan("desk_check_in", copy.barcode).content.decode()

    loan.refresh_from_db()
    assert loan.status == LoanStatus.CLOSED
    assert "Back to its shelf" in answer
    assert "N CAL" in answer
    assert "The loan ended now." in answer


def test_check_in_of_a_copy_given_back_at_a_point_says_where_and_when(desk, story, network):
    copy = CopyFactory(home=network.south)
    story.lent(copy)
    story.later(days=3, hours=1)
    story.take_back(copy, network.newsstand)
    story.later(days=1)

    first = desk.scan("desk_check_in", copy.barcode).content.decode()
    again = desk.scan("desk_check_in", copy.barcode).content.decode()

    expected = f"The loan had ended on 5 March, 10:00 at {network.newsstand}."
    assert expected in first
    assert expected in again


def test_check_in_for_a_waiting_reader_says_whose_without_the_name(desk, story, network):
    copy = CopyFactory(home=network.south)
    story.lent(copy)
    reader = ReaderFactory(given_name="Alda", family_name="Merini")
    story.hold(copy.title, reader=reader, pickup=network.south)

    answer = desk.scan("desk_check_in", copy.barcode).content.decode()

    assert "To the shelf of reservations" in answer
    assert f"A.M. {reader.card_number[-4:]}" in answer
    assert "Merini" not in answer


def test_check_in_of_another_librarys_copy_says_crate(desk, network):
    copy = CopyFactory(home=network.north)

    answer = desk.scan("desk_check_in", copy.barcode).content.decode()

    assert "Into the crate" in answer
    assert f"for {network.north}" in answer


def test_check_in_for_a_partners_point_offers_to_pack(desk, story, network):
    copy = CopyFactory(home=network.south)
    story.lent(copy)
    story.hold(copy.title, pickup=network.newsstand)

    answer = desk.scan("desk_check_in", copy.barcode).content.decode()

    assert "Pack it as a parcel" in answer
    assert 'action="/gestione/banco/pacchi/"' in answer


def test_check_in_without_javascript_says_the_same_in_a_message(desk, story, network):
    copy = CopyFactory(home=network.south, shelf_mark="N CAL")
    story.lent(copy)

    assert desk.told("desk_check_in", copy.barcode) == [f"{copy.title}: Back to its shelf · N CAL. The loan ended now."]
    assert desk.told("desk_check_in", "000") == [
        "No copy has this barcode. Scan it again, or type the number below it."
    ]


def test_check_in_takes_any_copy_of_the_network_and_writes_down_where(desk, story, network):
    loan = story.lent(CopyFactory(home=network.north))

    desk.scan("desk_check_in", loan.copy.barcode)

    assert Loan.objects.get(pk=loan.pk).returned_place == network.south
