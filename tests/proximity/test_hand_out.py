"""A reader says a code; the partner hands a parcel over."""

import re

import pytest

from accounts.issuing import set_tax_code
from accounts.models import Reader, ReaderStatus
from branches.devices import WRONG_CODES_ALLOWED
from branches.models import Device, Report
from loans.delegations import let_collect, revoke_delegation
from loans.errors import CodesLocked, TagIsNoCode, WrongCode
from loans.handing import find_parcel_by_code
from loans.holds import cancel_hold
from loans.invariants import disagreements
from loans.lending import check_out
from loans.models import Loan, Task, TaskKind
from loans.states import HoldStatus
from milanolib import clock
from tests.factories import ReaderFactory
from tests.proximity.test_take_in import key_of, told
from tests.story import Story, at_once, fresh

ADDRESS, DONE = "/partner/consegna/", "/partner/consegna/fatta/"
WRONG = "Y0Y0Y0Y0"


def sealed(answer):
    """Return what the button of the second step sends."""
    return re.search(r'name="parcel" value="([^"]+)"', answer.content.decode())[1]


def number_shown(answer):
    return int(re.search(r'<p class="mp-number">\s*(\d+)\s*</p>', answer.content.decode())[1])


@pytest.fixture
def ready(story, title):
    """A parcel that waits for its reader at the newsstand."""
    return story.at_the_point(title)


def test_hand_out_shows_the_parcel_and_lends_it_only_at_the_second_press(partner, story, ready):
    hold, copy, parcel = ready
    shown = partner.send(ADDRESS, code=hold.pickup_code)
    assert (shown.status_code, number_shown(shown)) == (200, 1)
    assert f"{parcel.tag[:4]} {parcel.tag[4:]}" in shown.content.decode()
    assert hold.pickup_code not in shown.content.decode()
    assert not Loan.objects.exists()
    story.later(minutes=1)
    assert told(partner.send(DONE, parcel=sealed(shown))) == ("good", "Handed over. Shelf number 1 is free again.")
    loan = Loan.objects.get(copy=copy)
    assert (loan.reader, loan.place, fresh(hold).status) == (hold.reader, story.network.newsstand, HoldStatus.COLLECTED)


def test_hand_out_works_without_javascript_and_without_the_code_in_an_address(partner, ready):
    hold, _copy, _parcel = ready
    shown = partner.post(ADDRESS, {"code": hold.pickup_code})
    assert (shown.status_code, number_shown(shown)) == (200, 1)
    assert hold.pickup_code not in shown.content.decode()
    done = partner.post(DONE, {"parcel": sealed(shown)}, follow=True)
    assert done.redirect_chain == [(ADDRESS, 302)]
    assert told(done)[0] == "good"
    assert partner.get(ADDRESS, {"code": hold.pickup_code}).content.decode().count(hold.pickup_code) == 0


def test_hand_out_reads_the_code_as_people_say_it(partner, ready):
    code = ready[0].pickup_code.lower().replace("0", "o").replace("1", "i")
    assert number_shown(partner.send(ADDRESS, code=f" {code[:4]}-{code[4:]}")) == 1


def test_hand_out_pressed_twice_lends_once(partner, ready):
    seal = sealed(partner.send(ADDRESS, code=ready[0].pickup_code))
    first, second = (partner.send(DONE, parcel=seal) for _press in range(2))
    assert told(first) == told(second)
    assert (Loan.objects.count(), Report.objects.filter(act="hand_over").count()) == (1, 1)


def test_hand_out_on_two_phones_lends_once(partner, story, ready):
    shown = [partner.send(ADDRESS, code=ready[0].pickup_code) for _phone in range(2)]
    assert told(partner.send(DONE, parcel=sealed(shown[0])))[0] == "good"
    assert told(partner.send(DONE, parcel=sealed(shown[1])))[1].startswith("This parcel has already been handed over")
    assert (Loan.objects.count(), Task.objects.count()) == (1, 0)


def test_hand_out_refuses_a_wrong_code(partner, ready):
    answer = partner.send(ADDRESS, code=WRONG)
    assert answer.status_code == 422
    assert told(answer) == ("bad", "No parcel here has this code. Check it with the reader, letter by letter.")
    assert told(partner.post(ADDRESS, {"code": WRONG}, follow=True))[0] == "bad"


