"""Parcels are scanned in."""

import re

import pytest
from django.utils.html import escape

from branches.devices import activate_device, invite_device
from branches.models import Report
from loans.holds import cancel_hold
from loans.invariants import disagreements
from loans.models import Handover, Task, TaskKind
from loans.states import HoldStatus, ParcelStatus
from tests.proximity.conftest import connect
from tests.story import Story, at_once, fresh

ADDRESS = "/partner/arrivi/"


def key_of(answer):
    return re.search(r'name="key" value="([^"]+)"', answer.content.decode())[1]


def told(answer):
    """Return the tone and the words of the answer on the screen."""
    found = re.search(r'<div class="mp-told is-(\w+)"[^>]*>(.*?)</div>', answer.content.decode(), re.DOTALL)
    return found[1], " ".join(re.sub(r"<[^>]+>", " ", found[2]).split())


def test_take_in_says_the_number_on_the_shelf_and_tells_the_reader(partner, story, title):
    hold, _copy, parcel = story.packed(title)
    answer = partner.send(ADDRESS, what=parcel.tag)
    assert answer.status_code == 200
    assert told(answer) == ("good", "1 Taken in. Put it on shelf number 1.")
    assert "<html" not in answer.content.decode()
    assert "data-announce" in answer.content.decode()
    assert fresh(hold).status == HoldStatus.READY


def test_take_in_works_without_javascript(partner, story, title):
    _hold, _copy, parcel = story.packed(title)
    key = key_of(partner.get(ADDRESS))
    answer = partner.post(ADDRESS, {"what": parcel.tag, "key": key}, follow=True)
    assert answer.redirect_chain == [(ADDRESS, 302)]
    assert told(answer) == ("good", "Taken in. Put it on shelf number 1.")
    assert fresh(parcel).status == ParcelStatus.RECEIVED


@pytest.mark.parametrize(
    ("name", "field", "typed"),
    [
        ("arrivi", "what", "K7M2<"),
        ("consegna", "code", "Y0Y0Y0Y0"),
        ("resi", "what", "1" * 61),
        ("cassa", "what", "many"),
        ("chiusura", "what", "many"),
        ("guasto", "what", "K7M2<"),
    ],
)
def test_what_is_refused_stands_in_the_field_again_without_javascript(partner, story, name, field, typed):
    address = f"/partner/{name}/"
    key = key_of(partner.get(address))

    answer = partner.post(address, {field: typed, "key": key})

    assert (answer.status_code, told(answer)[0], key_of(answer)) == (422, "bad", key)
    assert f'value="{escape(typed)}"' in answer.content.decode()
    assert "<html" in answer.content.decode()


@pytest.mark.parametrize("name", ["arrivi", "resi", "cassa", "chiusura", "guasto"])
def test_a_form_pressed_twice_without_javascript_is_one_report(partner, story, title, name):
    _hold, _copy, parcel = story.packed(title)
    typed = {"cassa": "1", "chiusura": "1"}.get(name, parcel.tag)
    address = f"/partner/{name}/"
    key = key_of(partner.get(address))

    for _press in range(2):
        assert partner.post(address, {"what": typed, "act": "missing", "key": key}).status_code == 302

    assert Report.objects.count() == 1


def test_take_in_reads_the_tag_as_people_type_it(partner, story, title):
    _hold, _copy, parcel = story.packed(title)
    typed = parcel.tag.lower().replace("0", "o").replace("1", "l")
    assert told(partner.send(ADDRESS, what=f"  {typed[:4]} {typed[4:]} "))[0] == "good"


def test_take_in_counts_what_is_in_a_crate_by_the_same_press(partner, story, title):
    crate = story.sent(story.packed(title)[1])
    slip = told(partner.send(ADDRESS, what=crate.code, counted="many"))
    assert slip[0] == "bad"
    assert fresh(crate).received_at is None

    tone, words = told(partner.send(ADDRESS, what=crate.code, counted="3"))
    assert (tone, "another number was sealed" in words) == ("warn", True)
    assert fresh(crate).parcels_counted == 3
    assert Task.objects.get().kind == TaskKind.CRATE_MISCOUNTED


def test_take_in_of_a_parcel_needs_no_count_and_keeps_none(partner, story, title):
    _hold, _copy, parcel = story.packed(title)

    assert told(partner.send(ADDRESS, what=parcel.tag, counted="3"))[0] == "good"
    assert "counted" not in Report.objects.get().payload


def test_take_in_pressed_twice_happens_once(partner, story, title):
    _hold, _copy, parcel = story.packed(title)
    key = key_of(partner.get(ADDRESS))
    first, second = (partner.send(ADDRESS, what=parcel.tag, key=key) for _press in range(2))
    assert told(first) == told(second)
    assert (Report.objects.count(), Handover.objects.filter(parcel=parcel, status="received").count()) == (1, 1)


