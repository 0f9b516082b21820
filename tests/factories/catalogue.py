"""Works, titles and copies."""

import factory
from factory.django import DjangoModelFactory

from catalog.models import Agent, Copy, Title, Work
from tests.factories.places import BranchFactory


class WorkFactory(DjangoModelFactory):
    class Meta:
        model = Work

    key = factory.Sequence(lambda number: f"work-{number}")
    title = factory.Sequence(lambda number: f"Opera {number}")


class TitleFactory(DjangoModelFactory):
    """A printed book of its own work."""

    class Meta:
        model = Title

    work = factory.SubFactory(WorkFactory)
    source = "tests"
    control_number = factory.Sequence(lambda number: f"T{number}")
    title = factory.SelfAttribute("work.title")


class CopyFactory(DjangoModelFactory):
    """A copy on the shelf of its own library."""

    class Meta:
        model = Copy

    title = factory.SubFactory(TitleFactory)
    barcode = factory.Sequence(lambda number: f"{number:012d}")
    home = factory.SubFactory(BranchFactory)
    place = factory.SelfAttribute("home")


class AgentFactory(DjangoModelFactory):
    """A person, in the catalogue's form."""

    class Meta:
        model = Agent

    name = factory.Sequence(lambda number: f"Rossi{number}, Ada")
