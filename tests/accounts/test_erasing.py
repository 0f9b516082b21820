"""Somebody is erased: nothing that names them is left in any table, and what the library counts stays."""

import datetime as dt
import json
from contextlib import suppress

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import IntegrityError, connection, transaction

from accounts.cards_of_readers import report_card_lost
from accounts.desk_notes import write_desk_note
from accounts.erasing import ask_erasure, cancel_erasure, erase, erase_due, erasure_at, erasure_of, token_of
from accounts.errors import DataOfSomebodyElse, ErasureDone, ErasureHindered, SignInOfColleague
from accounts.exporting import ask_export
from accounts.finding import find_readers
from accounts.issuing import set_tax_code
from accounts.merging import merge_readers
from accounts.models import Act, Erasure, Guardianship, Reader, ReaderSearch, User
from accounts.own_data import Person
from accounts.services import enrol, note_act, note_view
from branches.models import FavouritePoint
from catalog.models import PurchaseWish, ReadingList, Review, SavedSearch
from loans.delegations import let_collect
from loans.history import keep_history
from loans.holds import cancel_hold
from loans.lending import check_out
from loans.models import Hold, Loan
from loans.states import HoldStatus, LoanStatus
from milanolib import clock
from milanolib.errors import DomainError
from notifications.delivery import deliver
from notifications.last_letters import forget_last_addresses
from notifications.marks import mark_address
from notifications.mending import mark_and_ask
from notifications.models import AddressMark, Channel, Feedback, Message, MessageStatus
from notifications.preferences import Wishes, choose
from notifications.services import take_feedback
from outbox.events import dispatch
from outbox.models import Event, Request
from partnerships.initiatives.booking import book_places
from proximity.start_requests import ask_to_start
from registry.bookings import book_slot
from tests.factories import (
    GuardianshipFactory,
    LibrarianFactory,
    ManagerFactory,
    ReaderFactory,
    TitleFactory,
    UserFactory,
)
from tests.partnerships.initiatives.conftest import make_initiative
from tests.registry.conftest import at as at_kiosk
from tests.registry.conftest import make_kiosk
from tests.story import fresh

ADDRESS, PHONE, TAX_CODE = "zenobia.quarenghi@example.org", "3471928374", "QRNZNB80A41F205X"


def signs_in(**fields):
    reader = ReaderFactory(signs_in=True, **fields)
    EmailAddress.objects.create(user=reader.user, email=reader.user.email, verified=True, primary=True)
    return reader


def asked(reader, **options):
    return ask_erasure(Person.of_card(reader), **{"actor": reader.user, "language": "en"} | options)


def passes(story, erasure):
    """The week goes by, and the worker does what is due."""
    story.later(days=7, minutes=1)
    count = erase_due()
    if erasure is not None:
        erasure.refresh_from_db()
    return count


def everything():
    """Every row of every table as text, by table; what is sealed in sessions opened."""
    told = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            told[table] = json.dumps(cursor.fetchall(), default=str).lower()
    told["sessions, opened"] = json.dumps([one.get_decoded() for one in Session.objects.all()]).lower()
    return told


