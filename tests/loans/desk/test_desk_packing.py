"""The pack station, the crates of a day's rounds, and who had a parcel in hand."""

import datetime as dt

import pytest
from django.urls import reverse

from loans.models import Parcel
from loans.states import ParcelStatus
from milanolib import clock
from tests.factories import CopyFactory, ReaderFactory
from tests.loans.desk.test_desk_slips import read
from tests.loans.test_leaving import expire_card
from tests.story import fresh


def waits(story, network, **hold):
    """A copy on the pick list of the south library, for the newsstand."""
    copy = CopyFactory(home=network.south)
    story.hold(copy.title, **{"pickup": network.newsstand, **hold})
    return copy


# --- The pack station


def test_packing_takes_from_the_list_wraps_and_shows_the_tag_in_one_scan(desk, story, network):
    reader = ReaderFactory(family_name="Merini")
    copy = waits(story, network, reader=reader)

    answer = desk.scan("desk_packing", copy.barcode).content.decode()

    parcel = Parcel.objects.get()
    assert (parcel.status, parcel.assignment.copy) == (ParcelStatus.PACKED, copy)
    assert parcel.tag in answer
    assert 'data-key="F7"' in answer
    assert "Merini" not in answer
    assert [one.pk for one in desk.get("desk_packing").context["packed"]] == [parcel.pk]


def test_packing_what_was_picked_before_wraps_it(desk, story, network):
    copy = waits(story, network)
    desk.scan("desk_pick", copy.barcode)
    assert copy.barcode in desk.get("desk_packing").content.decode()

    desk.scan("desk_packing", copy.barcode)

    assert Parcel.objects.count() == 1
    assert copy.barcode not in desk.get("desk_packing").content.decode()


@pytest.mark.parametrize("scans", ["copy", "tag"])
def test_packing_again_shows_the_same_tag(desk, story, network, scans):
    copy = waits(story, network)
    desk.scan("desk_packing", copy.barcode)
    parcel = Parcel.objects.get()

    answer = desk.scan("desk_packing", copy.barcode if scans == "copy" else parcel.tag)

    assert parcel.tag in answer.content.decode()
    assert Parcel.objects.count() == 1


def test_packing_works_without_javascript(desk, story, network):
    copy = waits(story, network)

    answer = desk.post("desk_packing", scan=copy.barcode)

    assert answer["Location"] == reverse("admin:desk_tag", args=[Parcel.objects.get().tag])


def test_packing_says_where_a_copy_goes_that_needs_no_parcel(desk, story, network):
    copy = waits(story, network, pickup=network.south)

    answer = desk.scan("desk_packing", copy.barcode)

    assert answer.status_code == 200
    assert "shelf of reservations" in answer.content.decode()
    assert not Parcel.objects.exists()


def test_packing_refuses_what_nobody_waits_for_and_what_nobody_knows(desk, network):
    for code in (CopyFactory(home=network.south).barcode, "404"):
        assert desk.scan("desk_packing", code).status_code == 422
    assert not Parcel.objects.exists()


def test_packing_asks_whether_the_reader_may_have_it_there(desk, story, network):
    reader = ReaderFactory()
    copy = waits(story, network, reader=reader)
    expire_card(reader)

    answer = desk.scan("desk_packing", copy.barcode)

    assert answer.status_code == 422
    assert reverse("admin:desk_another_way") in answer.content.decode()
    assert not Parcel.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_packing_takes_as_many_queries_for_one_row_as_for_three(count, desk, story, network, django_assert_num_queries):
    for number in range(count):
        desk.scan("desk_packing", waits(story, network, pickup=network.locker if number else network.newsstand).barcode)
        desk.scan("desk_pick", waits(story, network, pickup=network.north if number else network.newsstand).barcode)

    with django_assert_num_queries(9):
        desk.get("desk_packing")


def test_tags_of_all_that_was_wrapped_are_printed_at_once(desk, story, network):
    assert desk.get("desk_tags_pdf").status_code == 404
    for _number in range(2):
        desk.scan("desk_packing", waits(story, network).barcode)

    pages = read(desk.get("desk_tags_pdf"))

    assert sorted(code for _width, codes, _text in pages for code in codes) == sorted(
        Parcel.objects.values_list("tag", flat=True)
    )


@pytest.mark.parametrize("page", ["desk_packing", "desk_rounds", "desk_tags_pdf"])
def test_pages_are_for_librarians(client, page):
    assert client.get(reverse(f"admin:{page}")).status_code == 302


# --- Who had it


def chain(desk, parcel):
    return desk.get("desk_chain", parcel.tag).content.decode()


