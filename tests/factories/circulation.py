"""Bare rows of circulation, for beating the constraints directly. Everywhere else: call the verbs."""

import datetime as dt

import factory
from factory.django import DjangoModelFactory

from loans.models import Assignment, Hold, Loan, Parcel, Transit
from loans.states import HoldLevel, TransitReason
from milanolib import clock
from tests.factories.catalogue import CopyFactory, TitleFactory
from tests.factories.people import ReaderFactory
from tests.factories.places import BranchFactory, NewsstandFactory


class HoldFactory(DjangoModelFactory):
    """A reservation of a title that waits its turn; no copy has been looked for."""

    class Meta:
        model = Hold

    reader = factory.SubFactory(ReaderFactory)
    title = factory.SubFactory(TitleFactory)
    work = factory.LazyAttribute(lambda hold: hold.title.work)
    level = HoldLevel.TITLE
    pickup_place = factory.SubFactory(BranchFactory)
    placed_at = factory.LazyFunction(clock.now)


class AssignmentFactory(DjangoModelFactory):
    class Meta:
        model = Assignment

    hold = factory.SubFactory(HoldFactory)
    copy = factory.LazyAttribute(lambda assignment: CopyFactory(title=assignment.hold.title))
    made_at = factory.LazyFunction(clock.now)


class LoanFactory(DjangoModelFactory):
    class Meta:
        model = Loan

    reader = factory.SubFactory(ReaderFactory)
    copy = factory.SubFactory(CopyFactory)
    place = factory.SubFactory(BranchFactory)
    lent_at = factory.LazyFunction(clock.now)
    due_on = factory.LazyFunction(lambda: clock.today() + dt.timedelta(days=30))
    loan_days = 30
    max_renewals = 3
    material = "book"
    reader_category = "person"


class TransitFactory(DjangoModelFactory):
    class Meta:
        model = Transit

    copy = factory.SubFactory(CopyFactory)
    origin = factory.SubFactory(BranchFactory)
    destination = factory.SubFactory(BranchFactory)
    reason = TransitReason.HOME
    requested_at = factory.LazyFunction(clock.now)


class ParcelFactory(DjangoModelFactory):
    class Meta:
        model = Parcel

    tag = factory.Sequence(lambda number: f"TAG{number:05d}")
    assignment = factory.SubFactory(AssignmentFactory)
    origin = factory.SubFactory(BranchFactory)
    destination = factory.SubFactory(NewsstandFactory)
    shelf_number = 1
    place = factory.SelfAttribute("origin")
    packed_at = factory.LazyFunction(clock.now)