def somebody_with_everything(story):
    """A reader of whom something stands in every table that can hold it."""
    user = UserFactory(email=ADDRESS, name="Zenobia Quarenghi")
    EmailAddress.objects.create(user=user, email=ADDRESS, verified=True, primary=True)
    reader = enrol(
        given_name="Zenobia",
        family_name="Quarenghi",
        user=user,
        born_on=dt.date(1980, 1, 1),
        municipio=4,
        tax_code=TAX_CODE,
    )
    Reader.objects.filter(pk=reader.pk).update(phone=PHONE)
    reader.refresh_from_db()
    staff, now = LibrarianFactory(), clock.now()
    cards = [reader.card_number]
    report_card_lost(reader, reader.card_number, actor=staff)
    double = ReaderFactory(given_name="Zenobia", family_name="Quarenghi")
    merge_readers(reader, double, actor=staff)
    reader.refresh_from_db()
    cards += [reader.card_number, double.card_number]
    write_desk_note(reader, "Zenobia hears badly", actor=staff)
    note_view(staff, reader, "card")
    note_act("close_card", f"reader:{reader.pk}", actor=staff, reason="Quarenghi moves")
    find_readers("zeno quar", actor=staff)
    keep_history(reader)
    choose(reader, Wishes(reads_simple_words=True))
    copy = story.copies(1, title=TitleFactory(title="Marcovaldo"))[0]
    story.lent(copy, reader=reader)
    story.given_back(copy)
    story.hold(story.copies(1)[0].title, reader=reader)
    today = clock.today()
    let_collect(reader, name="Un amico", valid_from=today, valid_until=today, actor=None)
    let_collect(
        ReaderFactory(), delegate=reader, name="Zenobia Quarenghi", valid_from=today, valid_until=today, actor=None
    )
    shelf = ReadingList.objects.create(owner=user, name="Lista di Zenobia", created_at=now, changed_at=now)
    shelf.entries.create(title=copy.title, note="per Zenobia", position=1, added_at=now)
    Review.objects.create(user=user, work=copy.title.work, stars=5, text="Bello", signed="Zenobia Q.", written_at=now)
    PurchaseWish.objects.create(user=user, title="Un libro", details="Grazie, Zenobia", asked_at=now)
    SavedSearch.objects.create(user=user, name="Zenobia cerca", query="q=x", created_at=now)
    FavouritePoint.objects.create(user=user, place=story.network.north)
    take_feedback(topic="fault", text="Sono Zenobia", email=ADDRESS.upper())
    ask_to_start(
        request_key="k",
        name="Zenobia Quarenghi",
        email=ADDRESS,
        phone=PHONE,
        address="via Quarenghi 1",
        municipio=4,
        text="Vorrei",
        user=user,
    )
    book_places(make_initiative(places=4).dates.get(), ADDRESS, is_confirmed=True)
    kiosk = make_kiosk(buffer_minutes=10)
    book_slot(kiosk, at_kiosk(10, day=17), PHONE, is_confirmed=True)
    book_slot(kiosk, at_kiosk(11), ADDRESS, is_confirmed=True)
    ask_export(user, reader, language="it")
    LogEntry.objects.create(
        user=staff,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(user.pk),
        object_repr=str(user),
        action_flag=CHANGE,
        change_message="",
        action_time=now,
    )
    Request.objects.create(client=f"user:{user.pk}", key="x", verb="renew", payload_hash="y", created_at=now)
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["account_authentication_methods"] = [{"method": "password", "email": ADDRESS}]
    session.save()
    dispatch()
    dispatch()
    deliver()
    return reader, cards


# --- What is left


def test_erase_leaves_no_name_address_card_or_telephone_in_any_row_of_any_table(story):
    reader, cards = somebody_with_everything(story)
    words = ["zenobia", "quarenghi", ADDRESS, PHONE, TAX_CODE.lower(), *(card.lower() for card in cards)]
    before = "".join(everything().values())
    assert all(word in before for word in words if word != TAX_CODE.lower())
    erasure = asked(reader)
    user_id = reader.user_id
    mail.outbox.clear()

    assert passes(story, erasure) == 1
    dispatch()
    deliver()
    forget_last_addresses()

    left = {f"{word} in {table}" for table, rows in everything().items() for word in words if word in rows}
    assert left == set()
    assert not Reader.objects.filter(pk=reader.pk).exists()
    assert not User.objects.filter(pk=user_id).exists()
    assert [(letter.to, letter.subject) for letter in mail.outbox] == [([ADDRESS], "Your data have been erased")]


def test_erase_leaves_no_row_that_points_at_the_person(story):
    reader, _cards = somebody_with_everything(story)
    user_id, reader_id = reader.user_id, reader.pk

    passes(story, asked(reader))

    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.get_fields():
            if field.is_relation and field.concrete and field.related_model in (Reader, User):
                gone = reader_id if field.related_model is Reader else user_id
                assert not model._base_manager.filter(**{f"{field.name}_id": gone}).exists(), f"{model} {field.name}"
    about = [event.payload for event in Event.objects.exclude(handled_at=None)]
    assert not [one for one in about if one.get("reader_id") == reader_id or one.get("user_id") == user_id]
    assert not Message.objects.filter(status=MessageStatus.WAITING).exclude(kind="account_erased").exists()
    assert not Feedback.objects.exists()


