"""Works and titles become one while readers review them, put them on lists, and imports bring further editions."""

import threading
import time

import pytest
from django.db import transaction

from catalog.models import ListEntry, Review, Title, Work
from catalog.reading.lists import add_title, make_list
from catalog.reading.reviews import write_review
from loans import merging, works
from loans.merging import merge_titles
from loans.works import drop_emptied, join_works
from milanolib.db import StartAgain
from tests.factories import ReaderFactory, TitleFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
A_MOMENT = 0.5  # seconds in which a rival comes as far as it can


@pytest.fixture
def meanwhile(rivals):
    """Do one act, and another one before the first is committed; return what both gave or raised."""

    def run(first, second):
        done = threading.Event()

        def leading():
            with transaction.atomic():
                outcome = first()
                done.set()
                time.sleep(A_MOMENT)
                return outcome

        def following():
            done.wait(10)
            return second()

        return rivals(leading, following)

    return run


def join(into, other):
    return join_works(into.work, other.work, actor=None)


def merge(into, other):
    return merge_titles(into, other, actor=None)


@pytest.mark.parametrize("verb", [join, merge])
def test_a_review_written_while_its_work_goes_is_kept(meanwhile, verb):
    into, other = TitleFactory(), TitleFactory()
    user = ReaderFactory(user=UserFactory()).user

    _one, review = meanwhile(lambda: verb(into, other), lambda: write_review(user, other.work, stars=5, text="Bello."))

    assert (review.work_id, review.text) == (into.work_id, "Bello.")
    assert Review.objects.get() == review
    assert not Work.objects.filter(pk=other.work_id).exists()


def test_a_title_put_on_a_list_while_another_one_there_becomes_it_stands_there_once(meanwhile):
    keep, other = TitleFactory(), TitleFactory()
    made = make_list(UserFactory(), name="Per l'estate")
    entry, _is_new = add_title(made, other)

    _merged, (again, is_new) = meanwhile(lambda: merge(keep, other), lambda: add_title(made, keep))

    assert (again, is_new) == (entry, False)
    assert list(ListEntry.objects.values_list("list", "title")) == [(made.pk, keep.pk)]


@pytest.mark.parametrize(("verb", "module"), [(join, works), (merge, merging)])
def test_an_edition_that_an_import_adds_at_that_moment_is_lost_to_nobody(monkeypatch, rivals, verb, module):
    into, other = TitleFactory(), TitleFactory()
    taken, added = threading.Event(), threading.Event()
    take_over = module.take_over

    def with_time_for_an_import(*both):
        take_over(*both)
        taken.set()
        added.wait(10)

    def bring():
        taken.wait(10)
        try:
            return TitleFactory(work=other.work)
        finally:
            added.set()

    monkeypatch.setattr(module, "take_over", with_time_for_an_import)
    done, edition = rivals(lambda: verb(into, other), bring)

    assert (type(done), type(edition)) == (Work if verb is join else Title, Title)
    # Joined, it is one of the work's; merged, it is another edition of a work that stays.
    assert Title.objects.get(pk=edition.pk).work_id == (into if verb is join else other).work_id


def test_a_work_that_has_an_edition_is_not_dropped():
    title = TitleFactory()

    with pytest.raises(StartAgain), transaction.atomic():
        drop_emptied(title.work)

    assert Work.objects.filter(pk=title.work_id).exists()
