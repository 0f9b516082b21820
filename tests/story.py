"""How tests reach the states of circulation: by calling the verbs that a reader, a desk and a phone call."""

import datetime as dt
import threading
import time
from dataclasses import dataclass

from django.db import connection, transaction

from accounts.erasing import erase
from branches.devices import activate_device, invite_device, offline_desk_of
from branches.models import Place, PlaceKind
from branches.rounds import plan_rounds
from loans.crates import load_crate, open_crate, put_in_crate, seal_crate
from loans.deposit_moves import receive_deposit, send_deposit
from loans.deposits import add_to_deposit, compose_deposit, plan_stay
from loans.groups import place_group
from loans.holds import cancel_hold, place_hold
from loans.lending import check_in, check_out
from loans.models import Assignment, Hold, Transit
from loans.picking import pack_parcel, pick_copy
from loans.records import HAND_OVER, LEND, RECEIVE, TAKE_BACK, TAKE_IN, Act, record
from loans.states import OPEN_TRANSIT, HoldLevel
from milanolib import clock
from tests.factories import (
    BranchFactory,
    CondominiumFactory,
    CopyFactory,
    HubFactory,
    LockerFactory,
    NewsstandFactory,
    ReaderFactory,
    RouteFactory,
    StopFactory,
    TitleFactory,
)


@dataclass
class Network:
    """A small network. The south library serves both newsstands and the locker."""

    north: Place
    south: Place
    newsstand: Place
    small_newsstand: Place
    stop: Place
    locker: Place

    @classmethod
    def build(cls):
        south = BranchFactory(code="south", latitude=45.43, longitude=9.19)
        return cls(
            north=BranchFactory(code="north", latitude=45.51, longitude=9.19),
            south=south,
            newsstand=NewsstandFactory(code="newsstand", parent=south, room=2),
            small_newsstand=NewsstandFactory(code="small-newsstand", parent=south, room=1),
            stop=StopFactory(code="stop"),
            locker=LockerFactory(code="locker", parent=south, room=1),
        )

    @property
    def bus(self):
        return self.stop.vehicle

    def van(self, **fields):
        """Let a van run from the hub over the north, the south, the newsstands and the bus: Thursdays, unless said."""
        hub = Place.objects.filter(kind=PlaceKind.HUB).first() or HubFactory(code="hub")
        places = (hub, self.north, self.south, self.newsstand, self.small_newsstand, self.bus, hub)
        calls = [(place, f"{hour:02}:00") for hour, place in enumerate(places, start=8)]
        route = RouteFactory(**{"hub": hub, "weekdays": [3], "calls": calls, **fields})
        plan_rounds(clock.today())
        return route


