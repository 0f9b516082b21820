"""What volunteers say of their library: today's word in one tap, hours in words, events; and who may say it."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from branches.calendar import calendar_of, state_at
from branches.devices import activate_device, invite_device, revoke_device
from branches.models import Closure, Place, SpecialOpening
from milanolib import clock
from proximity import condominium
from proximity.condominium import (
    add_event,
    describe_library,
    library_of,
    remove_event,
    say_closed_today,
    say_open_until,
    take_back_word,
)
from proximity.errors import ClosedByTheLibrary, EventIsPast, HourIsPast, NotPartOfTheNetwork, TooManyEvents
from proximity.library_forms import hours_offered
from proximity.models import CondominiumEvent, CondominiumLibrary, NetworkNews, TodaysWord
from tests.factories import ClosureFactory, CondominiumFactory, OpeningHoursFactory, SpecialOpeningFactory
from tests.proximity.conftest import connect
from tests.story import fresh

pytestmark = pytest.mark.django_db
SEVEN = dt.time(19)


@pytest.fixture
def library(monday):
    """A library of whose hours nobody knows; it is Monday, nine o'clock."""
    return library_of(CondominiumFactory(code="house", accepts_pickup=False, accepts_returns=False))


def state_of(library, instant=None):
    now = instant or clock.now()
    today = clock.local(now).date()
    place = Place.objects.with_calendar(today, today + dt.timedelta(days=70)).get(pk=library.pk)
    return state_at(calendar_of(place), now)


# --- Today


def test_say_open_until_opens_now_and_ends_by_itself(library, monday):
    assert not state_of(library).known

    say_open_until(library, SEVEN, device=None)

    state = state_of(library)
    assert (state.is_open, clock.local(state.until).time()) == (True, SEVEN)
    monday.shift(dt.timedelta(hours=10, minutes=1))
    assert state_of(library).known
    assert not state_of(library).is_open
    monday.shift(dt.timedelta(hours=5))  # after midnight
    assert not state_of(library).known


def test_say_open_until_replaces_the_usual_hours_of_the_day(library):
    Place.objects.filter(pk=library.pk).update(hours_known=True)
    OpeningHoursFactory(place=library.place, weekday=0, opens=dt.time(9), closes=dt.time(20))

    say_open_until(library, dt.time(12), device=None)

    assert clock.local(state_of(library).until).time() == dt.time(12)


def test_say_open_until_twice_is_one_word_and_another_hour_keeps_the_start(library, monday):
    first = say_open_until(library, SEVEN, device=None)
    assert say_open_until(library, SEVEN, device=None) == first
    monday.shift(dt.timedelta(hours=1))

    say_open_until(library, dt.time(18), device=None)

    opening = SpecialOpening.objects.get()
    assert (opening.opens, opening.closes) == (dt.time(9), dt.time(18))
    assert TodaysWord.objects.count() == 1


def test_say_open_until_refuses_an_hour_that_is_past(library):
    for hour in (dt.time(8), dt.time(9), dt.time(0)):
        with pytest.raises(HourIsPast):
            say_open_until(library, hour, device=None)
    assert not SpecialOpening.objects.exists()


def test_say_open_until_refuses_where_the_library_has_closed_the_day(library):
    ClosureFactory(place=library.place, starts_on=clock.today(), ends_on=None)
    with pytest.raises(ClosedByTheLibrary):
        say_open_until(library, SEVEN, device=None)


def test_what_is_said_of_today_is_refused_outside_the_network(library):
    Place.objects.filter(pk=library.pk).update(closed_on=clock.today())
    for say in (lambda: say_open_until(library, SEVEN, device=None), lambda: say_closed_today(library, device=None)):
        with pytest.raises(NotPartOfTheNetwork):
            say()


def test_say_open_until_stands_beside_an_opening_that_a_librarian_wrote(library):
    written = SpecialOpeningFactory(place=library.place, on=clock.today(), opens=dt.time(9), closes=dt.time(10))

    say_open_until(library, SEVEN, device=None)
    assert clock.local(state_of(library).until).time() == SEVEN
    take_back_word(library)

    assert list(SpecialOpening.objects.all()) == [written]


def test_say_closed_today_closes_the_day_alone(library, monday):
    Place.objects.filter(pk=library.pk).update(hours_known=True)
    OpeningHoursFactory(place=library.place, weekday=0, opens=dt.time(8), closes=dt.time(20))
    OpeningHoursFactory(place=library.place, weekday=1, opens=dt.time(8), closes=dt.time(20))

    first = say_closed_today(library, device=None)
    assert say_closed_today(library, device=None) == first

    assert not state_of(library).is_open
    assert Closure.objects.get().ends_on == clock.today()
    monday.shift(dt.timedelta(days=1))
    assert state_of(library).is_open