def test_hand_out_opens_by_the_card_of_whom_the_reader_lets_collect_and_lends_to_the_reader(partner, ready):
    hold, _copy, _parcel = ready
    delegate, today = ReaderFactory(), clock.today()
    assert told(partner.send(ADDRESS, code=delegate.card_number))[0] == "bad"
    given = let_collect(hold.reader, delegate=delegate, name="x", valid_from=today, valid_until=today, actor=None)

    shown = partner.send(ADDRESS, code=delegate.card_number)
    assert number_shown(shown) == 1
    revoke_delegation(given, actor=None)
    assert told(partner.send(ADDRESS, code=delegate.card_number))[0] == "bad"
    let_collect(hold.reader, delegate=delegate, name="x", valid_from=today, valid_until=today, actor=None)
    partner.send(DONE, parcel=sealed(partner.send(ADDRESS, code=delegate.card_number)))

    assert Loan.objects.get().reader == hold.reader


@pytest.mark.parametrize("closed", ["reader", "delegate"])
def test_hand_out_by_a_delegation_ends_with_its_cards(partner, ready, closed):
    hold, _copy, _parcel = ready
    people = {"reader": hold.reader, "delegate": ReaderFactory()}
    today = clock.today()
    let_collect(hold.reader, delegate=people["delegate"], name="x", valid_from=today, valid_until=today, actor=None)
    Reader.objects.filter(pk=people[closed].pk).update(status=ReaderStatus.CLOSED, user=None)

    assert told(partner.send(ADDRESS, code=people["delegate"].card_number))[0] == "bad"


def test_hand_out_by_the_health_card_of_whom_the_reader_lets_collect(partner, ready):
    hold, _copy, _parcel = ready
    delegate, today = ReaderFactory(), clock.today()
    set_tax_code(delegate, "RSSMRA85T10A562S")
    delegate.save()
    let_collect(hold.reader, delegate=delegate, name="x", valid_from=today, valid_until=today, actor=None)

    assert number_shown(partner.send(ADDRESS, code="RSSMRA85T10A562S")) == 1


@pytest.mark.parametrize("code", ["", "K7M2", "K7M29QXZK7M29", "K7M29QX!", "a\x00b"])
def test_hand_out_does_not_count_what_cannot_be_a_code(partner, story, code):
    for _slip in range(WRONG_CODES_ALLOWED + 1):
        answer = partner.send(ADDRESS, code=code)
        assert (answer.status_code, told(answer)[0]) == (422, "bad")
    assert fresh(story.phone(story.network.newsstand)).wrong_codes == 0