def test_erase_forgets_that_an_address_of_theirs_does_not_work_whichever_it_is(story):
    reader = signs_in(phone=PHONE)
    set_tax_code(reader, TAX_CODE)
    reader.save()
    theirs = [(Channel.EMAIL, reader.user.email), (Channel.SMS, PHONE), (Channel.IO, TAX_CODE)]
    for channel, address in theirs:
        mark_address(channel, address, AddressMark.Why.BOUNCED)
    other = mark_address(Channel.IO, "RSSMRA80A01F205X", AddressMark.Why.BOUNCED)

    passes(story, asked(reader))

    assert list(AddressMark.objects.all()) == [other]


def test_erase_keeps_what_is_counted_by_age_band_category_and_municipio(story):
    reader, _cards = somebody_with_everything(story)
    loan = Loan.objects.get(reader=reader)
    counted = (loan.reader_category, loan.age_band, loan.municipio)
    assert loan.municipio == 4

    passes(story, asked(reader))

    loan.refresh_from_db()
    assert (loan.reader_category, loan.age_band, loan.municipio) == counted
    assert (loan.reader, loan.status) == (None, LoanStatus.CLOSED)


def test_erase_cancels_reservations_by_their_verb_and_the_next_reader_gets_the_copy(story):
    reader = signs_in()
    title = story.copies(1)[0].title
    first, second = story.hold(title, reader=reader), story.hold(title)

    passes(story, asked(reader))

    assert fresh(first).status == HoldStatus.CANCELLED
    assert story.copy_of(fresh(second)) is not None


def test_erase_cancels_what_has_become_ready_meanwhile(story):
    reader = signs_in()
    copy = story.copies(1)[0]
    story.lent(copy)
    hold = story.hold(copy.title, reader=reader)
    erasure = asked(reader)
    story.later(days=7)
    story.given_back(copy)

    passes(story, erasure)

    assert fresh(hold).status == HoldStatus.CANCELLED
    assert erasure.done_at is not None


# --- The letters


def test_ask_erasure_writes_at_once_how_to_take_it_back_and_the_letter_cannot_be_switched_off(story):
    reader = signs_in()
    choose(reader, Wishes(channels=[]))

    erasure = asked(reader)
    dispatch()
    deliver()

    [letter] = mail.outbox
    assert letter.to == [reader.user.email]
    assert token_of(erasure) in letter.body


def test_last_letter_waits_for_a_mail_server_and_its_address_with_it(story):
    reader = signs_in()
    erasure = asked(reader)
    passes(story, erasure)
    assert forget_last_addresses() == 0
    dispatch()
    assert forget_last_addresses() == 0
    deliver()

    assert forget_last_addresses() == 1
    assert fresh(erasure).address_sealed is None
    assert Message.objects.get(kind="account_erased").user is None


def test_last_letter_that_comes_back_leaves_no_mark_of_its_address(story):
    reader = signs_in()
    passes(story, asked(reader))
    dispatch()

    mark_and_ask(Message.objects.get(kind="account_erased"), reader.user.email, AddressMark.Why.BOUNCED)

    assert not AddressMark.objects.exists()


def test_erase_of_a_child_writes_to_the_parent_who_asked(story):
    child = ReaderFactory(born_on=clock.years_from(clock.today(), -9))
    parent = signs_in().user
    GuardianshipFactory(guardian=parent, child=child)
    erasure = ask_erasure(Person.of_card(child), actor=parent, language="it")
    dispatch()
    deliver()
    mail.outbox.clear()

    passes(story, erasure)
    dispatch()
    deliver()

    assert [letter.to for letter in mail.outbox] == [[parent.email]]
    assert erasure.address_sealed is None
    assert User.objects.filter(pk=parent.pk).exists()
    assert not Guardianship.objects.exists()


# --- Who may, and what hinders


def test_ask_erasure_twice_is_one(story):
    reader = signs_in()

    assert asked(reader) == asked(reader)


def test_ask_erasure_is_refused_for_what_is_on_loan_or_ready_or_looked_after_alone(story):
    reader = signs_in()
    copy = story.copies(1)[0]
    story.lent(copy, reader=reader)
    story.ready(story.copies(1)[0].title, reader=reader)
    child = ReaderFactory(born_on=clock.years_from(clock.today(), -15))
    GuardianshipFactory(guardian=reader.user, child=child)

    with pytest.raises(ErasureHindered) as hindered:
        asked(reader)

    assert str(hindered.value).count("1 ") == 3
    story.given_back(copy)
    cancel_hold(Hold.objects.get(reader=reader), actor=None)
    with pytest.raises(ErasureHindered):
        asked(reader)
    GuardianshipFactory(guardian=UserFactory(), child=child)
    assert asked(reader).done_at is None


