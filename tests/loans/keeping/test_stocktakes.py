"""Counting the shelves: each scan is told, nothing moves by itself, what is not found is marked when confirmed."""

import pytest

from catalog.models import Stocktake, StocktakeScan
from catalog.states import CopyStatus
from loans import keeping, stocktakes
from loans.stocktakes import Finding, shelf_order
from tests.factories import BranchFactory, CopyFactory

pytestmark = pytest.mark.django_db


def fresh(row):
    return type(row).objects.get(pk=row.pk)


@pytest.fixture
def count(story, network):
    """A count of the south, begun a minute after all stood in its place."""

    def begin(prefix=""):
        story.later(minutes=1)
        begun = stocktakes.begin_stocktake(network.south, prefix=prefix, actor=None)
        story.later(minutes=1)
        return begun

    return begin


def on_shelf(home, mark, **fields):
    return CopyFactory(home=home, shelf_mark=mark, **fields)


def test_each_scan_says_what_it_found(story, network, count):
    south, north = network.south, network.north
    right, before = on_shelf(south, "N CAL"), on_shelf(south, "N BUZ")
    foreign = on_shelf(north, "N CAL")
    lent, gone, lost = on_shelf(south, "N A"), on_shelf(south, "N B"), on_shelf(south, "N C")
    story.lent(lent)
    keeping.withdraw_copy(gone, reason="x", actor=None)
    begun = count()
    keeping.mark_missing(lost, south, since=begun.started_at, actor=None)
    _hold, ready = story.ready(on_shelf(south, "N D").title, pickup=south)
    away = on_shelf(south, "N E", place=north)

    found = [
        stocktakes.scan_copy(begun, one.barcode).finding
        for one in (right, before, foreign, lent, gone, lost, ready, away)
    ]

    assert found == [
        Finding.IN_ORDER, Finding.OUT_OF_ORDER, Finding.OTHER_LIBRARY, Finding.ON_LOAN, Finding.WITHDRAWN,
        Finding.MISSING, Finding.RESERVED, Finding.ELSEWHERE,
    ]  # fmt: skip
    assert stocktakes.scan_copy(begun, "nothing").finding == Finding.UNKNOWN
    assert fresh(lent).status == CopyStatus.ON_LOAN


def test_scanning_again_says_the_same_and_counts_once(network, count):
    copy = on_shelf(network.south, "N CAL")
    begun = count()

    first, again = (stocktakes.scan_copy(begun, f" {copy.barcode} ") for _time in range(2))

    assert (first.finding, first.is_repeated) == (Finding.IN_ORDER, False)
    assert (again.finding, again.is_repeated) == (Finding.IN_ORDER, True)
    assert StocktakeScan.objects.count() == 1


def test_a_count_of_some_shelves_knows_the_others(network, count):
    inside, outside = on_shelf(network.south, "n cal"), on_shelf(network.south, "R CAL")
    begun = count("N ")

    assert stocktakes.scan_copy(begun, inside.barcode).finding == Finding.IN_ORDER
    assert stocktakes.scan_copy(begun, outside.barcode).finding == Finding.OTHER_SHELF
    assert stocktakes.expected(begun).count() == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [("N CAL", "N DEL"), ("853.2 A", "853.91 A"), ("853 A", "853.1 A"), ("DVD 9", "DVD 10"), ("A", "A B"), ("", "A")],
)
def test_shelf_marks_are_ordered_as_they_stand(first, second):
    assert shelf_order(first) < shelf_order(second)


def test_closing_lists_what_was_not_found_and_spares_what_moved(story, network, count):
    found, absent, lent, back = (on_shelf(network.south, f"N {letter}") for letter in "ABCD")
    story.lent(back)
    begun = count()
    stocktakes.scan_copy(begun, found.barcode)
    story.lent(lent)
    story.given_back(back, network.south)  # came over the desk after its shelf was counted

    closed = stocktakes.close_stocktake(begun, actor=None)

    assert closed.outcome["not_found"] == [absent.pk]
    assert closed.outcome["findings"] == {"in_order": 1}
    with pytest.raises(stocktakes.StocktakeClosed):
        stocktakes.scan_copy(begun, absent.barcode)
    assert stocktakes.close_stocktake(begun, actor=None).outcome == closed.outcome


