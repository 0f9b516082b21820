"""Guardians: link, end, let the child show titles."""

import datetime as dt

import pytest

from accounts.errors import (
    BirthdayMissing,
    CardIsClosed,
    GuardianNotAdult,
    GuardianUnknown,
    NotAChild,
)
from accounts.guardians import end_guardianship, find_guardian, link_guardian, show_titles
from accounts.models import Act, Guardianship, Reader, ReaderStatus
from milanolib import clock
from tests.factories import LibrarianFactory, ReaderFactory, UserFactory

CHILDHOOD = dt.date(2016, 5, 17)


@pytest.fixture
def child(monday, db):
    return ReaderFactory(born_on=CHILDHOOD)


def test_link_guardian_opens_the_childs_card_to_a_parent(child):
    parent = UserFactory()

    links = [link_guardian(child, parent, actor=LibrarianFactory(), place_code="x") for _time in range(2)]

    assert links[0] == links[1]
    assert list(Reader.objects.visible_to(parent)) == [child]
    assert Act.objects.get().subject == f"guardianship:{links[0].pk}"


def test_end_guardianship_closes_it_again_and_it_can_begin_anew(child):
    parent = UserFactory()
    first = link_guardian(child, parent, actor=None)

    for _time in range(2):
        end_guardianship(first, actor=LibrarianFactory())
    assert not Reader.objects.visible_to(parent).exists()
    second = link_guardian(child, parent, actor=None)

    assert (first.pk != second.pk, first.ended_at) == (True, clock.now())
    assert Act.objects.filter(verb="end_guardianship").count() == 1


def test_show_titles_is_the_childs_word(child):
    guardianship = link_guardian(child, UserFactory(), actor=None)
    librarian = LibrarianFactory()

    for shows in (True, True, False):
        show_titles(guardianship, shows=shows, actor=librarian)

    assert not guardianship.shows_titles
    assert list(Act.objects.order_by("pk").values_list("verb", flat=True)) == ["show_titles", "hide_titles"]


def test_link_guardian_refuses_an_adults_card_and_one_of_unknown_age(monday, db):
    with pytest.raises(NotAChild):
        link_guardian(ReaderFactory(born_on=dt.date(2008, 3, 2)), UserFactory(), actor=None)
    with pytest.raises(BirthdayMissing):
        link_guardian(ReaderFactory(born_on=None), UserFactory(), actor=None)


def test_link_guardian_refuses_a_closed_card(child):
    child.status = ReaderStatus.CLOSED
    child.save()

    with pytest.raises(CardIsClosed):
        link_guardian(child, UserFactory(), actor=None)


def test_link_guardian_refuses_the_child_and_other_children(child):
    sister = ReaderFactory(signs_in=True, born_on=dt.date(2012, 1, 1))
    child.user = UserFactory()
    child.save()

    for person in (child.user, sister.user):
        with pytest.raises(GuardianNotAdult):
            link_guardian(child, person, actor=None)


def test_find_guardian_takes_a_card_or_an_address(db):
    reader, person = ReaderFactory(signs_in=True), UserFactory(email="ada@example.org")

    assert find_guardian(f" {reader.card_number.lower()} ") == reader.user
    assert find_guardian(" ADA@example.org ") == person


def test_find_guardian_refuses_who_does_not_sign_in(db):
    UserFactory(email="gone@example.org", is_active=False)

    for text in (ReaderFactory().card_number, "gone@example.org", "nobody@example.org", ""):
        with pytest.raises(GuardianUnknown):
            find_guardian(text)


@pytest.mark.django_db(transaction=True)
def test_link_guardian_twice_at_once_is_one_link(rivals):
    child, parent = ReaderFactory(born_on=clock.today()), UserFactory()

    rivals(*[lambda: link_guardian(Reader.objects.get(pk=child.pk), parent, actor=None)] * 3)

    assert Guardianship.objects.count() == 1
