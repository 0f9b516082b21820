"""Reserving on the portal."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from loans.models import Hold
from loans.states import HoldLevel, HoldStatus
from milanolib import clock
from tests.factories import ClosureFactory, TitleFactory, WorkFactory

pytestmark = pytest.mark.django_db


def reserve(client, title, place, key=None, what=None, **headers):
    address = reverse("portal:reserve", args=[title.pk, "x"])
    chosen = {"what": what} if what else {}
    return client.post(address, {"pickup": place.code, "request_key": key or uuid.uuid4().hex, **chosen}, **headers)


def test_reserve_places_a_hold_and_says_what_comes_next(story, signed_in):
    copy = story.copies(1)[0]
    reader, client = signed_in()

    answer = reserve(client, copy.title, story.network.newsstand, HTTP_HX_REQUEST="true")

    hold = Hold.objects.get(reader=reader)
    assert hold.status == HoldStatus.ASSIGNED
    assert answer.status_code == 200
    assert "data-announce" in answer.content.decode()


def test_reserve_by_two_readers_shows_the_second_one_their_place(story, signed_in):
    copy = story.copies(1)[0]
    story.hold(copy.title)
    story.hold(copy.title)
    _reader, client = signed_in()

    answer = reserve(client, copy.title, story.network.newsstand, HTTP_HX_REQUEST="true", HTTP_ACCEPT_LANGUAGE="en")

    assert "number 2 in the queue" in answer.content.decode()


def test_reserve_without_javascript_redirects_to_the_readers_page(story, signed_in):
    copy = story.copies(1)[0]
    _reader, client = signed_in()

    answer = reserve(client, copy.title, story.network.newsstand)

    assert answer.status_code == 302
    assert answer["Location"] == reverse("portal:mine")


def test_reserve_clicked_twice_makes_one_hold_and_answers_the_same(story, signed_in):
    copy = story.copies(2)[0]
    reader, client = signed_in()
    key = uuid.uuid4().hex

    first = reserve(client, copy.title, story.network.newsstand, key, HTTP_HX_REQUEST="true")
    second = reserve(client, copy.title, story.network.newsstand, key, HTTP_HX_REQUEST="true")

    assert Hold.objects.filter(reader=reader).count() == 1
    assert (first.status_code, second.status_code) == (200, 200)


def test_reserve_twice_from_two_tabs_is_refused_in_words(story, signed_in):
    copy = story.copies(2)[0]
    reader, client = signed_in()
    reserve(client, copy.title, story.network.newsstand)

    answer = reserve(client, copy.title, story.network.newsstand, HTTP_HX_REQUEST="true", HTTP_ACCEPT_LANGUAGE="en")

    assert answer.status_code == 422
    assert "You have already reserved this" in answer.content.decode()
    assert Hold.objects.filter(reader=reader).count() == 1


def test_reserve_with_a_key_used_for_another_title_is_refused(story, signed_in):
    one, other = story.copies(1)[0], story.copies(1)[0]
    reader, client = signed_in()
    key = uuid.uuid4().hex
    reserve(client, one.title, story.network.newsstand, key)

    answer = reserve(client, other.title, story.network.newsstand, key, HTTP_HX_REQUEST="true")

    assert answer.status_code == 422
    assert Hold.objects.filter(reader=reader).count() == 1


def test_reserve_shows_a_provisional_reader_libraries_and_stops_only(story, signed_in):
    copy = story.copies(1)[0]
    reader, client = signed_in(provisional=True)

    page = client.get(reverse("portal:reserve", args=[copy.title_id, "x"])).content.decode()
    answer = reserve(client, copy.title, story.network.newsstand, HTTP_HX_REQUEST="true")

    assert 'value="north"' in page
    assert 'value="stop"' in page
    assert 'value="newsstand"' not in page
    assert answer.status_code == 422
    assert not Hold.objects.filter(reader=reader).exists()


def test_reserve_offers_no_locker_while_nothing_opens_its_doors(story, signed_in):
    copy = story.copies(1)[0]
    _reader, client = signed_in()

    page = client.get(reverse("portal:reserve", args=[copy.title_id, "x"])).content.decode()

    assert 'value="locker"' not in page
    assert reserve(client, copy.title, story.network.locker, HTTP_HX_REQUEST="true").status_code == 422


def test_reserve_needs_a_sign_in(client, story):
    title = TitleFactory()

    plain = client.get(reverse("portal:reserve", args=[title.pk, "x"]))
    swapped = client.post(reverse("portal:reserve", args=[title.pk, "x"]), HTTP_HX_REQUEST="true")

    assert plain.status_code == 302
    assert reverse("account_login") in plain["Location"]
    assert swapped.status_code == 204
    assert "HX-Redirect" in swapped


def test_reserve_without_a_point_keeps_the_form_and_says_so(story, signed_in):
    copy = story.copies(1)[0]
    _reader, client = signed_in()

    answer = client.post(reverse("portal:reserve", args=[copy.title_id, "x"]), {"request_key": "k"})

    assert answer.status_code == 422
    assert "ml-field--bad" in answer.content.decode()


@pytest.mark.parametrize(
    ("starts", "ends", "is_offered"),
    [(-1, None, False), (-40, 15, False), (-40, 14, True), (0, 3, True), (1, None, True), (-9, -1, True)],
)
def test_a_point_that_stays_shut_is_not_offered(story, signed_in, starts, ends, is_offered):
    today = clock.today()
    ClosureFactory(
        place=story.network.south,
        starts_on=today + dt.timedelta(days=starts),
        ends_on=None if ends is None else today + dt.timedelta(days=ends),
    )
    hold = story.hold(story.copies(1)[0].title)
    reader, client = signed_in()
    own = story.hold(hold.title, reader=reader)

    for address in (
        reverse("portal:reserve", args=[story.copies(1)[0].title_id, "x"]),
        reverse("portal:move", args=[own.pk]),
    ):
        page = client.get(address).content.decode()
        assert ('value="south"' in page) == is_offered
        assert 'value="locker"' not in page


# --- Which edition, which volume


def choices(client, title, **query):
    form = client.get(reverse("portal:reserve", args=[title.pk, "x"]), query).context["form"]
    return [value for value, _label in form.fields["what"].choices] if "what" in form.fields else [], form.initial


def test_reserve_asks_nothing_where_there_is_one_edition(story, signed_in):
    _reader, client = signed_in()

    assert choices(client, story.copies(2)[0].title)[0] == []


def test_reserve_offers_any_edition_where_a_copy_of_another_could_come(story, signed_in):
    work = WorkFactory()
    wanted, other, without_copies = TitleFactory.create_batch(3, work=work)
    story.copies(1, title=wanted)
    copy = story.copies(1, title=other)[0]
    reader, client = signed_in()

    offered, initial = choices(client, wanted)
    assert (offered, initial["what"]) == (["title", "work"], "title")
    assert choices(client, without_copies)[0] == [], "only any edition is left, so there is nothing to choose"
    assert choices(client, wanted, what="work")[1]["what"] == "work"
    assert choices(client, wanted, what="rubbish")[1]["what"] == "title"

    story.hold(wanted)
    answer = reserve(client, wanted, story.network.north, what="work", HTTP_HX_REQUEST="true")

    hold = Hold.objects.get(reader=reader)
    assert answer.status_code == 200
    assert (hold.level, hold.title, story.copy_of(hold)) == (HoldLevel.WORK, None, copy)


def test_reserve_of_an_edition_without_copies_is_of_any_edition(story, signed_in):
    wanted, other = TitleFactory.create_batch(2, work=WorkFactory())
    story.copies(1, title=other)
    reader, client = signed_in()

    reserve(client, wanted, story.network.north)

    assert Hold.objects.get(reader=reader).level == HoldLevel.WORK


def test_reserve_asks_which_volume_and_proposes_none(story, signed_in):
    title = TitleFactory()
    copies = {volume: story.copies(1, title=title, volume=volume)[0] for volume in ("10", "2", "1")}
    reader, client = signed_in()

    offered, initial = choices(client, title)
    assert (offered, initial["what"]) == (["volume:1", "volume:2", "volume:10"], "")
    refused = reserve(client, title, story.network.north, HTTP_HX_REQUEST="true")
    assert refused.status_code == 422
    assert not Hold.objects.exists()

    reserve(client, title, story.network.north, what="volume:2")

    hold = Hold.objects.get(reader=reader)
    assert (hold.level, hold.volume, story.copy_of(hold)) == (HoldLevel.VOLUME, "2", copies["2"])
    assert "volume 2" in client.get(reverse("portal:holds"), HTTP_ACCEPT_LANGUAGE="en").content.decode()


@pytest.mark.parametrize("what", ["copy", "volume:3", "work", "volume:"])
def test_reserve_refuses_what_was_not_offered(story, signed_in, what):
    title = TitleFactory()
    for volume in ("1", "2"):
        story.copies(1, title=title, volume=volume)
    _reader, client = signed_in()

    assert reserve(client, title, story.network.north, what=what, HTTP_HX_REQUEST="true").status_code == 422
    assert not Hold.objects.exists()


def test_reserve_with_a_closed_card_says_what_to_do(story, signed_in):
    copy = story.copies(1)[0]
    _reader, client = signed_in(status="closed")

    assert client.get(reverse("portal:reserve", args=[copy.title_id, "x"])).status_code == 200
    answer = reserve(client, copy.title, story.network.north, HTTP_HX_REQUEST="true", HTTP_ACCEPT_LANGUAGE="en")

    assert answer.status_code == 422
    assert "This card has been closed" in answer.content.decode()
