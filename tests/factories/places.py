"""Places of every kind, their hours, phones and visits."""

import datetime as dt

import factory
from factory.django import DjangoModelFactory

from branches.models import (
    Closure,
    Device,
    DeviceKind,
    OpeningHours,
    Place,
    PlaceCapacity,
    PlaceKind,
    Route,
    RouteCall,
    SpecialOpening,
    Visit,
    Weekday,
)
from milanolib import clock


class PlaceFactory(DjangoModelFactory):
    """A place whose opening hours nobody knows; `room=3` gives it room for three parcels."""

    class Meta:
        model = Place
        skip_postgeneration_save = True

    kind = PlaceKind.BRANCH
    code = factory.Sequence(lambda number: f"place-{number}")
    name = factory.LazyAttribute(lambda place: f"{PlaceKind(place.kind).label} {place.code}")
    municipio = 1
    latitude = 45.4642
    longitude = 9.1900

    @factory.post_generation
    def room(place, create, total, **kwargs):  # noqa: N805  factory_boy passes the place
        if total is not None:
            PlaceCapacity.objects.create(place=place, total=total)


class BranchFactory(PlaceFactory):
    code = factory.Sequence(lambda number: f"branch-{number}")
    accepts_pickup = True
    accepts_returns = True
    lends_on_the_spot = True


class PartnerFactory(PlaceFactory):
    class Meta:
        abstract = True

    parent = factory.SubFactory(BranchFactory)
    accepts_pickup = True
    accepts_returns = True


class NewsstandFactory(PartnerFactory):
    kind = PlaceKind.NEWSSTAND
    code = factory.Sequence(lambda number: f"newsstand-{number}")


class BookshopFactory(PartnerFactory):
    kind = PlaceKind.BOOKSHOP
    code = factory.Sequence(lambda number: f"bookshop-{number}")


class CondominiumFactory(PartnerFactory):
    kind = PlaceKind.CONDOMINIUM
    code = factory.Sequence(lambda number: f"condominium-{number}")


class LockerFactory(PartnerFactory):
    kind = PlaceKind.LOCKER
    code = factory.Sequence(lambda number: f"locker-{number}")
    hours_known = True
    always_open = True
    closed_on_holidays = False


class MetroLibraryFactory(PlaceFactory):
    kind = PlaceKind.METRO_LIBRARY
    code = factory.Sequence(lambda number: f"metro-{number}")
    accepts_returns = True
    lends_on_the_spot = True


class ReturnBoxFactory(PlaceFactory):
    kind = PlaceKind.RETURN_BOX
    code = factory.Sequence(lambda number: f"box-{number}")
    parent = factory.SubFactory(BranchFactory)
    accepts_returns = True


class HubFactory(PlaceFactory):
    kind = PlaceKind.HUB
    code = factory.Sequence(lambda number: f"hub-{number}")


class VehicleFactory(PlaceFactory):
    kind = PlaceKind.VEHICLE
    code = factory.Sequence(lambda number: f"vehicle-{number}")


class StopFactory(PlaceFactory):
    kind = PlaceKind.STOP
    code = factory.Sequence(lambda number: f"stop-{number}")
    vehicle = factory.SubFactory(VehicleFactory)
    hours_known = True
    accepts_pickup = True
    accepts_returns = True
    lends_on_the_spot = True


class OpeningHoursFactory(DjangoModelFactory):
    class Meta:
        model = OpeningHours

    place = factory.SubFactory(BranchFactory, hours_known=True)
    weekday = Weekday.MONDAY
    opens = dt.time(9)
    closes = dt.time(19)


class ClosureFactory(DjangoModelFactory):
    class Meta:
        model = Closure

    place = factory.SubFactory(BranchFactory)
    starts_on = factory.LazyFunction(clock.today)
    ends_on = factory.SelfAttribute("starts_on")


class SpecialOpeningFactory(DjangoModelFactory):
    class Meta:
        model = SpecialOpening

    place = factory.SubFactory(BranchFactory)
    on = factory.LazyFunction(clock.today)
    opens = dt.time(10)
    closes = dt.time(13)


class VisitFactory(DjangoModelFactory):
    class Meta:
        model = Visit

    stop = factory.SubFactory(StopFactory)
    on = factory.LazyFunction(clock.today)
    arrives = dt.time(15)
    leaves = dt.time(17)


class RouteFactory(DjangoModelFactory):
    """A route of every weekday: `calls=[(place, "08:00"), ...]`, each of five minutes. Nothing is planned yet."""

    class Meta:
        model = Route
        skip_postgeneration_save = True

    name = factory.Sequence(lambda number: f"route {number}")
    hub = factory.SubFactory(HubFactory)
    weekdays = [Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY, Weekday.FRIDAY]

    @factory.post_generation
    def calls(route, create, calls, **kwargs):  # noqa: N805  factory_boy passes the route
        for place, arrives in calls or ():
            at = dt.time.fromisoformat(arrives)
            RouteCall.objects.create(route=route, place=place, arrives=at, departs=at.replace(minute=at.minute + 5))


class DeviceFactory(DjangoModelFactory):
    """A phone that nobody has activated; `branches.devices` has the verbs."""

    class Meta:
        model = Device

    place = factory.SubFactory(NewsstandFactory)
    kind = DeviceKind.PARTNER_PHONE
    name = factory.Sequence(lambda number: f"phone {number}")
