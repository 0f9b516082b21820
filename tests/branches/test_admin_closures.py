"""What whoever keeps a place is told when hours and closures are saved; and the preview that saves nothing."""

import datetime as dt

import pytest
from django.urls import reverse

from branches.models import Closure
from loans.closings import apply_closure
from loans.models import ClosureBatch
from milanolib import clock
from tests.branches.test_admin_places import HEADERS, address_of, desk, rows, save  # noqa: F401  a fixture by its name
from tests.factories import BranchFactory, ClosureFactory, CopyFactory, LibrarianFactory, OpeningHoursFactory
from tests.story import fresh

DUE = dt.date(2026, 4, 1)


def told(client, place, **fields):
    """Save the form of a place; return what the next page says, without the answer that it was saved."""
    answer = save(client, place, **fields)
    assert answer.status_code == 302, answer.context["errors"]
    page = client.get(answer["Location"], **HEADERS)
    return [str(one) for one in page.context["messages"] if one.level_tag != "success"]


def kept(closure, **fields):
    """Return the row of a closure that is there already."""
    row = {
        "id": closure.pk,
        "place": closure.place_id,
        "starts_on": closure.starts_on,
        "ends_on": closure.ends_on,
    }
    return rows("closures", {**row, "nobody_stands_in": "on", **fields}) | {"closures-INITIAL_FORMS": 1}


@pytest.fixture
def place(db, monday):
    one = BranchFactory(hours_known=True, name="Prova")
    OpeningHoursFactory(place=one)
    return one


@pytest.fixture
def keeper(desk, place):  # noqa: F811
    return desk(LibrarianFactory(desk=place))


def hours(place):
    """Return the rows of the opening hours that are there already."""
    times = {"opens": "09:00", "closes": "19:00", "purpose": "open"}
    there = [{"id": one.pk, "place": place.pk, "weekday": one.weekday} | times for one in place.opening_hours.all()]
    return rows("opening_hours", *there) | {"opening_hours-INITIAL_FORMS": len(there)}


# --- A place that never opens


def test_a_place_with_hours_needs_no_warning(keeper, place):
    assert told(keeper, place, **hours(place)) == []


def test_a_place_without_any_opening_is_warned_about(keeper, place):
    place.opening_hours.all().delete()

    (said,) = told(keeper, place)

    assert said.startswith("By what is written here Prova opens on no day of the next year")


@pytest.mark.parametrize(("last", "is_warned"), [(None, True), (401, True), (300, False)])
def test_a_place_closed_for_more_than_a_year_is_warned_about(keeper, place, last, is_warned):
    today = clock.today()
    closure = {"starts_on": today, "ends_on": today + dt.timedelta(days=last) if last else "", "nobody_stands_in": "on"}

    said = told(keeper, place, **hours(place), **rows("closures", closure))

    assert [one.startswith("Prova is closed for more than a year") for one in said] == [True] * is_warned


def test_a_place_whose_hours_nobody_knows_is_told_what_follows(keeper, place):
    place.opening_hours.all().delete()
    type(place).objects.update(hours_known=False)

    assert told(keeper, fresh(place)) == [
        "Nobody knows when Prova opens: last days there are moved out of its closures only."
    ]


# --- What hangs on a closure


def test_saving_a_closure_tells_what_hangs_on_it_and_moves_nothing(keeper, place, story):
    loan = story.lent(CopyFactory(home=place))
    assert loan.due_on == dt.date(2026, 4, 13), "it opens on Mondays, and Easter Monday is none"
    closure = {"starts_on": "2026-04-13", "ends_on": "2026-04-13"}

    (said,) = told(keeper, place, **hours(place), **rows("closures", closure))

    assert "Closed from 13 April 2026 to 13 April 2026. On this hang: loans due there: 1." in said
    assert reverse("admin:desk_closure", args=[Closure.objects.get().pk]) in said
    assert fresh(loan).due_on == loan.due_on


def test_saving_a_closure_on_which_nothing_hangs_says_nothing(keeper, place):
    assert told(keeper, place, **hours(place), **rows("closures", {"starts_on": DUE, "ends_on": DUE})) == []


@pytest.mark.parametrize(
    ("change", "stays"), [({"ends_on": "2026-04-05"}, 1), ({"DELETE": "on"}, 1), ({"ends_on": "2026-04-19"}, 0)]
)
def test_a_closure_shortened_or_deleted_says_what_stays_moved(keeper, place, story, change, stays):
    loan = story.lent(CopyFactory(home=place))
    closure = ClosureFactory(place=place, starts_on=DUE, ends_on=dt.date(2026, 4, 20))
    apply_closure(closure, actor=None)

    said = told(keeper, place, **hours(place), **kept(closure, **change))

    assert fresh(loan).due_on == dt.date(2026, 4, 27)
    about = [one for one in said if "they stay moved: loans: 1" in one]
    assert len(about) == stays
    assert ClosureBatch.objects.get().undo_begun_at is None


def test_the_preview_shows_what_hangs_on_closures_not_saved_yet(keeper, place, story):
    loan = story.lent(CopyFactory(home=place))
    closure = rows("closures", {"starts_on": "2026-04-13", "ends_on": "", "italian": "Lavori"})

    answer = save(keeper, place, _closings="1", **hours(place), **closure)
    page = answer.content.decode()

    assert "<title>PREVIEW" in page
    assert "Loans due there: 1" in page
    assert "Lavori" in page
    assert "Go to this closure" not in page
    assert loan.reader.family_name not in page
    assert not Closure.objects.exists()
    later = keeper.get(address_of(place), **HEADERS).content.decode()
    assert "is closed for more than a year" not in later