def test_hand_out_rests_after_five_wrong_codes_and_says_until_when(partner, story, ready):
    hold, _copy, _parcel = ready
    for _guess in range(WRONG_CODES_ALLOWED - 1):
        assert "letter by letter" in told(partner.send(ADDRESS, code=WRONG))[1]
    locked = "Too many wrong codes. From 9:15 a.m. on you can hand out by code again on this phone."
    assert told(partner.send(ADDRESS, code=WRONG)) == ("bad", locked)
    assert told(partner.send(ADDRESS, code=hold.pickup_code)) == ("bad", locked)
    story.later(minutes=15, seconds=1)
    assert number_shown(partner.send(ADDRESS, code=hold.pickup_code)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_wrong_code_pressed_twice_is_one_guess(partner, story):
    key = key_of(partner.get(ADDRESS))
    device = Device.objects.get(place=story.network.newsstand)
    for sent in ({"code": WRONG}, {"code": WRONG.lower()}, {"code": f"{WRONG[:4]} {WRONG[4:]}"}):
        assert told(partner.post(ADDRESS, sent | {"key": key}))[0] == "bad"
    assert fresh(device).wrong_codes == 1
    partner.post(ADDRESS, {"code": "Z0Z0Z0Z0", "key": key})
    partner.post(ADDRESS, {"code": WRONG})  # from another form
    assert fresh(device).wrong_codes == 3


def test_guesses_sent_all_at_once_are_counted_one_by_one(monday, lasting_network):
    phone = Story(lasting_network, monday).phone(lasting_network.newsstand)
    guesses = [lambda: find_parcel_by_code(fresh(phone), WRONG)] * (WRONG_CODES_ALLOWED + 1)
    refusals = sorted(type(refusal).__name__ for refusal in at_once(*guesses))
    assert refusals == [CodesLocked.__name__] * 2 + [WrongCode.__name__] * (WRONG_CODES_ALLOWED - 1)


def test_hand_out_forgets_wrong_codes_after_a_right_one(partner, ready):
    hold, _copy, _parcel = ready
    for _round in range(2):
        for _guess in range(WRONG_CODES_ALLOWED - 1):
            partner.send(ADDRESS, code=WRONG)
        assert number_shown(partner.send(ADDRESS, code=hold.pickup_code)) == 1


def test_hand_out_knows_no_code_of_another_point(other_partner, story, ready):
    hold, _copy, parcel = ready
    answer = other_partner.send(ADDRESS, code=hold.pickup_code)
    assert "No parcel here has this code." in told(answer)[1]
    assert parcel.tag not in answer.content.decode()
    assert fresh(story.phone(story.network.small_newsstand)).wrong_codes == 1


def test_the_button_of_one_phone_is_no_use_to_another(partner, other_partner, ready):
    seal = sealed(partner.send(ADDRESS, code=ready[0].pickup_code))
    for value in (seal, seal[:-1], "", ready[2].tag):
        answer = other_partner.send(DONE, parcel=value)
        assert (answer.status_code, told(answer)[1].split(".")[0]) == (422, "This page is too old")
    assert not Report.objects.filter(act="hand_over").exists()
    assert partner.get(DONE).url == ADDRESS


def test_hand_out_knows_no_code_whose_parcel_is_still_on_the_road_or_gone(partner, story, title, ready):
    hold, _copy, parcel = ready
    code = hold.pickup_code
    story.hand_over(parcel)
    assert partner.send(ADDRESS, code=code).status_code == 422
    _hold, _copy, _coming = story.packed(title)
    assert partner.send(ADDRESS, code="").status_code == 422


def test_hand_out_after_the_reader_cancelled_is_written_down_as_it_happened(partner, story, ready):
    hold, copy, _parcel = ready
    code, shown = hold.pickup_code, partner.send(ADDRESS, code=hold.pickup_code)
    cancel_hold(hold, actor=None)
    assert partner.send(ADDRESS, code=code).status_code == 422
    assert told(partner.send(DONE, parcel=sealed(shown)))[1].startswith(
        "Handed over. The reservation had ended meanwhile"
    )
    assert Loan.objects.get(copy=copy).reader == hold.reader
    assert Task.objects.get().kind == TaskKind.PARCEL_GONE
    assert disagreements() == []


def test_hand_out_of_a_parcel_that_went_back_meanwhile(partner, story, ready):
    hold, copy, _parcel = ready
    shown = partner.send(ADDRESS, code=hold.pickup_code)
    cancel_hold(hold, actor=None)
    story.given_back(copy, story.network.south)
    assert told(partner.send(DONE, parcel=sealed(shown)))[1].startswith(
        "By our records this parcel was no longer here."
    )
    assert Task.objects.get().kind == TaskKind.PARCEL_GONE


def test_hand_out_of_a_parcel_that_was_lent_at_the_desk_meanwhile(partner, story, ready):
    hold, copy, parcel = ready
    shown = partner.send(ADDRESS, code=hold.pickup_code)
    check_out(copy, hold.reader, story.network.south, actor=None)
    assert fresh(parcel).status == "opened"
    assert told(partner.send(DONE, parcel=sealed(shown)))[1].startswith(
        "By our records this parcel was no longer here."
    )
    assert disagreements() == []


def test_hand_out_takes_a_tag_for_a_slip_and_not_for_a_guess(partner, story, ready):
    tags = [ready[2].tag, story.packed(story.copies(1)[0].title)[2].tag]
    phone = story.phone(story.network.newsstand)
    for tag in tags:
        refused = partner.send(ADDRESS, code=tag.lower())
        assert (refused.status_code, told(refused)[0]) == (422, "bad")
        assert "This is the tag of a parcel." in refused.content.decode()
    assert fresh(phone).wrong_codes == 0

    with pytest.raises(TagIsNoCode):
        find_parcel_by_code(phone, tags[0])
    elsewhere = story.packed(story.copies(1)[0].title, pickup=story.network.small_newsstand)[2]
    with pytest.raises(WrongCode):  # of another point it is as unknown as any code
        find_parcel_by_code(phone, elsewhere.tag)
    assert fresh(phone).wrong_codes == 1
