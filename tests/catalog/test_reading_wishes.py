"""Suggestions of purchases: limits, steps, what the reader is told."""

import datetime as dt

import pytest
from django.template.loader import render_to_string

from accounts.models import Act
from catalog.models import PurchaseWish
from catalog.reading import wishes
from catalog.reading.errors import (
    IsbnWrong,
    ReasonMissing,
    TitleToBeNamed,
    TooManyWishes,
    WishMoveRefused,
    WishWithoutTitle,
)
from catalog.search import refresh
from notifications.kinds import kind_of
from notifications.models import Message
from outbox.events import dispatch
from tests.factories import CopyFactory, LibrarianFactory, TitleFactory, UserFactory

pytestmark = pytest.mark.django_db
ISBN, ISBN_10 = "9788804668237", "8804668237"


def ask(user=None, title="Il deserto dei tartari", **fields):
    return wishes.ask_for(user or UserFactory(), title=title, **fields)


def answer(wish, status, **fields):
    return wishes.answer_wish(wish, status, **{"seen": wish.status, "actor": None, **fields})


def told():
    dispatch()
    return [(message, kind_of(message.kind).facts(message)) for message in Message.objects.order_by("pk")]


def test_ask_for_keeps_what_was_written_and_makes_the_isbn_one():
    wish = ask(author="Dino  Buzzati", isbn="88-04-66823-7", details="Anche usato.\x00")

    assert (wish.status, wish.author, wish.isbn, wish.details) == ("received", "Dino Buzzati", ISBN, "Anche usato.")


@pytest.mark.parametrize(
    ("fields", "refusal"), [({"title": " "}, WishWithoutTitle), ({"isbn": "9788804668238"}, IsbnWrong)]
)
def test_ask_for_refuses_what_cannot_be_looked_for(fields, refusal):
    with pytest.raises(refusal):
        ask(**fields)


def test_ask_for_twice_is_one_suggestion():
    first = ask(isbn=ISBN)

    assert ask(first.user, title="Scritto altrimenti", isbn=ISBN_10) == first
    assert ask(first.user, title="IL DESERTO dei Tartari!") == first


def test_ask_for_refuses_a_sixth_and_takes_it_once_one_is_answered():
    user = UserFactory()
    asked = [ask(user, title=f"Titolo {number}") for number in range(wishes.MOST_OPEN_WISHES)]

    with pytest.raises(TooManyWishes):
        ask(user, title="Ancora uno")
    answer(asked[0], "ordered")

    assert wishes.room_for(user) == 1
    assert ask(user, title="Ancora uno").pk


def test_other_readers_suggestions_take_no_room():
    ask()

    assert wishes.room_for(UserFactory()) == wishes.MOST_OPEN_WISHES


def test_in_the_catalogue_is_found_by_isbn_and_by_all_the_words():
    title = TitleFactory(work__title="Il deserto dei tartari", isbns=[ISBN])
    CopyFactory(title=title)
    refresh([title.pk])

    assert wishes.in_the_catalogue(title="", isbn=ISBN_10) == [title]
    assert wishes.in_the_catalogue(title="deserto tartari") == [title]
    assert wishes.in_the_catalogue(title="deserto zzzqqq") == []


def test_each_step_is_told_once():
    wish = ask()
    wish = answer(wish, "considered")
    first = told()
    wish = answer(wish, "refused", answer="Fuori catalogo.")
    dispatch()

    second = told()
    assert len(first) == 1
    assert first[0][1]["wish"] == wish
    assert [facts is not None for _message, facts in second] == [False, True]  # what is past is told no more
    assert "Fuori catalogo." in render_to_string("messages/wish_answered.txt", second[1][1])


def test_what_arrived_is_told_with_its_address():
    title = TitleFactory()

    answer(ask(), "arrived", found=title)

    [(_message, facts)] = told()
    assert title.get_absolute_url() in render_to_string("messages/wish_answered.txt", facts)


@pytest.mark.parametrize(("status", "refusal"), [("refused", ReasonMissing), ("arrived", TitleToBeNamed)])
def test_answer_needs_what_the_reader_must_know(status, refusal):
    with pytest.raises(refusal):
        answer(ask(), status)


def test_moves_are_the_written_ones():
    for before, after in ((one, other) for one in PurchaseWish.Status for other in PurchaseWish.Status):
        wish = ask(title=f"{before} {after}")
        PurchaseWish.objects.filter(pk=wish.pk).update(status=before, answer="x")
        wish.refresh_from_db()
        if after in wishes.WISH_MOVES[before]:
            assert answer(wish, after, answer="x", found=TitleFactory()).status == after
        else:
            with pytest.raises(WishMoveRefused):
                answer(wish, after, answer="x", found=TitleFactory())


def test_answer_to_what_another_librarian_answered_is_refused():
    wish = ask()
    answer(wish, "considered")

    with pytest.raises(WishMoveRefused):
        wishes.answer_wish(wish, "ordered", seen="received", actor=None)


def test_answer_is_written_down_without_the_reader():
    livia, wish = LibrarianFactory(), ask()

    answer(wish, "considered", actor=livia)

    assert Act.objects.get(verb="answer_wish").subject == f"wish:{wish.pk}"


def test_title_is_named_by_number_or_isbn():
    title = TitleFactory(isbns=[ISBN])

    assert wishes.title_named(str(title.pk)) == title
    assert wishes.title_named(" 88 04 66823 7 ") == title
    assert wishes.title_named("zzz") is None
    assert wishes.title_named("9" * 30) is None


def test_withdrawn_suggestion_is_forgotten_by_messages():
    wish = answer(ask(), "considered")
    dispatch()

    wishes.withdraw_wish(wish)

    assert Message.objects.get().params == {}
    assert not PurchaseWish.objects.exists()


def test_old_suggestions_are_deleted_a_year_after_their_answer(monday):
    gone = answer(ask(), "refused", answer="No.")
    stays = ask(title="Aperto")
    monday.shift(dt.timedelta(days=366))
    recent = answer(ask(title="Recente"), "refused", answer="No.")

    wishes.forget_old_wishes()
    wishes.forget_old_wishes()

    assert set(PurchaseWish.objects.values_list("pk", flat=True)) == {stays.pk, recent.pk}
    assert gone.pk


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_are_one_suggestion(rivals):
    user = UserFactory()

    rivals(lambda: ask(user), lambda: ask(user))

    assert user.purchase_wishes.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_last_room_is_taken_once(rivals):
    user = UserFactory()
    for number in range(wishes.MOST_OPEN_WISHES - 1):
        ask(user, title=f"Titolo {number}")

    def attempt(title):
        try:
            return bool(ask(user, title=title))
        except TooManyWishes:
            return False

    assert sorted(rivals(lambda: attempt("Uno"), lambda: attempt("Due"))) == [False, True]
