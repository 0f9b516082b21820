"""`manage.py seed_demo`: the demonstrative network, catalogue, people and a little history. Safe to repeat."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db.models import DateField, F, Value
from django.db.models.functions import Cast

from accounts.badges import set_badge
from accounts.guardians import link_guardian
from accounts.models import DeskBadge, Reader, User
from accounts.roles import LIBRARIAN, MANAGER
from accounts.services import enrol, verify_reader
from branches.bibliobus import plan_visits
from branches.models import Place, PlaceKind, Posting
from branches.network import load_network
from branches.rounds import plan_rounds
from catalog.importing import import_file
from catalog.models import Copy, Material, Title
from catalog.names import load_names
from catalog.search import refresh
from catalog.states import CopyStatus
from loans import routing
from loans.availability import count_demand, follow_copies
from loans.crates import load_crate
from loans.deposit_moves import receive_deposit, send_deposit
from loans.deposits import add_to_deposit, compose_deposit, plan_stay
from loans.lending import check_out
from loans.models import Crate, Deposit, Loan
from milanolib import clock
from partnerships.demo_file import load_agreements, load_institutions
from partnerships.initiatives.demo_file import load_initiatives
from proximity.condominium_file import load_condominiums
from registry.kiosk_file import load_kiosks

PASSWORD = "milano-demo"  # noqa: S105  of the demo, printed on its page
DOMAIN = "demo.milanolib.example"
# sign-in, given name, family name, born on, Municipio, verified
READERS = (
    ("anna", "Anna", "Dimostrativa", dt.date(1988, 5, 17), 3, True),
    ("bruno", "Bruno", "Dimostrativo", dt.date(1954, 11, 2), 8, True),
    ("carla", "Carla", "Provvisoria", None, 5, False),
)
# the same for Anna's children, with their age in years
CHILDREN = (("tea", "Tea", 15), ("piero", "Piero", 8))
STAFF = (
    ("bibliotecaria", "Livia Bibliotecaria", LIBRARIAN, False),
    ("responsabile", "Renato Responsabile", MANAGER, False),
    ("operatore", "Olga Operatrice", MANAGER, True),
)
# what they scan and type where a colleague has signed in; printed on the demo's page
BADGES = {"bibliotecaria": ("badge-livia", "40917"), "responsabile": ("badge-renato", "71350")}
FIRST_DESK = "sormani"
LENT_TO_BRUNO, LENT_TO_A_CHILD = 3, 2
# their names, and the house where the first one is and to which the second one goes
DEPOSITS = (("Gialli d'autunno", "condominio-demo-2"), ("Per leggere in cortile", "condominio-demo-6"))
IN_A_DEPOSIT = 8
SPREAD, OVER_DAYS = 7919, 180


class Command(BaseCommand):
    """Seed the demo."""

    help = "Load the demonstrative network, catalogue and people; safe to repeat. For the demo only."
    version = "7"

    def handle(self, *args: Any, **options: Any) -> None:
        """Load everything and write the sign-ins beside the demo's data."""
        if not settings.DEMO:
            raise CommandError("seed_demo is for the demo only: set DEMO=1, or run make demo")
        data = settings.BASE_DIR / "data"
        for name in ("network.json", "network_demo.json"):
            load_network(data / name)
        load_kiosks(data / "kiosks_demo.json")
        load_condominiums(data / "condominium.json")
        plan_visits(clock.today())
        plan_rounds(clock.today())
        report = import_file(data / "demo_catalogue.xml", source="demo")
        self.stdout.write(f"demo catalogue: {report.created} titles new, {report.unchanged} unchanged")
        self._staff()
        load_institutions(data / "network_demo.json")
        load_agreements(data / "agreements_demo.json", User.objects.get(email=f"responsabile@{DOMAIN}"))
        load_initiatives(data / "initiatives_demo.json")
        readers = [self._reader(*one) for one in READERS]
        children = self._children(readers[0])
        if not Loan.objects.exists():  # only the first time
            self._lend(readers[1], LENT_TO_BRUNO)
            for child in children:
                self._lend(child, LENT_TO_A_CHILD)
        if not Deposit.objects.exists():
            self._deposits()
        load_names(data / "catalogue" / "names.tsv")
        if report.created:
            self._spread_arrivals()
        follow_copies()
        count_demand()
        self._write_logins([*readers, *children])

    def _spread_arrivals(self) -> None:
        """Let titles have come over the last half year, so that what is new is a choice of everything."""
        day = Value(clock.today()) - F("pk") * SPREAD % OVER_DAYS * Value(dt.timedelta(days=1))
        Title.objects.update(added_on=Cast(day, DateField()))
        since = F("title_id") * SPREAD % OVER_DAYS * Value(dt.timedelta(days=1))
        Copy.objects.update(added_on=Cast(Value(clock.today()) - since, DateField()))
        refresh(list(Title.objects.values_list("pk", flat=True)))

    def _user(self, sign_in: str, name: str, **fields: Any) -> User:
        email = f"{sign_in}@{DOMAIN}"
        user = User.objects.filter(email=email).first()
        if user is None:
            user = User.objects.create_user(email, PASSWORD, name=name, **fields)
        EmailAddress.objects.get_or_create(user=user, email=email, defaults={"verified": True, "primary": True})
        return user

    def _staff(self) -> None:
        desks = list(Place.objects.filter(kind__in=[PlaceKind.BRANCH, PlaceKind.VEHICLE]))
        for sign_in, name, role, is_superuser in STAFF:
            user = self._user(sign_in, name, is_staff=True, is_superuser=is_superuser)
            user.groups.add(Group.objects.get(name=role))
            if sign_in in BADGES and not DeskBadge.objects.filter(user=user).exists():
                set_badge(user, *BADGES[sign_in])
            for place in desks:
                Posting.objects.get_or_create(
                    user=user,
                    place=place,
                    defaults={"is_active_desk": place.code == FIRST_DESK},
                )

    def _reader(
        self,
        sign_in: str,
        given: str,
        family: str,
        born_on: dt.date | None,
        municipio: int,
        verified: bool,  # noqa: FBT001  a line of READERS
    ) -> Reader:
        user = self._user(sign_in, f"{given} {family}")
        reader = enrol(user=user, given_name=given, family_name=family, born_on=born_on, municipio=municipio)
        if verified:
            verify_reader(reader, how="document", actor=None)
        return reader

    def _children(self, parent: Reader) -> list[Reader]:
        """Two children whose cards their mother looks after; the elder one's titles are her own affair."""
        children = []
        for sign_in, given, years in CHILDREN:
            born_on = clock.years_from(clock.today(), -years)
            child = self._reader(sign_in, given, parent.family_name, born_on, parent.municipio or 1, verified=True)
            link_guardian(child, parent.user, actor=None)  # type: ignore[arg-type]  # she signs in
            children.append(child)
        return children

    def _lend(self, reader: Reader, count: int) -> None:
        """Lend a few books, so that the pages are not empty."""
        place = Place.objects.get(code=FIRST_DESK)
        copies = Copy.objects.filter(place=place, status=CopyStatus.AVAILABLE, is_lendable=True)
        copies = copies.filter(title__material=Material.BOOK)
        for copy in copies.exclude(title__title__icontains="barone rampante").order_by("pk")[:count]:
            check_out(copy, reader, place, actor=None)

    def _deposits(self) -> None:
        """Lend two sets of books to condominium libraries: one is there, one is on the van."""
        library, today = Place.objects.get(code=FIRST_DESK), clock.today()
        books = list(
            routing.free_copies()
            .filter(place=library, home=library, title__material=Material.BOOK)
            .exclude(title__title__icontains="barone rampante")
            .order_by("-pk")[: 2 * IN_A_DEPOSIT]
        )
        for number, (name, house) in enumerate(DEPOSITS):
            deposit = compose_deposit(library, name, actor=None)
            for copy in books[number::2]:
                add_to_deposit(deposit, copy, library, actor=None)
            first, last = today - dt.timedelta(days=30 * (1 - number)), today + dt.timedelta(days=60 + 30 * number)
            stay = plan_stay(deposit, Place.objects.get(code=house), from_on=first, until_on=last, actor=None)
            stay = send_deposit(stay, actor=None)
            load_crate(Crate.objects.get(origin=library, destination=stay.place), library, actor=None)
            if number == 0:
                receive_deposit(stay, counted=stay.copies_sent or 0, actor=None)

    def _write_logins(self, readers: list[Reader]) -> None:
        if not settings.DEMO_DIR:
            return
        lines = [f"Password for all: {PASSWORD}", ""]
        lines += [
            f"Reader      {one[0]}@{DOMAIN}   card {reader.card_number}   ({reader.status})"
            for one, reader in zip((*READERS, *CHILDREN), readers, strict=True)
        ]
        lines += [f"{role.capitalize():<11} {sign_in}@{DOMAIN}   at /gestione/" for sign_in, _name, role, _su in STAFF]
        lines += [
            f"Badge       {badge}   PIN {pin}   of {sign_in}, at a desk opened that day"
            for sign_in, (badge, pin) in BADGES.items()
        ]
        lines += ["Partner     /partner/ with an activation code from /demo/"]
        (Path(settings.DEMO_DIR) / "demo-logins.txt").write_text("\n".join(lines) + "\n")
