"""The first page: what is within a quarter of an hour, now."""

import datetime as dt

import pytest
from django.urls import reverse

from catalog.search import refresh
from milanolib import clock
from portal.start import chosen_start
from tests.factories import (
    BranchFactory,
    ClosureFactory,
    LockerFactory,
    NewsstandFactory,
    OpeningHoursFactory,
    StopFactory,
    TitleFactory,
)
from tests.factories.places import VisitFactory

pytestmark = pytest.mark.django_db
DUOMO = {"latitude": 45.4641, "longitude": 9.1898}


@pytest.fixture
def page(client, monday):
    def get(**asked):
        return client.get(reverse("home"), asked, HTTP_ACCEPT_LANGUAGE="en").content.decode()

    return get


def near_part(page):
    return page.partition('id="near"')[2].partition('id="bus"')[0].partition("</form>")[2]


def test_home_tells_of_a_point_how_far_until_when_and_what_can_be_done(page):
    place = BranchFactory(**DUOMO, hours_known=True, step_free=True, services=["evening_study", "registry"])
    OpeningHoursFactory(place=place, weekday=0, opens=dt.time(8), closes=dt.time(19, 30))

    shown = near_part(page())

    assert place.name in shown
    for words in (
        "minute on foot",
        "Open now until 19:30",
        "Collect",
        "Give back",
        "Borrow on the spot",
        "Study",
        "Registry certificates",
        "Step-free",
    ):
        assert words in shown


def test_home_shows_what_is_open_now_first_then_what_opens_today_each_nearest_first(page):
    def place(name, metres, opens=None):
        latitude = DUOMO["latitude"] + metres / 111_000
        found = BranchFactory(name=name, latitude=latitude, longitude=DUOMO["longitude"], hours_known=opens is not None)
        if opens:
            OpeningHoursFactory(place=found, weekday=opens[0], opens=dt.time(opens[1]), closes=dt.time(19))

    place("Uno ignoto", 100)
    place("Due domani", 150, (1, 9))
    place("Tre oggi", 200, (0, 14))
    place("Quattro aperto", 300, (0, 8))
    place("Cinque oggi", 350, (0, 12))
    place("Sei aperto", 400, (0, 8))

    shown = near_part(page())

    names = ["Quattro aperto", "Sei aperto", "Tre oggi", "Cinque oggi", "Uno ignoto", "Due domani"]
    assert sorted(names, key=shown.index) == names


def test_home_promises_no_collecting_at_a_locker(page):
    LockerFactory(**DUOMO, parent=BranchFactory(latitude=45.52, longitude=9.19, accepts_pickup=False))

    assert "Open day and night" in near_part(page())
    assert "Collect" not in near_part(page())


def test_home_says_when_hours_are_unknown(page):
    BranchFactory(**DUOMO)

    assert "Opening hours to be verified" in near_part(page())


def test_home_tells_why_a_point_is_closed_today_until_when_and_who_stands_in(page):
    other = BranchFactory(name="Biblioteca altra", latitude=45.52, longitude=9.19)
    place = BranchFactory(**DUOMO, hours_known=True)
    today = clock.today()
    ClosureFactory(
        place=place,
        starts_on=today,
        ends_on=today + dt.timedelta(days=3),
        reason={"it": "Lavori al tetto", "en": "Works on the roof"},
        substitute=other,
    )

    shown = near_part(page())

    assert "Closed today." in shown
    assert "Works on the roof." in shown
    assert "Until Thursday 5 March included." in shown
    assert f'Go to:\n          <a href="{other.get_absolute_url()}"' in shown or other.get_absolute_url() in shown


def test_home_says_that_a_public_holiday_closes_a_point(page, monday):
    place = BranchFactory(**DUOMO, hours_known=True)
    OpeningHoursFactory(place=place, weekday=0)
    monday.move_to(dt.datetime(2026, 12, 7, 10, 0, tzinfo=dt.UTC))

    assert "it is a public holiday" in near_part(page())


def test_home_counts_a_stop_only_when_a_visit_comes_within_days(page):
    stop = StopFactory(**DUOMO, name="Fermata di prova")
    VisitFactory(stop=stop, on=clock.today() + dt.timedelta(days=9))

    assert "Fermata di prova" not in near_part(page())
    VisitFactory(stop=stop, on=clock.today() + dt.timedelta(days=2), status="cancelled")
    assert "Fermata di prova" not in near_part(page())
    VisitFactory(stop=stop, on=clock.today() + dt.timedelta(days=3))
    assert "The Bibliobus is here on Thursday 5 March, 15:00–17:00." in near_part(page())


