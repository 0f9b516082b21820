"""Readers, and the people who sign in."""

import datetime as dt

import factory
from django.contrib.auth.models import Group
from factory.django import DjangoModelFactory

from accounts.cards import luhn_digit
from accounts.models import Guardianship, Reader, ReaderStatus, User
from accounts.roles import LIBRARIAN, MANAGER
from branches.models import Posting
from milanolib import clock
from tests.factories.places import BranchFactory

PASSWORD = "una password lunga"


class UserFactory(DjangoModelFactory):
    """Somebody who can sign in with `people.PASSWORD`."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda number: f"persona{number}@example.org")
    name = factory.Sequence(lambda number: f"Persona {number}")

    @classmethod
    def _create(cls, model_class, *args, **fields):
        return model_class.objects.create_user(*args, **{"password": PASSWORD, **fields})


class LibrarianFactory(UserFactory):
    """A librarian at her active desk: `LibrarianFactory(desk=branch)`; without one she has a branch of her own."""

    is_staff = True

    @factory.post_generation
    def role(user, create, name, **kwargs):  # noqa: N805  factory_boy passes the user
        user.groups.add(Group.objects.get(name=name or LIBRARIAN))

    @factory.post_generation
    def desk(user, create, place, **kwargs):  # noqa: N805
        Posting.objects.create(user=user, place=place or BranchFactory(), is_active_desk=True)


class ManagerFactory(LibrarianFactory):
    """The head of the network."""

    role = factory.PostGeneration(lambda user, create, name: user.groups.add(Group.objects.get(name=name or MANAGER)))


class PostingFactory(DjangoModelFactory):
    class Meta:
        model = Posting

    user = factory.SubFactory(UserFactory, is_staff=True)
    place = factory.SubFactory(BranchFactory)


def _card(number):
    digits = f"{1_000_000 + number}"
    return f"ML{digits}{luhn_digit(digits)}"


class ReaderFactory(DjangoModelFactory):
    """A verified adult without a sign-in; `provisional=True` has shown no document, `signs_in=True` has a user."""

    class Meta:
        model = Reader

    class Params:
        provisional = factory.Trait(status=ReaderStatus.PROVISIONAL, verified_at=None, verified_by="")
        signs_in = factory.Trait(user=factory.SubFactory(UserFactory))

    card_number = factory.Sequence(_card)
    given_name = factory.Sequence(lambda number: f"Nome{number}")
    family_name = factory.Sequence(lambda number: f"Cognome{number}")
    born_on = dt.date(1980, 5, 17)
    status = ReaderStatus.VERIFIED
    verified_at = factory.LazyFunction(clock.now)
    verified_by = "document"
    registered_at = factory.LazyFunction(clock.now)


class GuardianshipFactory(DjangoModelFactory):
    class Meta:
        model = Guardianship

    guardian = factory.SubFactory(UserFactory)
    child = factory.SubFactory(ReaderFactory, born_on=dt.date(2020, 5, 17))
    since = factory.LazyFunction(clock.now)