def test_say_closed_today_after_open_until_and_back_again(library):
    say_open_until(library, SEVEN, device=None)
    say_closed_today(library, device=None)
    assert not SpecialOpening.objects.exists()
    say_open_until(library, SEVEN, device=None)
    assert not Closure.objects.exists()
    assert state_of(library).is_open


def test_say_closed_today_leaves_a_closure_of_the_library_alone(library):
    written = ClosureFactory(place=library.place, starts_on=clock.today(), ends_on=None)

    say_closed_today(library, device=None)
    take_back_word(library)

    assert list(Closure.objects.all()) == [written]


def test_take_back_word_lets_the_usual_hours_hold_again(library):
    say_closed_today(library, device=None)
    take_back_word(library)
    take_back_word(library)
    assert not Closure.objects.exists()
    assert not TodaysWord.objects.exists()


def test_take_back_word_after_a_librarian_has_deleted_the_row(library):
    say_open_until(library, SEVEN, device=None)
    SpecialOpening.objects.all().delete()
    again = say_open_until(library, SEVEN, device=None)
    assert again.opening is not None
    take_back_word(library)
    assert not SpecialOpening.objects.exists()


def test_one_word_a_day_is_the_databases_rule_too(library):
    say_closed_today(library, device=None)
    with pytest.raises(IntegrityError, match="todaysword_one_a_day"), transaction.atomic():
        TodaysWord.objects.create(library=library, on=clock.today(), said_at=clock.now())
    opening = SpecialOpeningFactory(place=library.place, on=clock.today())
    with pytest.raises(IntegrityError, match="todaysword_is_open_or_closed"), transaction.atomic():
        TodaysWord.objects.update(opening=opening)


@pytest.mark.django_db(transaction=True)
def test_two_volunteers_at_once_leave_one_word(monday, rivals):
    library = library_of(CondominiumFactory(parent=None))

    rivals(
        lambda: say_open_until(library, SEVEN, device=None),
        lambda: say_closed_today(CondominiumLibrary.objects.get(pk=library.pk), device=None),
    )

    word = TodaysWord.objects.get()
    assert SpecialOpening.objects.count() == (word.until is not None)
    assert Closure.objects.count() == (word.until is None)


def test_hours_offered_are_full_hours_of_today():
    at = dt.datetime(2026, 3, 2, 15, 45, tzinfo=clock.ROME)
    assert [hour.hour for hour in hours_offered(at)] == [17, 18, 19, 20, 21]
    assert hours_offered(at.replace(hour=23)) == []
    assert hours_offered(at.replace(hour=22, minute=10)) == [dt.time(23)]


# --- For longer


def test_describe_library_keeps_languages_it_does_not_name(library):
    CondominiumLibrary.objects.update(hours_in_words={"it": "x", "fr": "mardi"})

    describe_library(library, italian="martedì", english="", own_books=40)

    assert fresh(library).hours_in_words == {"it": "martedì", "fr": "mardi"}
    assert fresh(library).own_books == 40
    describe_library(library, italian="", english="Tuesday", own_books=None)
    assert fresh(library).hours_in_words == {}


def test_add_event_once_and_remove_it(library):
    told = {"on": clock.today(), "starts": SEVEN, "title": {"it": "Lettura"}, "text": {}}
    event = add_event(library, **told)
    assert add_event(library, **told) == event
    other = library_of(CondominiumFactory())
    remove_event(other, event.pk)
    assert CondominiumEvent.objects.exists()
    remove_event(library, event.pk)
    remove_event(library, event.pk)
    assert not CondominiumEvent.objects.exists()


def test_add_event_refuses_what_is_past_and_too_many(library, monkeypatch):
    told = {"starts": dt.time(8), "title": {"it": "Lettura"}, "text": {}}
    with pytest.raises(EventIsPast):
        add_event(library, on=clock.today(), **told)
    monkeypatch.setattr(condominium, "MOST_EVENTS", 1)
    tomorrow = clock.today() + dt.timedelta(days=1)
    add_event(library, on=tomorrow, **told)
    with pytest.raises(TooManyEvents):
        add_event(library, on=tomorrow, starts=SEVEN, title={"it": "Altro"}, text={})


def test_texts_without_italian_are_refused_by_the_database(library):
    with pytest.raises(IntegrityError, match="condominiumevent_title_has_italian"), transaction.atomic():
        CondominiumEvent.objects.create(library=library, on=clock.today(), starts=SEVEN, title={"en": "x"})
    with pytest.raises(IntegrityError, match="condominiumlibrary_hours_have_italian"), transaction.atomic():
        CondominiumLibrary.objects.update(hours_in_words={"en": "x"})
    with pytest.raises(IntegrityError, match="networknews_day_lies_in_its_year"), transaction.atomic():
        NetworkNews.objects.create(code="a", year=2020, on=dt.date(2021, 1, 1), title={"it": "x"})


# --- The phone's page