def test_erase_waits_while_something_was_lent_meanwhile(story):
    reader = signs_in()
    erasure = asked(reader)
    waiting = story.hold(story.copies(1)[0].title, reader=reader)
    copy = story.copies(1)[0]
    story.lent(copy, reader=reader)

    assert passes(story, erasure) == 0
    assert erasure.done_at is None
    assert fresh(waiting).status != HoldStatus.CANCELLED
    story.given_back(copy)

    assert erase_due() == 1


def test_ask_erasure_is_for_oneself_for_a_young_child_and_for_managers(story):
    reader = signs_in()
    teenager = ReaderFactory(born_on=clock.years_from(clock.today(), -15))
    GuardianshipFactory(guardian=reader.user, child=teenager, shows_titles=True)

    for actor in (UserFactory(), LibrarianFactory()):
        with pytest.raises(DataOfSomebodyElse):
            asked(reader, actor=actor)
    with pytest.raises(DataOfSomebodyElse):
        asked(teenager, actor=reader.user)
    manager = ManagerFactory()
    erasure = asked(teenager, actor=manager, place_code="south")

    assert erasure.is_on_paper
    act = Act.objects.get(verb="ask_erasure")
    assert (act.staff, act.subject, act.place_code) == (manager, f"erasure:{erasure.pk}", "south")


def test_ask_erasure_is_refused_for_who_works_here(story):
    colleague = LibrarianFactory()
    reader = ReaderFactory(user=colleague)

    with pytest.raises(SignInOfColleague):
        asked(reader)


def test_ask_erasure_is_refused_for_who_worked_here_because_the_record_of_their_acts_names_the_sign_in(story):
    colleague = LibrarianFactory()
    reader = ReaderFactory(user=colleague)
    note_act("renew_loan", "loan:1", actor=colleague)
    User.objects.filter(pk=colleague.pk).update(is_staff=False)
    reader.refresh_from_db()

    with pytest.raises(SignInOfColleague):
        asked(reader)


# --- Thinking better of it


def test_ask_erasure_of_a_sign_in_without_a_card_is_for_its_owner(story):
    with pytest.raises(DataOfSomebodyElse):
        ask_erasure(Person(UserFactory(), None), actor=UserFactory(), language="en")


def test_ask_erasure_by_a_manager_for_a_child_of_their_own_is_not_on_paper(story):
    manager = ManagerFactory()
    child = ReaderFactory(born_on=clock.today() - dt.timedelta(days=8 * 365))
    GuardianshipFactory(guardian=manager, child=child)

    erasure = ask_erasure(Person.of_card(child), actor=manager, language="en")

    assert (erasure.is_on_paper, erasure.told) == (False, manager)


def test_erase_leaves_who_has_begun_to_work_here_meanwhile(story):
    reader = signs_in()
    erasure = asked(reader)
    User.objects.filter(pk=reader.user_id).update(is_staff=True)

    assert passes(story, erasure) == 0
    assert (erasure.done_at, User.objects.filter(pk=reader.user_id).exists()) == (None, True)


def test_cancel_erasure_keeps_everything_and_erases_nobody_on_the_day(story):
    reader = signs_in()
    erasure = asked(reader)

    cancel_erasure(cancel_erasure(erasure, actor=None), actor=None)

    assert passes(story, erasure) == 0
    assert Reader.objects.filter(pk=reader.pk).exists()
    assert erasure_of(Person.of_card(reader)) is None
    assert asked(reader) != erasure


def test_cancel_erasure_comes_too_late_once_it_is_done(story):
    erasure = asked(signs_in())
    passes(story, erasure)

    with pytest.raises(ErasureDone):
        cancel_erasure(erasure, actor=None)


def test_erasure_at_is_known_by_a_signed_address_only(story):
    erasure = asked(signs_in())

    assert erasure_at(token_of(erasure)) == erasure
    assert erasure_at(str(erasure.pk)) is None
    assert erasure_at(f"{erasure.pk}~AAAA") is None


