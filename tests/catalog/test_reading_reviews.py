"""Stars count at once, words when a librarian has read them."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string

from accounts.models import Act, ReaderStatus
from catalog.models import Review, WorkKey
from catalog.reading import reviews
from catalog.reading.errors import NeedsCard, ReasonMissing, ReviewChanged, StarsMissing
from milanolib import clock
from notifications.kinds import kind_of
from notifications.models import Message
from outbox.events import dispatch
from tests.factories import LibrarianFactory, ReaderFactory, UserFactory, WorkFactory

pytestmark = pytest.mark.django_db


def somebody():
    return ReaderFactory(user=UserFactory()).user


def write(user=None, work=None, **fields):
    return reviews.write_review(user or somebody(), work or WorkFactory(), **{"stars": 4, **fields})


def published(**fields):
    review = write(**{"text": "Bello.", **fields})
    return reviews.publish_review(review, read=review.written_at, actor=None)


def test_stars_alone_are_counted_at_once():
    review = write(stars=5)

    told = reviews.reviews_of(review.work_id)

    assert (review.status, told.average, told.count, told.published) == ("published", 5, 1, [])


def test_words_wait_and_their_stars_count():
    review = write(text="Bello.", signed="Ada")

    told = reviews.reviews_of(review.work_id)

    assert review.status == "waiting"
    assert (told.count, told.published) == (1, [])


def test_no_real_name_is_kept_unless_it_is_signed_with():
    assert write(text="Bello.").signed == ""


def test_signature_without_words_is_not_kept():
    assert write(signed="Ada").signed == ""


@pytest.mark.parametrize("stars", [0, 6, -1])
def test_stars_are_from_one_to_five(stars):
    with pytest.raises(StarsMissing):
        write(stars=stars)


@pytest.mark.parametrize("status", [None, ReaderStatus.CLOSED])
def test_only_readers_with_a_card_review(status):
    user = UserFactory()
    if status:
        ReaderFactory(user=user, status=status)

    with pytest.raises(NeedsCard):
        write(user)


def test_second_review_of_a_work_changes_the_first():
    first = write(stars=1)

    second = write(first.user, first.work, stars=5)

    assert (second.pk, Review.objects.get().stars) == (first.pk, 5)


def test_changed_words_or_signature_wait_again_and_changed_stars_do_not():
    review = published(signed="Ada")
    stars = write(review.user, review.work, stars=1, text="Bello.", signed="Ada")
    seen_with_other_stars = reviews.reviews_of(review.work_id).published
    write(review.user, review.work, text="Bello.", signed="Il Direttore")

    assert (stars.status, seen_with_other_stars) == ("published", [review])
    assert reviews.reviews_of(review.work_id).published == []


def test_words_taken_away_leave_the_stars_published():
    review = write(text="Bello.")

    changed = write(review.user, review.work, text="")

    assert (changed.status, reviews.reviews_of(review.work_id).count) == ("published", 1)


def test_publish_shows_the_words_and_tells_the_reader_once():
    review = published()
    dispatch()
    dispatch()

    message = Message.objects.get()
    facts = kind_of(message.kind).facts(message)
    assert reviews.reviews_of(review.work_id).published == [review]
    assert (message.kind, message.user) == ("review_published", review.user)
    assert review.work.title in render_to_string("messages/review_published.txt", facts)


def test_refuse_tells_why():
    review = write(text="Insulti.")

    reviews.refuse_review(review, "Offende qualcuno.", read=review.written_at, actor=None)
    dispatch()

    message = Message.objects.get()
    assert message.kind == "review_refused"
    assert "Offende qualcuno." in render_to_string("messages/review_refused.txt", kind_of(message.kind).facts(message))


def test_refuse_needs_a_reason_and_the_table_says_so_too():
    review = write(text="Insulti.")

    with pytest.raises(ReasonMissing):
        reviews.refuse_review(review, " ", read=review.written_at, actor=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.update(status="refused", decided_at=clock.now())


def test_words_published_unread_are_forbidden_by_the_table():
    write(text="Mai letto.")

    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.update(status="published")


def test_librarian_decides_only_on_the_words_that_she_read(monday):
    review = write(text="Bello.")
    read = review.written_at
    monday.shift(dt.timedelta(minutes=1))
    write(review.user, review.work, text="Tutt'altro.")

    with pytest.raises(ReviewChanged):
        reviews.publish_review(review, read=read, actor=None)


def test_two_librarians_decide_once():
    review = published()

    with pytest.raises(ReviewChanged):
        reviews.publish_review(review, read=review.written_at, actor=None)


def test_published_words_can_be_taken_down():
    review = published()

    reviews.refuse_review(review, "Dati di altri.", read=review.written_at, actor=None)

    assert reviews.reviews_of(review.work_id).published == []


def test_message_about_words_that_changed_is_not_sent(monday):
    review = published()
    dispatch()
    monday.shift(dt.timedelta(minutes=1))
    write(review.user, review.work, text="Altro.")

    message = Message.objects.get()
    assert kind_of(message.kind).facts(message) is None


def test_decision_is_written_down_without_the_reader():
    livia, review = LibrarianFactory(), write(text="Bello.")

    reviews.publish_review(review, read=review.written_at, actor=livia)

    act = Act.objects.get(verb="publish_review")
    assert (act.staff, act.subject) == (livia, f"review:{review.pk}")


def test_deleted_review_is_forgotten_by_messages():
    review = published()
    dispatch()

    reviews.delete_review(review)

    assert Message.objects.get().params == {}
    assert reviews.reviews_of(review.work_id).count == 0


def test_average_is_of_all_stars_of_the_work_alone():
    work = WorkFactory()
    for stars in (2, 5):
        write(work=work, stars=stars)
    write(stars=1)

    told = reviews.reviews_of(work.pk)

    assert (told.average, told.count) == (3.5, 2)


@pytest.mark.parametrize("count", [1, 3, 8])
def test_reviews_of_a_work_take_two_queries(count, django_assert_num_queries):
    work = WorkFactory()
    for _number in range(count):
        published(work=work)
    mine = write(work=work, text="La mia.")

    with django_assert_num_queries(2):
        told = reviews.reviews_of(work.pk, mine.user)

    assert (len(told.published), told.has_more, told.own) == (min(count, 5), count > 5, mine)


def test_reviews_go_with_their_user():
    review = write()

    review.user.delete()

    assert not Review.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_reviews_of_one_work_at_once_are_one(rivals):
    user, work = somebody(), WorkFactory()

    rivals(lambda: write(user, work, stars=1), lambda: write(user, work, stars=5))

    assert Review.objects.filter(user=user, work=work).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_decisions_at_once_are_one(rivals):
    review = write(text="Bello.")

    def decide(verb, *words):
        try:
            return verb(review, *words, read=review.written_at, actor=None).status
        except ReviewChanged:
            return "late"

    outcomes = rivals(lambda: decide(reviews.publish_review), lambda: decide(reviews.publish_review))

    assert sorted(outcomes) == ["late", "published"]


def test_a_work_that_was_joined_stands_for_the_other():
    gone, stays = WorkFactory(), WorkFactory()
    WorkKey.objects.create(key=gone.key, work=stays)
    type(gone).objects.filter(pk=gone.pk).delete()

    review = write(work=gone, text="Bello.")

    assert review.work == stays
    assert Review.objects.get().work == stays