@pytest.fixture
def volunteer(library, phones):
    return connect(phones(), phone_of(library)[1])


def phone_of(library):
    _device, code = invite_device(library.place, name="Sara", actor=None)
    return activate_device(code)


def test_the_page_is_the_home_of_a_library_without_parcels(volunteer, library):
    assert volunteer.get("/partner/").headers["Location"] == "/partner/biblioteca/"
    Place.objects.filter(pk=library.pk).update(accepts_returns=True)
    assert "/partner/biblioteca/" in volunteer.get("/partner/").content.decode()


def test_one_tap_says_open_closed_and_undo(volunteer, library):
    page = volunteer.get("/partner/biblioteca/").content.decode()
    assert 'value="10:00"' in page
    assert "Undo" not in page

    page = volunteer.post("/partner/biblioteca/oggi/", {"until": "10:00"}, follow=True).content.decode()
    assert "open until 10:00" in page
    assert TodaysWord.objects.get().device.name == "Sara"
    page = volunteer.post("/partner/biblioteca/oggi/", {"say": "closed"}, follow=True).content.decode()
    assert "you are closed today" in page
    assert "Undo" in page
    volunteer.post("/partner/biblioteca/oggi/", {"say": "undo"})
    assert not TodaysWord.objects.exists()


def test_a_slip_is_said_in_words(volunteer):
    answer = volunteer.post("/partner/biblioteca/oggi/", {"until": "25:99"})
    assert answer.status_code == 422
    assert "write it as 17:30" in answer.content.decode()
    page = volunteer.post("/partner/biblioteca/oggi/", {"until": "08:00"}, follow=True).content.decode()
    assert "It is later than 08:00 already" in page


def test_hours_and_books_are_written_on_the_phone(volunteer, library):
    answer = volunteer.post("/partner/biblioteca/parole/", {"english": "Tuesday", "own_books": "12"})
    assert answer.status_code == 422
    assert "Tuesday" in answer.content.decode()
    said = {"italian": "Martedì, suonare in portineria", "english": "Tuesday, ring", "own_books": "12"}
    page = volunteer.post("/partner/biblioteca/parole/", said, follow=True).content.decode()
    assert "Tuesday, ring" in page
    assert fresh(library).own_books == 12


def test_events_are_announced_and_taken_away_on_the_phone(volunteer, library):
    said = {"on": "2026-03-05", "starts": "18:00", "title": "Lettura <b>ad alta voce</b>", "text": ""}
    page = volunteer.post("/partner/biblioteca/eventi/", said, follow=True).content.decode()
    assert "Lettura &lt;b&gt;" in page
    answer = volunteer.post("/partner/biblioteca/eventi/", said | {"on": "2026-03-01"})
    assert (answer.status_code, "This time is past" in answer.content.decode()) == (422, True)
    event = CondominiumEvent.objects.get()
    volunteer.post(f"/partner/biblioteca/eventi/{event.pk}/togli/")
    assert not CondominiumEvent.objects.exists()


PAGES = ("/partner/biblioteca/", "/partner/biblioteca/parole/", "/partner/biblioteca/eventi/")


def test_only_a_phone_of_that_library_says_anything(volunteer, library, story, phones, other_partner, client):
    other = library_of(CondominiumFactory())
    event = add_event(other, on=clock.today(), starts=SEVEN, title={"it": "x"}, text={})
    volunteer.post(f"/partner/biblioteca/eventi/{event.pk}/togli/")
    assert CondominiumEvent.objects.filter(pk=event.pk).exists()
    for page in PAGES:
        assert volunteer.get(page).status_code == 200
        assert other_partner.get(page).status_code == 404  # a newsstand's
        assert phones().get(page).headers["Location"] == "/partner/attiva/"
    assert other_partner.post("/partner/biblioteca/oggi/", {"say": "closed"}).status_code == 404
    phones().post("/partner/biblioteca/oggi/", {"say": "closed"})
    assert not TodaysWord.objects.exists()


def test_a_volunteer_who_is_cut_off_says_nothing_more_and_another_goes_on(library, phones):
    (sara, token), (_piero, other_token) = phone_of(library), phone_of(library)
    revoke_device(sara, actor=None)
    assert connect(phones(), token).get("/partner/biblioteca/").status_code == 302
    assert connect(phones(), other_token).get("/partner/biblioteca/").status_code == 200


def test_the_page_asks_the_same_for_one_event_and_for_three(volunteer, library, django_assert_num_queries):
    def queries():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as asked:
            volunteer.get("/partner/biblioteca/")
        return len(asked)

    add_event(library, on=clock.today(), starts=SEVEN, title={"it": "1"}, text={})
    volunteer.get("/partner/biblioteca/")
    one = queries()
    for number in (2, 3):
        add_event(library, on=clock.today(), starts=SEVEN, title={"it": str(number)}, text={})
    assert queries() == one
