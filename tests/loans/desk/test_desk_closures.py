"""The pages about closures: who sees which, what they show, apply and undo without JavaScript."""

import datetime as dt

import pytest
from django.urls import reverse

from branches.models import Closure
from loans.closings import apply_closure
from loans.models import ClosureBatch
from loans.states import HoldStatus
from tests.factories import ClosureFactory, CopyFactory, UserFactory
from tests.loans.desk.conftest import Desk
from tests.story import fresh

DUE = dt.date(2026, 4, 1)


@pytest.fixture
def closure(story, network):
    """A day on which the south library is closed and one loan of its is due."""
    story.lent(CopyFactory(home=network.south))
    return ClosureFactory(place=network.south, starts_on=DUE, ends_on=DUE, reason={"it": "Lavori"})


def apply(desk, closure):
    return desk.post("desk_closure_apply", closure.pk)


def test_closures_are_those_of_the_places_that_one_keeps(desk, other_desk, manager, closure):
    """The south library serves the newsstand, so its closures are hers too."""
    served = ClosureFactory(place=desk.place.served_places.get(code="newsstand"), starts_on=DUE - dt.timedelta(days=1))

    assert list(desk.get("desk_closures").context["closures"]) == [served, closure]
    assert list(other_desk.get("desk_closures").context["closures"]) == []
    assert set(manager.get("desk_closures").context["closures"]) == {closure, served}


def test_a_closure_and_its_batch_are_not_there_for_who_does_not_keep_the_place(desk, other_desk, manager, closure):
    batch = apply_closure(closure, actor=None)

    for page, key in (
        ("desk_closure", closure.pk),
        ("desk_closure_batch", batch.pk),
        ("desk_closures_of", closure.place_id),
    ):
        assert desk.get(page, key).status_code == 200
        assert manager.get(page, key).status_code == 200
        assert other_desk.get(page, key).status_code == 404
    assert apply(other_desk, closure).status_code == 404
    assert other_desk.post("desk_closure_undo", batch.pk, sure="on").status_code == 404
    assert Closure.objects.exists()


def test_somebody_without_the_role_is_not_let_in(db, closure):
    nobody = Desk(UserFactory(is_staff=True), None)

    assert nobody.get("desk_closures").status_code == 403
    assert apply(nobody, closure).status_code == 403
    assert not ClosureBatch.objects.exists()


def test_a_closure_shows_what_hangs_on_it_and_no_reader(desk, closure):
    page = desk.get("desk_closure", closure.pk).content.decode()

    loan = desk.place.loans_made.get()
    assert "Loans due there: 1" in page
    assert "Thursday 2 April 2026" in page
    assert str(loan.copy.title) in page
    assert loan.reader.family_name not in page
    assert loan.reader.card_number not in page
    assert "Move 1 date" in page
    assert fresh(loan).due_on == DUE


def test_apply_moves_the_dates_and_leads_to_the_batch(desk, closure):
    answer = apply(desk, closure)

    batch = ClosureBatch.objects.get()
    assert answer["Location"] == reverse("admin:desk_closure_batch", args=[batch.pk])
    assert desk.said(answer) == ["The closure is applied."]
    assert batch.applied_by == desk.user
    page = desk.get("desk_closure_batch", batch.pk).content.decode()
    assert "7 days left to undo it" in page
    assert "1 April → 2 April 2026" in page
    assert "There is nothing to move." in desk.get("desk_closure", closure.pk).content.decode()


def test_apply_twice_makes_one_batch(desk, closure):
    apply(desk, closure)

    assert apply(desk, closure).status_code == 302
    assert ClosureBatch.objects.count() == 1


def test_apply_by_opening_the_address_does_nothing(desk, closure):
    assert desk.get("desk_closure_apply", closure.pk).status_code == 405
    assert not ClosureBatch.objects.exists()


def test_a_batch_under_way_says_how_far_it_is(desk, closure):
    batch = apply_closure(closure, actor=desk.user, most=0)

    answer = desk.get("desk_closure_batch", batch.pk)

    assert (answer.context["is_under_way"], answer.context["to_go"]) == (True, 1)
    assert "Look how far it is" in answer.content.decode()


def test_undo_needs_a_word_and_puts_back(desk, closure, story):
    batch = apply_closure(closure, actor=None)
    story.later(days=6, hours=1)

    refused = desk.said(desk.post("desk_closure_undo", batch.pk))
    assert refused == ["Nothing was undone: tick that the place is open after all."]
    assert "1 day left to undo it" in desk.get("desk_closure_batch", batch.pk).content.decode()

    assert desk.said(desk.post("desk_closure_undo", batch.pk, sure="on")) == ["The closure is undone."]
    assert desk.place.loans_made.get().due_on == DUE
    assert not Closure.objects.exists()
    page = desk.get("desk_closure_batch", batch.pk).content.decode()
    assert "Put back" in page
    assert "Undo the closure" not in page


def test_undo_after_seven_days_is_refused_with_words(desk, closure, story):
    batch = apply_closure(closure, actor=None)
    story.later(days=7, seconds=1)

    assert "Undo the closure" not in desk.get("desk_closure_batch", batch.pk).content.decode()
    (said,) = desk.said(desk.post("desk_closure_undo", batch.pk, sure="on"))
    assert said.startswith("This could be undone until 9 March 2026")
    assert Closure.objects.exists()


