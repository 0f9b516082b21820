"""Crates at the desk: what is to be sent, what is in each, what has come."""

import pypdfium2
import pytest
import zxingcpp

from loans.crate_errors import CrateForAnother, CrateGoesNowhere, CrateUnknown
from loans.crates import inside, open_crate, receive_crate
from loans.models import Crate, Task, TaskKind, Transit
from loans.slips_pdf import ROLL, SHEET
from loans.states import CrateStatus, HoldStatus, TransitStatus
from loans.turning import turn_back_crates
from milanolib import clock
from tests.factories import ClosureFactory, CopyFactory
from tests.story import fresh


@pytest.fixture
def copy(story, network):
    """A copy that waits at the desk of the south library for the van to the north."""
    return story.picked(CopyFactory(home=network.south).title, pickup=network.north)[1]


@pytest.fixture
def crate(network):
    return open_crate(network.south, network.north, actor=None)


@pytest.fixture
def coming(story):
    """A crate with one copy on the road to the desk of the south library."""
    return story.sent(story.on_its_way())


def page(answer):
    return " ".join(answer.content.decode().split())


# --- What is to be sent


def test_crates_lists_what_waits_by_destination_with_the_van(desk, story, network, copy):
    network.van()
    story.packed(CopyFactory(home=network.south).title)

    shown = page(desk.get("desk_crates"))

    assert str(network.north) in shown
    assert str(network.newsstand) in shown
    assert shown.count("1 waits for a crate") == 2
    assert shown.count("Thu 5 March, 10:05") == 2


def test_crates_says_that_no_van_is_planned(desk, copy):
    assert "no van planned" in page(desk.get("desk_crates"))


def test_begin_leads_to_the_crate_and_again_to_the_same(desk, network, copy):
    answers = [desk.post("desk_crate_begin", destination=network.north.pk) for _time in range(2)]

    crate = Crate.objects.get()
    assert {answer["Location"] for answer in answers} == {f"/gestione/banco/casse/{crate.code}/"}
    assert f"Crate {crate.code}, being filled: 0 things in it" in page(desk.get("desk_crates"))


def test_begin_refuses_what_is_no_other_place(desk, network):
    refused = desk.post("desk_crate_begin", destination=network.south.pk)

    assert desk.said(refused) == [str(CrateGoesNowhere())]
    assert desk.post("desk_crate_begin", destination="x").status_code == 404


def test_crate_is_shown_at_both_its_ends_and_nowhere_else(desk, other_desk, crate, network):
    elsewhere = open_crate(network.north, network.bus, actor=None)

    assert desk.get("desk_crate", crate.code).status_code == 200
    assert other_desk.get("desk_crate", crate.code).status_code == 200
    assert desk.get("desk_crate", elsewhere.code).status_code == 404
    assert desk.post("desk_crate_act", elsewhere.code, "chiusura").status_code == 404
    assert desk.post("desk_crate_act", crate.code, "nonsense").status_code == 404
    assert desk.get("desk_crate_act", crate.code, "chiusura").status_code == 405


# --- Filling


def test_scan_puts_in_and_says_how_much_is_in_it(desk, copy, crate, network):
    for _time in range(2):
        answer = page(desk.scan("desk_crate", copy.barcode, crate.code))

    assert "In the crate" in answer
    assert f"crate {crate}, for {network.north}" in answer
    assert "1 thing in it" in answer
    assert 'id="crate-content"' in answer
    assert list(inside(crate)) == [Transit.objects.get()]


def test_scan_of_a_parcel_by_its_tag_shows_no_title(desk, story, network):
    _hold, copy, parcel = story.packed(CopyFactory(home=network.south, title__work__title="Canti orfici").title)
    crate = open_crate(network.south, network.newsstand, actor=None)

    answer = page(desk.scan("desk_crate", parcel.tag, crate.code))

    assert f"Parcel {parcel.tag}" in answer
    assert "Canti orfici" not in answer
    assert "Canti orfici" not in page(desk.get("desk_crate", crate.code))
    assert inside(crate).get().copy == copy


def test_scan_of_what_goes_elsewhere_is_refused_and_says_where(desk, story, network, crate):
    _hold, _copy, parcel = story.packed(CopyFactory(home=network.south).title)

    answer = desk.scan("desk_crate", parcel.tag, crate.code)

    assert answer.status_code == 422
    assert f"This goes to {network.newsstand}." in page(answer)
    assert desk.told("desk_crate", "404", crate.code) == [
        "No copy has this barcode. Scan it again, or type the number below it."
    ]