# --- By the constraints, half-way, and at once


def test_erasure_is_one_and_names_nobody_once_done_by_constraint(story):
    reader = signs_in()
    erasure = asked(reader)
    now = clock.now()

    with pytest.raises(IntegrityError, match="erasure_one_open_per_card"), transaction.atomic():
        Erasure.objects.create(reader=reader, asked_at=now, due_at=now)
    with pytest.raises(IntegrityError, match="erasure_done_names_nobody"), transaction.atomic():
        Erasure.objects.filter(pk=erasure.pk).update(done_at=now)
    with pytest.raises(IntegrityError, match="erasure_keeps_an_address_once_done"), transaction.atomic():
        Erasure.objects.filter(pk=erasure.pk).update(address_sealed=b"x")


def test_erase_killed_half_way_goes_on_where_it_was(story):
    """The reservations were cancelled, each by itself; then the worker died before the rest was written."""
    reader = signs_in()
    hold = story.hold(story.copies(1)[0].title, reader=reader)
    erasure = asked(reader)
    story.later(days=8)
    with transaction.atomic():
        erase(erasure)
        transaction.set_rollback(True)
    cancel_hold(hold, actor=None)

    erase(erasure)
    erase(erasure)

    assert fresh(erasure).done_at is not None
    assert Event.objects.filter(kind="accounts.account_erased").count() == 1


def test_erase_while_something_is_lent_in_another_tab_does_one_or_the_other(story, rivals):
    reader = signs_in()
    erasure = asked(reader)
    copy = story.copies(1)[0]
    story.later(days=8)
    lent = []

    def lend():
        with suppress(DomainError):
            lent.append(check_out(copy, reader, story.network.north, actor=None))

    rivals(lend, erase_due)

    erasure.refresh_from_db()
    assert bool(lent) == (erasure.done_at is None)
    assert Reader.objects.filter(pk=reader.pk).exists() == bool(lent)


def test_ask_erasure_of_a_sign_in_without_a_card_erases_the_card_that_it_got_meanwhile(story):
    user = UserFactory()
    erasure = ask_erasure(Person(user, None), actor=user, language="en")
    reader = enrol(given_name="Ada", user=user)

    passes(story, erasure)

    assert not User.objects.filter(pk=user.pk).exists()
    assert not Reader.objects.filter(pk=reader.pk).exists()


def test_ask_erasure_again_with_the_card_that_a_sign_in_got_meanwhile_is_one(story):
    user = UserFactory()
    erasure = ask_erasure(Person(user, None), actor=user, language="en")
    reader = enrol(given_name="Ada", user=user)

    assert erasure_of(Person.of_card(reader)) == erasure
    assert ask_erasure(Person.of_card(reader), actor=user, language="en") == erasure


def test_ask_erasure_of_a_sign_in_without_a_card_in_two_tabs_at_once_is_one(story, rivals):
    user = UserFactory()
    got = []

    def ask():
        got.append(ask_erasure(Person(user, None), actor=user, language="en"))

    rivals(ask, ask)

    assert got[0] == got[1] == Erasure.objects.get()


def test_what_the_log_of_the_administration_says_of_others_stays(story):
    reader = signs_in(given_name="Li", family_name="Wu")
    User.objects.filter(pk=reader.user_id).update(name="Li")
    reader.refresh_from_db()
    of_them, of_another = (
        LogEntry.objects.create(
            user=LibrarianFactory(),
            content_type=ContentType.objects.get_for_model(User),
            object_id="1",
            object_repr=said,
            action_flag=CHANGE,
            change_message="",
            action_time=clock.now(),
        )
        for said in ("li (li@example.org)", "Biblioteca Calvairate")
    )

    passes(story, asked(reader))

    assert (fresh(of_them).object_repr, fresh(of_another).object_repr) == ("", "Biblioteca Calvairate")


def test_searches_by_other_names_stay(story):
    reader = signs_in(given_name="Ada", family_name="Neri")
    staff = LibrarianFactory()
    for name in ("neri ad", "bianchi"):
        find_readers(name, actor=staff)

    passes(story, asked(reader))

    assert sorted(ReaderSearch.objects.values_list("name", flat=True)) == ["", "bianchi"]