def test_until_further_notice_says_that_dates_stay(desk, story, network):
    story.lent(CopyFactory(home=network.south))
    closure = ClosureFactory(place=network.south, starts_on=DUE, ends_on=None)

    page = desk.get("desk_closure", closure.pk).content.decode()

    assert "It opens on no day for more than a year" in page
    assert "stays, since it opens on no later day" in page
    assert "Tell the readers" in page


@pytest.mark.parametrize("count", [1, 3])
def test_closures_take_as_many_queries_for_one_row_as_for_three(count, desk, story, django_assert_num_queries):
    for number in range(count):
        story.lent(CopyFactory(home=desk.place))
        day = DUE + dt.timedelta(days=number)
        apply_closure(ClosureFactory(place=desk.place, starts_on=day, ends_on=day), actor=desk.user)

    with django_assert_num_queries(6):
        desk.get("desk_closures")


@pytest.mark.parametrize("count", [1, 3])
def test_a_batch_takes_as_many_queries_for_one_row_as_for_three(count, desk, story, django_assert_num_queries):
    for _number in range(count):
        story.lent(CopyFactory(home=desk.place))
    batch = apply_closure(ClosureFactory(place=desk.place, starts_on=DUE), actor=desk.user)

    with django_assert_num_queries(7):
        assert len(desk.get("desk_closure_batch", batch.pk).context["lines"]) == count


# --- Notes where a date could not be moved


def test_lending_notes_that_the_date_was_not_moved(desk, story, network):
    type(network.south).objects.filter(pk=network.south.pk).update(hours_known=True)
    copy, reader = CopyFactory(home=network.south), story.lent(CopyFactory(home=network.south)).reader

    answer = desk.scan("desk_counter", copy.barcode, visit=desk.greets(reader))

    assert f"{network.south} is closed that day and opens on no later one" in answer.content.decode()
    (task,) = desk.get("desk_tasks").context["rows"]
    assert task[0].point == network.south, "one for both loans"


def test_taking_in_notes_that_keeping_was_not_moved(desk, story, network):
    type(network.south).objects.filter(pk=network.south.pk).update(hours_known=True)
    hold = story.hold(story.copies(1)[0].title, pickup=network.south)

    answer = desk.scan("desk_counter", story.copy_of(hold).barcode)

    assert "opens on no later one: the date was not moved" in answer.content.decode()


# --- What is ready at a point that is closed for long


@pytest.fixture
def kept(story, network):
    """A reservation ready at the south library, which closes tomorrow until further notice."""
    hold, copy = story.ready(CopyFactory(home=network.south).title, pickup=network.south)
    closure = ClosureFactory(place=network.south, starts_on=DUE, ends_on=None, substitute=network.north)
    return hold, copy, closure


def begin(closure):
    """Let the closure begin today."""
    type(closure).objects.filter(pk=closure.pk).update(starts_on=dt.date(2026, 3, 2))


def test_what_is_ready_at_a_closed_point_is_brought_elsewhere_for_who_asks(desk, network, kept):
    hold, copy, closure = kept
    begin(closure)

    page = desk.get("desk_closure_kept", closure.pk).content.decode()
    assert copy.barcode in page
    assert hold.reader.family_name not in page
    form = desk.get("desk_closure_move", closure.pk, hold.pk)
    assert list(form.context["form"].fields["pickup"].choices)[1][0] == network.north.pk, "who stands in comes first"

    (said,) = desk.said(desk.post("desk_closure_move", closure.pk, hold.pk, pickup=network.north.pk))

    assert said.startswith(f"It goes to {network.north}.")
    assert (fresh(hold).pickup_place, fresh(hold).status) == (network.north, HoldStatus.IN_TRANSIT)
    assert copy.transits.get(status="requested").destination == network.north
    assert copy.barcode not in desk.get("desk_closure_kept", closure.pk).content.decode()


def test_what_is_ready_stays_while_the_point_is_open(desk, network, kept):
    hold, _copy, closure = kept

    assert "Bring it elsewhere" not in desk.get("desk_closure_kept", closure.pk).content.decode()
    refused = desk.post("desk_closure_move", closure.pk, hold.pk, pickup=network.north.pk)

    assert refused.status_code == 422
    assert fresh(hold).status == HoldStatus.READY


def test_a_point_must_be_chosen(desk, kept):
    hold, _copy, closure = kept
    begin(closure)

    assert desk.post("desk_closure_move", closure.pk, hold.pk, pickup="").status_code == 422
    assert desk.post("desk_closure_move", closure.pk, hold.pk, pickup=closure.place_id).status_code == 422


def test_what_is_ready_elsewhere_or_kept_by_others_is_not_there(desk, other_desk, story, network, kept):
    _hold, _copy, closure = kept
    elsewhere, _other = story.ready(CopyFactory(home=network.north).title, pickup=network.north)

    assert desk.get("desk_closure_move", closure.pk, elsewhere.pk).status_code == 404
    assert other_desk.get("desk_closure_kept", closure.pk).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_as_many_queries_for_one_row_as_for_three(
    count, desk, story, network, django_assert_num_queries
):
    for _number in range(count):
        story.ready(CopyFactory(home=network.south).title, pickup=network.south)
    closure = ClosureFactory(place=network.south, ends_on=None)

    with django_assert_num_queries(6):
        assert len(desk.get("desk_closure_kept", closure.pk).context["rows"]) == count