def test_take_out_leaves_it_waiting(desk, copy, crate):
    desk.scan("desk_crate", copy.barcode, crate.code)

    answer = page(desk.scan("desk_crate", copy.barcode, crate.code, mode="out"))

    assert "Taken out" in answer
    assert "Nothing is in it." in answer
    assert fresh(copy).place == desk.place


def test_crate_is_sealed_opened_again_sealed_and_sent(desk, copy, crate):
    assert "There is nothing in crate" in desk.said(desk.post("desk_crate_act", crate.code, "chiusura"))[0]
    desk.scan("desk_crate", copy.barcode, crate.code)

    said = [
        desk.said(desk.post("desk_crate_act", crate.code, act))[0]
        for act in ("chiusura", "riapertura", "chiusura", "partenza")
    ]

    assert said == [
        f"Crate {crate} is sealed with 1 thing in it. Print its list and put it in.",
        f"Crate {crate} is open again. Its list has to be printed anew.",
        f"Crate {crate} is sealed with 1 thing in it. Print its list and put it in.",
        f"Crate {crate} is on the road to {crate.destination}.",
    ]
    assert Transit.objects.get().status == TransitStatus.LOADED
    assert 'name="scan"' not in page(desk.get("desk_crate", crate.code))


@pytest.mark.parametrize(("paper", "width"), [(ROLL, 80), (SHEET, 210)])
def test_manifest_has_the_code_of_the_crate_and_names_nobody(desk, story, network, paper, width):
    hold, copy, parcel = story.packed(CopyFactory(home=network.south, title__work__title="Canti orfici").title)
    crate = story.crated(copy)
    desk.post("desk_paper", paper=paper)

    answer = desk.get("desk_manifest", crate.code)

    [sheet] = pypdfium2.PdfDocument(answer.content)
    text = sheet.get_textpage().get_text_bounded()
    assert answer["Content-Type"] == "application/pdf"
    assert round(sheet.get_width() / 72 * 25.4) == width
    assert [code.text for code in zxingcpp.read_barcodes(sheet.render(scale=4).to_pil())] == [crate.code]
    assert parcel.tag in text
    assert str(network.newsstand) in text
    assert "Canti orfici" not in text
    assert hold.reader.family_name not in text


def test_manifest_lists_copies_as_they_are(desk, copy, crate):
    desk.scan("desk_crate", copy.barcode, crate.code)

    [sheet] = pypdfium2.PdfDocument(desk.get("desk_manifest", crate.code).content)

    assert copy.barcode in sheet.get_textpage().get_text_bounded()


# --- Receiving


def test_scan_of_a_crate_that_came_receives_it(desk, coming):
    plain = desk.post("desk_crates", scan=coming.code)
    with_htmx = desk.scan("desk_crates", coming.code)

    assert plain["Location"] == with_htmx["HX-Redirect"] == f"/gestione/banco/casse/{coming.code}/"
    assert fresh(coming).status == CrateStatus.RECEIVED


def test_scan_of_a_crate_that_stands_here_opens_its_page(desk, crate):
    assert desk.scan("desk_crates", crate.code)["HX-Redirect"] == f"/gestione/banco/casse/{crate.code}/"
    assert fresh(crate).status == CrateStatus.OPEN


def test_scan_of_a_crate_for_another_place_is_told_and_nothing_is_lost(desk, story, network):
    _hold, copy = story.picked(story.copies(1)[0].title, pickup=network.stop)
    crate = story.sent(copy)

    answer = desk.scan("desk_crates", crate.code)

    assert answer.status_code == 422
    assert str(CrateForAnother(crate=crate.code, place=str(network.bus))) in page(answer)
    assert desk.told("desk_crates", "C0") == [str(CrateUnknown())]
    assert fresh(crate).status == CrateStatus.ON_ROAD


def test_scan_of_what_came_says_where_it_goes(desk, coming):
    receive_crate(coming, desk.place, actor=None)
    transit = inside(coming).select_related("copy", "assignment__hold__reader").get()

    for _time in range(2):
        answer = page(desk.scan("desk_crate", transit.copy.barcode, coming.code))

    assert "To the shelf of reservations" in answer
    assert transit.assignment.hold.reader.card_number[-4:] in answer
    assert "data-alert" in answer
    assert fresh(transit.assignment.hold).status == HoldStatus.READY
    assert "0 things of its list not scanned" in answer


def test_scan_of_what_was_not_on_the_list_is_taken_in_and_told(desk, coming, network):
    receive_crate(coming, desk.place, actor=None)
    stranger = CopyFactory(home=network.south, place=network.north)

    answer = page(desk.scan("desk_crate", stranger.barcode, coming.code))

    assert "Back to its shelf" in answer
    assert "It was not on the list of the crate" in answer
    assert Task.objects.get().kind == TaskKind.NOT_ON_LIST
    assert stranger.barcode not in page(desk.get("desk_tasks"))