class Story:
    """Each method is one step of a copy's or a reader's life and returns what it made."""

    def __init__(self, network, clock_in_hand):
        self.network = network
        self.clock = clock_in_hand
        self.is_broken = False
        self.phones = {}
        self._keys = 0

    def later(self, **step):
        """Let time pass: `later(days=8)`."""
        self.clock.shift(dt.timedelta(**step))

    def copies(self, count, *, title=None, home=None, **fields):
        """Return copies of one title on a library's shelf."""
        title = title or TitleFactory()
        return CopyFactory.create_batch(count, title=title, home=home or self.network.north, **fields)

    def hold(self, title, *, reader=None, pickup=None, level=HoldLevel.TITLE, copy=None, volume=""):
        """A reader reserves; another second passes, so that the order is plain."""
        self.later(seconds=1)
        return place_hold(
            reader or ReaderFactory(),
            title,
            pickup or self.network.north,
            actor=None,
            level=level,
            copy=copy,
            volume=volume,
        )

    def group(self, titles, kind, *, reader=None, pickup=None, copies=1):
        """A reader reserves several titles together; returns the group and its holds in the order of the titles."""
        self.later(seconds=1)
        reader, pickup = reader or ReaderFactory(), pickup or self.network.north
        group = place_group(reader, titles, pickup, kind, actor=None, copies=copies)
        return group, [
            hold for title in titles for hold in Hold.objects.filter(group=group, title=title).order_by("pk")
        ]

    def copy_of(self, hold):
        """Return the copy meant for a hold now, None when there is none."""
        assignment = Assignment.objects.open().filter(hold=hold).select_related("copy").first()
        return assignment.copy if assignment else None

    def picked(self, title, **hold):
        """A reservation whose copy a librarian has taken from its shelf: returns hold and copy."""
        hold = self.hold(title, **hold)
        copy = self.copy_of(hold)
        pick_copy(copy, copy.place, actor=None)
        return fresh(hold), fresh(copy)

    def packed(self, title, **hold):
        """A reservation on its way in a parcel (to the newsstand, unless another point is named)."""
        hold, copy = self.picked(title, **{"pickup": self.network.newsstand, **hold})
        parcel = pack_parcel(copy, copy.place, actor=None)
        return fresh(hold), fresh(copy), parcel

    def at_the_point(self, title, **hold):
        """A parcel that its point has scanned in: its reader can take it."""
        hold, copy, parcel = self.packed(title, **hold)
        self.receive(parcel)
        return fresh(hold), fresh(copy), fresh(parcel)

    def ready(self, title, **hold):
        """A reservation ready on the shelf of the library where the copy stood."""
        hold, copy = self.picked(title, **hold)
        return hold, copy

    def on_its_way(self, **hold):
        """A copy of the north library as it is, waiting there for the van to the south library."""
        _hold, copy = self.picked(self.copies(1)[0].title, **{"pickup": self.network.south, **hold})
        return copy

    def crated(self, *copies):
        """A crate into which copies that go one way were put where they wait for the van, wrapped or not."""
        place = fresh(copies[0]).place
        journey = Transit.objects.get(copy=copies[0], status__in=OPEN_TRANSIT)
        crate = open_crate(place, journey.destination, actor=None)
        for copy in copies:
            put_in_crate(copy, crate, place, actor=None)
        return fresh(crate)

    def sent(self, *copies):
        """The same crate, sealed and given to the van."""
        crate = self.crated(*copies)
        seal_crate(crate, crate.origin, actor=None)
        return load_crate(crate, crate.origin, actor=None)

    def deposit(self, count, *, library=None):
        """A set of so many copies, each of a title of its own, being put together at a library (the north)."""
        library = library or self.network.north
        self._keys += 1
        deposit = compose_deposit(library, f"Deposit {self._keys}", actor=None)
        for copy in [self.copies(1, home=library)[0] for _number in range(count)]:
            add_to_deposit(deposit, copy, library, actor=None)
        return deposit

    def copies_in(self, deposit):
        """Return the copies that are in a set now."""
        return [member.copy for member in deposit.members.filter(left_at=None).select_related("copy")]

    def stay(self, deposit, *, place=None, after=0, days=90):
        """A stay of a set at a condominium library, planned from some days after today on."""
        place = place or CondominiumFactory(parent=self.network.south)
        first = clock.today() + dt.timedelta(days=after)
        return plan_stay(deposit, place, from_on=first, until_on=first + dt.timedelta(days=days), actor=None)

    def deposit_sent(self, count, *, library=None, **stay):
        """A set on its way to a condominium library; returns its stay there."""
        return send_deposit(self.stay(self.deposit(count, library=library), **stay), actor=None)

    def deposit_in_place(self, count, **stay):
        """A set at a condominium library, counted and complete; returns its stay there."""
        return receive_deposit(self.deposit_sent(count, **stay), counted=count, actor=None)

    def lent(self, copy, *, reader=None, place=None):
        """A loan from the desk of the copy's library."""
        return check_out(copy, reader or ReaderFactory(), place or fresh(copy).place, actor=None)

    def cancelled(self, hold):
        """The reader gives up a reservation."""
        return cancel_hold(hold, actor=None)

    def given_back(self, copy, place=None):
        """A check-in at a library's desk, the copy's own unless another is named."""
        return check_in(copy, place or copy.home, actor=None)

    def phone(self, place):
        """Return the activated phone of a point, always the same."""
        if place.pk not in self.phones:
            _invited, code = invite_device(place, name="phone", actor=None)
            self.phones[place.pk] = activate_device(code)
        return self.phones[place.pk][0]

    def token(self, place):
        """Return what the phone of a point signs in with."""
        self.phone(place)
        return self.phones[place.pk][1]

    def report(self, place, act, what, *, key=None, at=None, seq=None, sent_at=None, counted=None):
        """The phone of a point reports an act; a key of its own unless one is given."""
        self._keys += 1
        act = Act(key=key or f"key-{self._keys}", act=act, what=what, at=at, seq=seq, counted=counted)
        return record(self.phone(place), act, device_sent_at=sent_at)

    def receive(self, parcel, place=None, **report):
        return self.report(place or parcel.destination, RECEIVE, parcel.tag, **report)

    def hand_over(self, parcel, place=None, **report):
        return self.report(place or parcel.destination, HAND_OVER, parcel.tag, **report)

    def take_back(self, copy, place=None, **report):
        return self.report(place or self.network.newsstand, TAKE_BACK, copy.barcode, **report)

    def at_desk(self, act, copy, *, reader=None, place=None, at=None, staff=None, **fields):
        """A desk without network reports, now or later, what a librarian did at `at`."""
        self._keys += 1
        fields = {"key": f"key-{self._keys}", "card": reader.card_number if reader else "", "at": at, **fields}
        device = offline_desk_of(place or self.network.north)
        return record(device, Act(act=act, what=copy.barcode, **fields), device_sent_at=clock.now(), staff=staff)

    def lend_offline(self, copy, reader, **report):
        return self.at_desk(LEND, copy, reader=reader, **report)

    def take_in_offline(self, copy, **report):
        return self.at_desk(TAKE_IN, copy, **report)


def fresh(row):
    """Return the row as the database has it now."""
    return type(row).objects.get(pk=row.pk)


def at_once(*acts):
    """Run acts at the same moment, each in a thread with a connection of its own; return what each gave or raised."""
    outcomes = [None] * len(acts)
    barrier = threading.Barrier(len(acts), timeout=10)

    def run(number, act):
        try:
            connection.ensure_connection()
            barrier.wait()
            outcomes[number] = act()
        except Exception as error:  # noqa: BLE001  the test looks at it
            outcomes[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return outcomes


def erased_while(erasure, act):
    """Erase somebody at last while an act, begun before, waits for their row; return what the act gave."""
    outcomes = []

    def run():
        try:
            outcomes.append(act())
        finally:
            connection.close()

    waiting = threading.Thread(target=run)
    with transaction.atomic(), connection.cursor() as cursor:
        erase(erasure)
        waiting.start()
        for _time in range(100):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))")
            if cursor.fetchone() != (0,):
                break
            time.sleep(0.05)
        else:
            raise AssertionError("the act never waited for the erasure")
    waiting.join(timeout=30)
    (outcome,) = outcomes
    return outcome