def test_home_tells_of_todays_visits_the_cancelled_ones_and_the_next(page):
    stop = StopFactory(name="Fermata di prova")
    VisitFactory(stop=stop, status="cancelled")
    VisitFactory(stop=stop, on=clock.today() + dt.timedelta(days=7))

    shown = page()

    assert "visit (15:00–17:00) is cancelled" in shown
    assert "The next one: Monday 9 March at 15:00, Fermata di prova." in shown


def test_home_remembers_the_start_for_the_session_and_forgets_it_when_asked(client, monday):
    library = BranchFactory(name="Biblioteca di partenza")

    chosen = client.get(reverse("home"), {"da": f"p-{library.code}"}, HTTP_ACCEPT_LANGUAGE="en")
    again = client.get(reverse("home"), HTTP_ACCEPT_LANGUAGE="en")
    assert "of Biblioteca di partenza, now" in chosen.content.decode()
    assert "of Biblioteca di partenza, now" in again.content.decode()
    assert client.cookies["sessionid"]["max-age"] == "", "it goes with the browser"

    assert "of Duomo, now" in client.get(reverse("home"), {"da": ""}, HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "start" not in client.session


def test_a_point_that_closed_is_no_start_any_more(client, monday, rf):
    library = BranchFactory()
    client.get(reverse("home"), {"da": f"p-{library.code}"})
    request = rf.get("/")
    request.session = client.session
    assert chosen_start(request).name == library.name

    library.closed_on = clock.today()
    library.save()

    assert chosen_start(request) is None


@pytest.mark.parametrize("wrong", ["nowhere", "p-", "p-nowhere", "p-\x00", "45.46,9.19", "\x00", "x" * 5000, "m99"])
def test_home_bears_a_wrong_start_and_sets_no_cookie_for_it(client, monday, wrong):
    answer = client.get(reverse("home"), {"da": wrong})

    assert answer.status_code == 200
    assert "sessionid" not in client.cookies


def test_home_sets_no_cookie_of_a_session_for_who_chooses_nothing(client, monday):
    client.get(reverse("home"))

    assert "sessionid" not in client.cookies


def test_home_offers_all_starts_in_one_select(page):
    library, stand = BranchFactory(), NewsstandFactory()

    shown = page()

    assert shown.count("<optgroup") == 4
    for code in ("m1", "s0", f"p-{library.code}", f"p-{stand.code}"):
        assert f'<option value="{code}" data-at="' in shown
    assert "hidden" in shown.partition("data-near-me")[0][-200:], "the button waits for JavaScript"


def test_home_shows_what_is_further_where_little_is_near(page):
    for number in range(7):
        BranchFactory(latitude=45.50 + number / 100, longitude=9.19)

    shown = page()

    assert "No point is within 15 minutes" in shown
    assert near_part(shown).count('class="ml-row"') == 5


def test_home_shows_newly_arrived_titles_that_have_copies_once_a_work(page, story):
    first = TitleFactory(title="Arrivato oggi")
    without = TitleFactory(title="Senza copie")
    other_edition = TitleFactory(title="Arrivato oggi, tascabile", work=first.work)
    for title in (first, other_edition):
        story.copies(1, title=title)
    refresh([first.pk, without.pk, other_edition.pk])

    shown = page().partition('id="arrivals"')[2]

    assert shown.count("Arrivato oggi") == 1
    assert "Senza copie" not in shown


@pytest.mark.parametrize("count", [1, 3])
def test_home_asks_the_database_as_often_for_three_points_as_for_one(client, story, count, django_assert_num_queries):
    for stand in NewsstandFactory.create_batch(count, **DUOMO):
        ClosureFactory(place=stand, substitute=stand.parent)
    titles = [story.copies(1)[0].title for _number in range(count)]
    refresh([title.pk for title in titles])

    with django_assert_num_queries(11):
        client.get(reverse("home"))


def test_home_is_light(client, monday):
    BranchFactory.create_batch(20, **DUOMO)

    page = client.get(reverse("home")).content

    assert len(page) < 60_000
    assert page.count(b"<img") == 1, "our own mark, and nobody else's pictures"