def test_take_in_takes_the_next_parcel_in_a_form_whose_answer_was_lost(partner, story, title):
    _hold, _copy, first = story.packed(title)
    _hold, _copy, second = story.packed(title)
    key = key_of(partner.get(ADDRESS))
    partner.send(ADDRESS, what=first.tag, key=key)
    assert told(partner.send(ADDRESS, what=second.tag, key=key)) == ("good", "2 Taken in. Put it on shelf number 2.")
    assert not Task.objects.exists()


def test_take_in_does_without_a_key(partner, story, title):
    _hold, _copy, parcel = story.packed(title)
    assert told(partner.send(ADDRESS, what=parcel.tag, key="<nobody's>"))[0] == "good"


def test_take_in_again_says_where_it_is(partner, story, title):
    _hold, _copy, parcel = story.at_the_point(title)
    assert told(partner.send(ADDRESS, what=parcel.tag)) == ("warn", "1 Taken in already. Its place is shelf number 1.")


def test_take_in_of_a_cancelled_reservation_goes_back(partner, story, title):
    hold, _copy, parcel = story.packed(title)
    cancel_hold(hold, actor=None)
    for _scan in range(2):
        tone, words = told(partner.send(ADDRESS, what=parcel.tag))
        assert (tone, words) == ("warn", "Nobody waits for it any more. Put it with the things for the driver.")


def test_take_in_after_the_reader_cancelled_says_that_it_goes_back(partner, story, title):
    hold, _copy, parcel = story.at_the_point(title)
    cancel_hold(hold, actor=None)
    assert told(partner.send(ADDRESS, what=parcel.tag))[1].startswith("Nobody waits for it any more.")


def test_take_in_at_the_wrong_point_and_then_at_the_right_one(partner, other_partner, story, title):
    hold, _copy, parcel = story.packed(title)
    for _scan in range(2):
        assert told(other_partner.send(ADDRESS, what=parcel.tag)) == (
            "warn",
            "This parcel belongs to another point. Put it with the things for the driver; the library has been told.",
        )
    assert Task.objects.get().kind == TaskKind.WRONG_POINT
    story.later(days=1)
    assert told(partner.send(ADDRESS, what=parcel.tag))[0] == "good"
    assert fresh(hold).status == HoldStatus.READY
    assert disagreements() == []


def test_take_in_leaves_a_parcel_that_is_ready_elsewhere_where_it_is(partner, other_partner, story, title):
    hold, _copy, parcel = story.at_the_point(title)
    story.later(minutes=1)
    assert told(other_partner.send(ADDRESS, what=parcel.tag))[1].startswith("This parcel belongs to another point.")
    assert fresh(hold).status == HoldStatus.READY
    assert fresh(parcel).place == story.network.newsstand
    assert Task.objects.get().kind == TaskKind.WRONG_POINT


def test_take_in_of_a_parcel_already_handed_over(partner, story, title):
    _hold, _copy, parcel = story.at_the_point(title)
    story.hand_over(parcel)
    assert told(partner.send(ADDRESS, what=parcel.tag))[1].startswith("This parcel has already been handed over")


def test_take_in_of_an_unknown_tag_is_kept_for_the_library(partner, story):
    tone, words = told(partner.send(ADDRESS, what="zzzz 9999"))
    assert (tone, words.split(".")[0]) == ("bad", "No parcel has the tag ZZZZ9999")
    task = Task.objects.get()
    assert (task.kind, task.place) == (TaskKind.UNKNOWN_TAG, story.network.south)


@pytest.mark.parametrize("what", ["", "   ", "9788806219284", "K7M2", "K7M29QX!", "a\x00b", "U" * 61])
def test_take_in_of_what_is_no_tag_troubles_nobody(partner, story, what):
    answer = partner.send(ADDRESS, what=what)
    assert (answer.status_code, told(answer)[0]) == (422, "bad")
    assert told(partner.post(ADDRESS, {"what": what}, follow=True))[0] == "bad"
    assert not Report.objects.exists()


def test_two_phones_at_one_stand_take_in_the_same_parcel(partner, phones, story, title):
    _invited, code = invite_device(story.network.newsstand, name="second", actor=None)
    second = connect(phones(), activate_device(code)[1])
    _hold, _copy, parcel = story.packed(title)
    assert told(partner.send(ADDRESS, what=parcel.tag))[0] == "good"
    assert told(second.send(ADDRESS, what=parcel.tag))[1].endswith("Its place is shelf number 1.")


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_the_same_moment_take_in_once(monday, lasting_network, phones):
    story = Story(lasting_network, monday)
    hold, _copy, parcel = story.packed(story.copies(1)[0].title)
    clients = [connect(phones(), story.token(lasting_network.newsstand)) for _press in range(2)]
    key = key_of(clients[0].get(ADDRESS))
    answers = at_once(*(lambda client=client: client.send(ADDRESS, what=parcel.tag, key=key) for client in clients))
    assert [told(answer) for answer in answers] == [("good", "1 Taken in. Put it on shelf number 1.")] * 2
    assert Report.objects.count() == 1
    assert fresh(hold).status == HoldStatus.READY
