"""What a point says of all that lies there: the crate for the van, the day's end, a parcel that is wrong, on paper."""

import re

import pypdfium2
import pytest
from django.urls import URLPattern, get_resolver

from branches.models import Place, Report
from loans.holds import cancel_hold
from loans.models import Crate, Loan, Task, TaskKind
from loans.reminders import unlink_ended
from loans.states import CrateStatus, LoanEnd, ParcelStatus
from proximity.tally import figures_of
from tests.factories import LibrarianFactory
from tests.proximity.conftest import connect
from tests.story import fresh

PAGES = ("/partner/cassa/", "/partner/chiusura/", "/partner/guasto/", "/partner/elenco.pdf")


@pytest.mark.parametrize("address", PAGES)
def test_the_pages_are_for_the_phone_of_a_point_alone(partner, phones, address):
    assert partner.get(address).status_code == 200
    librarian = phones()
    librarian.force_login(LibrarianFactory())
    for stranger in (phones(), librarian):
        assert stranger.get(address).headers["Location"] == "/partner/attiva/"


def test_crate_out_seals_what_goes_back(partner, story, title):
    cancel_hold(story.at_the_point(title)[0], actor=None)

    answer = partner.send("/partner/cassa/", what=" 1 ").content.decode()

    crate = Crate.objects.get()
    assert (crate.status, f"Crate {crate.code} is ready" in answer) == (CrateStatus.SEALED, True)


@pytest.mark.parametrize(("counted", "told"), [("", "0 if there is nothing"), ("many", "Type a number in digits")])
def test_close_day_refuses_what_is_no_number(partner, counted, told):
    answer = partner.send("/partner/chiusura/", what=counted)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not Report.objects.exists()


def test_close_day_leaves_a_task_where_the_count_differs(partner, story, title):
    story.at_the_point(title)
    assert "The day is closed" in partner.send("/partner/chiusura/", what="1").content.decode()
    assert "another number is here" in partner.send("/partner/chiusura/", what="2").content.decode()
    assert Task.objects.get().kind == TaskKind.SHELF_DIFFERS


def test_fault_strikes_the_loan_off(partner, story, title):
    _hold, copy, parcel = story.at_the_point(title)
    story.hand_over(parcel)

    answer = partner.send("/partner/guasto/", what=parcel.tag.lower(), act="damaged")

    assert "The loan is struck off" in answer.content.decode()
    assert Loan.objects.get(copy=copy).end_reason == LoanEnd.NEVER_BORROWED


def test_fault_refuses_without_saying_what_is_wrong(partner):
    for act in ("", "hand_over"):
        assert partner.send("/partner/guasto/", what="K7M29QXZ", act=act).status_code == 422
    assert not Report.objects.exists()


def test_fault_gives_back_what_was_right(partner):
    without_reason = partner.send("/partner/guasto/", what="K7M29QXZ", act="").content.decode()
    without_tag = partner.send("/partner/guasto/", what="K7", act="damaged").content.decode()

    assert 'value="K7M29QXZ"' in without_reason
    assert re.search(r'value="damaged"[^>]*checked', without_tag)


def test_what_left_in_the_crate_is_not_coming_again(partner, story, title):
    hold, _copy, parcel = story.at_the_point(title)
    cancel_hold(hold, actor=None)
    partner.send("/partner/cassa/", what="1")

    assert fresh(parcel).status == ParcelStatus.IN_CRATE
    assert partner.get("/partner/giornata/pacchi/").json()["parcels"] == []


def test_day_list_is_a_pdf(partner, story, title):
    story.at_the_point(title)
    answer = partner.get("/partner/elenco.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_day_list_names_the_library_and_the_closed_crates(partner, story, title):
    Place.objects.filter(pk=story.network.south.pk).update(phone="02 8846")
    _hold, copy, parcel = story.at_the_point(title)
    story.hand_over(parcel)
    story.take_back(copy)
    partner.send("/partner/cassa/", what="1")

    drawn = pypdfium2.PdfDocument(partner.get("/partner/elenco.pdf").content)

    text = " ".join("".join(page.get_textpage().get_text_range() for page in drawn).split())
    assert "02 8846" in text
    assert f"Crate {Crate.objects.get().code}, 1 inside" in text


def test_figures_count_what_came_and_went(story, title):
    place = story.network.newsstand
    _hold, copy, parcel = story.at_the_point(title)
    story.hand_over(parcel)
    story.take_back(copy)
    other = story.at_the_point(story.copies(1)[0].title)[2]
    story.hand_over(other)
    story.report(place, "wrong", other.tag)

    tally = figures_of(place)

    done = {"came": 2, "handed_out": 1, "returned": 1}
    assert (tally["today"], tally["month"]) == (done, done)
    assert tally["last_month"] == {"came": 0, "handed_out": 0, "returned": 0}
    story.later(days=31)
    unlink_ended()
    tally = figures_of(place)
    assert (tally["today"]["came"], tally["last_month"]) == (0, done)
    assert figures_of(story.network.small_newsstand)["last_month"]["came"] == 0


def test_the_day_tells_the_tally(partner, story, title):
    story.at_the_point(title)
    assert partner.get("/partner/giornata/pacchi/").json()["tally"]["today"] == {
        "came": 1,
        "handed_out": 0,
        "returned": 0,
    }


def routes(patterns, prefix="/"):
    """Return the addresses of the portal; a number, a word or a code stands for each part that varies."""
    for one in patterns:
        route = prefix + re.sub(r"<int:\w+>", "1", str(one.pattern).lstrip("^"))
        if isinstance(one, URLPattern):
            yield re.sub(r"<[^>]+>", "a", route)
        else:
            yield from routes(one.url_patterns, route)


def test_a_phones_cookie_opens_nothing_else(phones, story):
    """Sent to every other address of the portal it is worth nothing: the answer is the one that a stranger gets."""
    token = story.token(story.network.newsstand)
    phone, stranger = connect(phones(), token), phones()
    addresses = [one for one in routes(get_resolver().url_patterns) if not one.startswith("/partner/")]
    plain = [one for one in addresses if not re.search(r"[\\$(]", one) and not one.startswith("/demo/")]
    assert len(plain) > 150

    differing = [
        (address, phone.get(address).status_code, stranger.get(address).status_code)
        for address in plain
        if seen(phone, address) != seen(stranger, address)
    ]

    assert differing == []


def seen(client, address):
    answers = [client.get(address), client.post(address)]
    return [(answer.status_code, answer.headers.get("Location")) for answer in answers]