def test_marking_looks_again_at_each_copy(story, network, count):
    absent, returned = on_shelf(network.south, "N A"), on_shelf(network.south, "N B")
    closed = stocktakes.close_stocktake(count(), actor=None)
    story.lent(returned)

    assert stocktakes.mark_not_found(closed, actor=None) == (1, 1)
    assert stocktakes.mark_not_found(fresh(closed), actor=None) == (0, 1)
    assert (fresh(absent).status, fresh(returned).status) == (CopyStatus.MISSING, CopyStatus.ON_LOAN)


def test_marking_spares_what_a_later_count_found(story, network, count):
    found, gone = on_shelf(network.south, "N A"), on_shelf(network.south, "N B")
    earlier = count()
    stocktakes.close_stocktake(earlier, actor=None)
    story.later(days=3)
    later = count()
    assert stocktakes.scan_copy(later, found.barcode).finding == Finding.IN_ORDER
    stocktakes.close_stocktake(later, actor=None)

    assert stocktakes.mark_not_found(fresh(earlier), actor=None) == (1, 1)

    assert (fresh(found).status, fresh(gone).status) == (CopyStatus.AVAILABLE, CopyStatus.MISSING)


def test_marking_after_a_count_does_not_mind_what_an_earlier_one_found(story, network, count):
    copy = on_shelf(network.south, "N A")
    earlier = count()
    stocktakes.scan_copy(earlier, copy.barcode)
    stocktakes.close_stocktake(earlier, actor=None)
    later = count()
    stocktakes.close_stocktake(later, actor=None)

    assert stocktakes.mark_not_found(fresh(later), actor=None) == (1, 0)


def test_one_count_at_a_time_in_a_library(network, count):
    count()
    with pytest.raises(stocktakes.StocktakeOpen):
        stocktakes.begin_stocktake(network.south, actor=None)
    assert stocktakes.begin_stocktake(network.north, actor=None)


# --- pages


def test_a_librarian_counts_closes_and_marks(desk, network, story):
    found, absent = on_shelf(network.south, "N A"), on_shelf(network.south, "N B")
    story.later(minutes=1)
    begun = desk.post("stocktakes", shelves="")
    own = Stocktake.objects.get()

    answer = desk.scan("stocktake", found.barcode, own.pk).content.decode()
    odd = desk.scan("stocktake", "what", own.pk).content.decode()
    desk.post("stocktake_close", own.pk)
    page = desk.get("stocktake", own.pk).content.decode()
    unsure = desk.post("stocktake_mark", own.pk)
    not_yet = fresh(absent).status
    desk.post("stocktake_mark", own.pk, sure="on")

    assert begun["Location"].endswith(f"/inventario/{own.pk}/")
    assert "In order" in answer
    assert 'data-sound="good"' in answer
    assert "Unknown barcode" in odd
    assert 'data-sound="bad"' in odd
    assert absent.barcode in page
    assert unsure.status_code == 302
    assert not_yet == CopyStatus.AVAILABLE
    assert fresh(absent).status == CopyStatus.MISSING
    table = desk.get("stocktake_table", own.pk).content.decode("utf-8-sig").splitlines()
    assert table[1].startswith(f"In order;{found.barcode};N A;")
    assert table[-1].startswith(f"Not found;{absent.barcode};N B;")


def test_a_scan_without_javascript_is_told_on_the_next_page(desk, network):
    own = stocktakes.begin_stocktake(network.south, actor=None)
    copy = on_shelf(network.south, "N A")

    assert "In order" in desk.told("stocktake", copy.barcode, own.pk)[0]


def test_counts_of_another_library_are_not_there(desk, other_desk, clerk, network):
    own = stocktakes.begin_stocktake(network.south, actor=None)

    assert other_desk.get("stocktake", own.pk).status_code == 404
    assert other_desk.post("stocktake_close", own.pk).status_code == 404
    assert other_desk.post("stocktake_mark", own.pk, sure="on").status_code == 404
    assert clerk.get("stocktakes").status_code == 403
    assert desk.get("stocktake", own.pk).status_code == 200
    assert BranchFactory().pk != network.south.pk


@pytest.mark.parametrize("rows", [1, 3])
def test_closed_count_takes_as_many_queries_for_one_row_as_for_three(rows, desk, network, django_assert_num_queries):
    copies = [on_shelf(network.south, f"N {number}") for number in range(rows)]
    own = stocktakes.begin_stocktake(network.south, actor=None)
    for number in range(rows):
        stocktakes.scan_copy(own, f"unknown-{number}")
    stocktakes.close_stocktake(own, actor=None)
    assert len(copies) == rows

    with django_assert_num_queries(10):
        desk.get("stocktake", own.pk)