def test_chain_tells_each_holder_in_a_sentence_and_no_reader(desk, story, network):
    network.van()
    reader = ReaderFactory(given_name="Alda", family_name="Merini")
    copy = waits(story, network, reader=reader)
    desk.scan("desk_packing", copy.barcode)
    parcel = Parcel.objects.get()
    story.later(minutes=12)
    crate = story.sent(copy)
    story.later(hours=2)
    story.receive(parcel)
    hold = parcel.assignment.hold
    hold.refresh_from_db()

    page = " ".join(chain(desk, parcel).split())

    south, stand = network.south, network.newsstand
    told = (
        f"Packed at {south}.",
        f"On the word of {desk.user}.",
        f"Put into crate {crate} at {south}, for {stand}.",
        f"Crate {crate} sealed at {south}: 1 inside.",
        f"Crate {crate} given to the van at {south}.",
        f"Taken in at {stand}.",
        f"On the word of phone of {stand}.",
        f"In the hands of {stand}.",
    )
    places = [page.index(words) for words in told[:1] + told[2:6]]
    assert places == sorted(places), "in the order in which it happened"
    assert all(words in page for words in told)
    assert "11:12" in page
    for secret in ("Merini", "Alda", reader.card_number, hold.pickup_code):
        assert secret not in page


def test_chain_says_who_has_a_crate_that_was_left(desk, story, network):
    copy = waits(story, network)
    desk.scan("desk_packing", copy.barcode)
    parcel = Parcel.objects.get()
    assert f"In the hands of {network.south}." in chain(desk, parcel)
    crate = story.crated(copy)
    assert f"In crate {crate}, which stands at {network.south}." in chain(desk, parcel)
    fresh(crate)


def test_chain_of_what_was_handed_over_names_no_copy_any_more(desk, story, network):
    copy = waits(story, network)
    desk.scan("desk_packing", copy.barcode)
    parcel = Parcel.objects.get()
    assert copy.barcode in chain(desk, parcel)
    story.receive(parcel)
    story.hand_over(parcel)

    page = chain(desk, parcel)

    assert f"Handed over at {network.newsstand}." in page
    assert "Not a parcel of ours any more." in page
    assert copy.barcode not in page
    assert str(copy.title) not in page


def test_chain_shows_another_library_the_way_and_not_what_is_in_it(desk, other_desk, story, network):
    copy = waits(story, network)
    desk.scan("desk_packing", copy.barcode)
    parcel = Parcel.objects.get()

    page = chain(other_desk, parcel)

    assert f"Packed at {network.south}." in page
    assert copy.barcode not in page
    assert str(copy.title) not in page
    assert desk.get("desk_chain", "ZZZZ0000").status_code == 404


def test_chain_takes_as_many_queries_however_long_it_is(desk, story, network, django_assert_num_queries):
    network.van()
    copy = waits(story, network)
    desk.scan("desk_packing", copy.barcode)
    parcel = Parcel.objects.get()
    story.sent(copy)
    story.receive(parcel)
    desk.get("desk_chain", parcel.tag)

    with django_assert_num_queries(9):
        desk.get("desk_chain", parcel.tag)


# --- Crates by round


def test_crates_by_round_are_those_of_the_day_with_their_calls(desk, story, network):
    network.van()
    copy = waits(story, network)
    desk.scan("desk_packing", copy.barcode)
    crate = story.sent(copy)
    thursday = crate.round.on

    page = desk.client.get(reverse("admin:desk_rounds"), {"giorno": thursday}, headers={"Accept-Language": "en"})

    text = page.content.decode()
    [one] = page.context["rounds"]
    assert (one.round, [row.code for row in one.crates]) == (crate.round, [crate.code])
    assert f"From {network.south} to {network.newsstand}" in " ".join(text.split())
    assert "08:00" in text
    assert str(copy.title) not in text


def test_crates_without_a_round_stand_on_todays_page_only(desk, story, network):
    copy = waits(story, network)
    desk.scan("desk_packing", copy.barcode)
    crate = story.crated(copy)
    assert crate.round is None

    today = desk.get("desk_rounds")
    tomorrow = clock.today() + dt.timedelta(days=1)

    assert [row.code for one in today.context["rounds"] for row in one.crates] == [crate.code]
    other = desk.client.get(reverse("admin:desk_rounds"), {"giorno": tomorrow})
    assert other.context["rounds"] == []


@pytest.mark.parametrize("day", ["", "rubbish", "2026-02-30", "0001-01-01", "9999-12-31"])
def test_crates_of_no_day_are_those_of_today(desk, day):
    page = desk.client.get(reverse("admin:desk_rounds"), {"giorno": day})

    assert page.status_code == 200
    assert page.context["day"] == clock.today()
