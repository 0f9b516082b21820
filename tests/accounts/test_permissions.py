"""Whom a signed-in person may act for, and what each role may do."""

import datetime as dt

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import AnonymousUser, Group
from django.core.management import call_command

from accounts.models import Reader
from accounts.roles import LIBRARIAN, MANAGER, PERMISSIONS
from milanolib import clock
from tests.factories import GuardianshipFactory, LibrarianFactory, ManagerFactory, ReaderFactory, UserFactory
from tests.factories.people import PASSWORD

TODAY = dt.date(2026, 3, 2)


def test_visible_to_is_oneself_and_the_children_one_looks_after(db):
    mine = ReaderFactory(signs_in=True)
    child = GuardianshipFactory(guardian=mine.user).child
    GuardianshipFactory(guardian=mine.user, ended_at=clock.now() + dt.timedelta(hours=1))
    ReaderFactory(signs_in=True)

    assert set(Reader.objects.visible_to(mine.user)) == {mine, child}


def test_visible_to_names_a_child_with_a_sign_in_once(db):
    guardian = UserFactory()
    child = ReaderFactory(signs_in=True, born_on=dt.date(2020, 5, 17))
    for person in (guardian, UserFactory()):
        GuardianshipFactory(guardian=person, child=child)

    assert list(Reader.objects.visible_to(guardian)) == [child]
    assert list(Reader.objects.visible_to(child.user)) == [child]


@pytest.mark.parametrize(
    ("born_on", "is_seen"), [(dt.date(2008, 3, 3), True), (dt.date(2008, 3, 2), False), (None, True)]
)
def test_visible_to_a_guardian_is_nobody_of_age(monday, db, born_on, is_seen):
    guardianship = GuardianshipFactory(child__born_on=born_on)

    assert Reader.objects.visible_to(guardianship.guardian).exists() == is_seen


def test_visible_to_nobody_is_nobody(db):
    ReaderFactory()

    assert not Reader.objects.visible_to(AnonymousUser()).exists()
    assert not Reader.objects.visible_to(UserFactory()).exists()


def test_visible_to_a_librarian_is_not_every_reader(db):
    ReaderFactory()

    assert not Reader.objects.visible_to(LibrarianFactory()).exists()


@pytest.mark.parametrize(
    ("born_on", "shows", "hidden"),
    [
        (dt.date(2012, 3, 3), False, False),
        (dt.date(2012, 3, 2), False, True),
        (dt.date(2012, 3, 2), True, False),
        (None, False, False),
    ],
)
def test_a_childs_titles_are_its_own_from_14_on(monday, db, born_on, shows, hidden):
    guardian = UserFactory()
    child = ReaderFactory(born_on=born_on)
    GuardianshipFactory(guardian=guardian, child=child, shows_titles=shows)

    found = Reader.objects.whose_titles_are_hidden_from(guardian, TODAY)

    assert list(found) == ([child] if hidden else [])


def test_ones_own_titles_are_never_hidden(db):
    reader = ReaderFactory(signs_in=True)

    assert not Reader.objects.whose_titles_are_hidden_from(reader.user, TODAY).exists()


# --- Roles


def test_a_librarian_has_what_the_role_says_and_no_more(db):
    librarian = LibrarianFactory()

    assert librarian.get_all_permissions() == set(PERMISSIONS[LIBRARIAN])
    assert librarian.has_perm("loans.work_at_desk")
    assert not librarian.has_perm("loans.change_loanrule")


def test_a_manager_has_a_librarians_too(db):
    manager = ManagerFactory()

    assert manager.get_all_permissions() == {*PERMISSIONS[LIBRARIAN], *PERMISSIONS[MANAGER]}


def test_migrate_lays_the_roles_down_again(db):
    Group.objects.all().delete()

    call_command("migrate", verbosity=0)

    assert set(Group.objects.values_list("name", flat=True)) == {LIBRARIAN, MANAGER}
    assert LibrarianFactory().has_perm("loans.work_at_desk")


@pytest.mark.parametrize("role", [LIBRARIAN, MANAGER])
def test_no_role_may_delete_or_write_circulation_by_hand(role):
    forbidden = {
        f"{app}_{model}" for app in ("add", "delete", "change") for model in ("loan", "hold", "reader", "copy")
    }

    assert not forbidden & {name.partition(".")[2] for name in PERMISSIONS[role]}


# --- Signing in


def test_sign_in_with_the_card_and_the_password(db):
    reader = ReaderFactory(signs_in=True)
    typed = f"{reader.card_number[:4].lower()} {reader.card_number[4:]}"

    assert authenticate(None, card=typed, password=PASSWORD) == reader.user


def test_sign_in_with_the_card_refuses(db):
    reader, without_user = ReaderFactory(signs_in=True), ReaderFactory()
    gone = ReaderFactory(user=UserFactory(is_active=False))

    assert authenticate(None, card=reader.card_number, password="another password") is None
    assert authenticate(None, card=without_user.card_number, password=PASSWORD) is None
    assert authenticate(None, card=gone.card_number, password=PASSWORD) is None
    assert authenticate(None, card="ML00000000", password=PASSWORD) is None