def test_nothing_is_taken_in_before_the_crate_has_come(desk, coming):
    transit = inside(coming).select_related("copy").get()

    answer = desk.scan("desk_crate", transit.copy.barcode, coming.code)

    assert answer.status_code == 422
    assert f"Scan crate {coming} first" in page(answer)


def test_all_there_fills_the_stack_of_the_desk(desk, coming):
    copy = inside(coming).select_related("copy").get().copy
    desk.post("desk_crate_act", coming.code, "arrivo")

    said = desk.said(desk.post("desk_crate_act", coming.code, "tutto"))

    assert said[-1:] == ["1 thing was taken in. The stack at the desk says where it goes."]
    assert fresh(coming).status == CrateStatus.UNPACKED
    assert copy.title.title in page(desk.get("desk_counter"))


def test_what_is_missing_is_among_the_tasks_of_both_ends(desk, other_desk, coming):
    copy = inside(coming).select_related("copy").get().copy
    desk.post("desk_crate_act", coming.code, "arrivo")

    said = desk.said(desk.post("desk_crate_act", coming.code, "fine"))

    assert said[-1:] == [f"Crate {coming} is unpacked. 1 thing was not in it: both libraries look for it."]
    for one in (desk, other_desk):
        assert copy.barcode in page(one.get("desk_tasks"))
        assert copy.barcode in page(one.get("desk_searches"))
    assert "0 of 1 found" in page(other_desk.get("desk_crates"))


# --- Check-in


def test_crate_at_the_counter_is_told_and_nothing_is_done(desk, coming):
    answer = desk.scan("desk_counter", coming.code.lower())

    assert answer.status_code == 422
    assert f"This is crate {coming}." in page(answer)
    assert "No copy has this barcode" in page(desk.scan("desk_counter", "C00000"))
    assert fresh(coming).status == CrateStatus.ON_ROAD


def test_check_in_names_the_crate_that_stands_open(desk, network):
    crate = open_crate(network.south, network.north, actor=None)

    answer = page(desk.scan("desk_counter", CopyFactory(home=network.north).barcode))

    assert f"Into crate {crate}, which stands open." in answer
    assert f"Not for here: into crate {crate} for {network.north}" in answer


# --- Queries


@pytest.mark.parametrize("count", [1, 3])
def test_crates_take_as_many_queries_for_one_row_as_for_three(count, desk, story, network, django_assert_num_queries):
    for number in range(count):
        place = (network.newsstand, network.north, network.locker)[number]
        open_crate(network.south, place, actor=None)
        story.picked(CopyFactory(home=network.south).title, pickup=place)
        story.sent(story.on_its_way())

    with django_assert_num_queries(13):
        desk.get("desk_crates")


def test_crate_for_a_closed_point_is_named_where_it_is_waited_for(desk, story, network):
    """On the way to this library, filled at the north one."""
    _hold, copy, _parcel = story.packed(story.copies(1)[0].title)
    crate = story.sent(copy)
    ClosureFactory(place=network.newsstand, starts_on=clock.today(), ends_on=None)
    turn_back_crates()
    words = f"Was for {network.newsstand}, which is closed: it is brought to {network.south}."

    for name in ("desk_crates", "desk_packing"):
        assert words in page(desk.get(name))
    assert words in page(desk.get("desk_crate", crate.code))
    assert f"crate {crate.code}, for {network.newsstand}" in page(desk.get("desk_tasks"))
    desk.scan("desk_crates", crate.code)
    assert fresh(crate).status == CrateStatus.RECEIVED


def test_crate_for_a_closed_point_is_marked_among_those_without_a_round(desk, story, network):
    """It stands at the desk's library."""
    crate = story.crated(story.packed(CopyFactory(home=network.south).title)[1])
    ClosureFactory(place=network.newsstand, starts_on=clock.today(), ends_on=None)

    for name in ("desk_rounds", "desk_crates", "desk_packing"):
        assert f"{network.newsstand} is closed: it stays at {network.south}." in page(desk.get(name))
    assert f"{network.newsstand} is closed" in page(desk.get("desk_crate", crate.code))


@pytest.mark.parametrize("count", [1, 3])
def test_crate_takes_as_many_queries_for_one_row_as_for_three(count, desk, story, network, django_assert_num_queries):
    crate = story.sent(*[story.on_its_way() for _number in range(count)])

    with django_assert_num_queries(9):
        desk.get("desk_crate", crate.code)
