"""Two cards of one person become one: all that hangs on the one that goes is found on the one that is kept."""

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.auth import authenticate
from django.db import IntegrityError
from django.db.models import CASCADE

from accounts.desk_notes import write_desk_note
from accounts.errors import (
    CardIsClosed,
    CardJoined,
    DifferentPeople,
    GuardianAndChild,
    PinWrong,
    ReaderMerged,
    SameReader,
    SignInOfStaff,
)
from accounts.finding import reader_at_desk
from accounts.merging import merge_readers, preview_merge
from accounts.models import Act, Consent, DocumentKind, Guardianship, Reader, ReaderStatus, User
from accounts.movers import relations_named
from accounts.services import check_pin, enrol, note_view
from branches.models import FavouritePoint
from catalog.models import PurchaseWish, ReadingList, Review, SavedSearch
from milanolib import clock
from notifications.models import Message
from notifications.services import write
from tests.factories import (
    BranchFactory,
    GuardianshipFactory,
    LibrarianFactory,
    ReaderFactory,
    TitleFactory,
    UserFactory,
)
from tests.factories.people import PASSWORD
from tests.story import fresh

TAX_CODE, ANOTHER_CODE = "RSSMRA80A01F205X", "VRDGPP80A01F205C"


@pytest.fixture
def two(monday, db):
    """The card that is kept, and the one that goes."""
    return ReaderFactory(), ReaderFactory()


# --- Nothing is forgotten


def belongs_to_a_person(field):
    """Whether a column points at a reader, or its row goes with a user."""
    if field.auto_created or not field.is_relation or not getattr(field, "remote_field", None):
        return False
    goes_with_it = getattr(field.remote_field, "on_delete", None) is CASCADE
    return field.related_model is Reader or (field.related_model is User and goes_with_it)


def test_every_table_that_points_at_a_reader_is_named_by_a_mover():
    """Is there a new one? Name it in a mover (accounts/movers.py): does it move, and what if both have one?"""
    there = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if belongs_to_a_person(field)
    }

    assert there == relations_named()


# --- What becomes of the two


def test_merge_readers_closes_the_other_and_its_card_leads_to_the_kept_one(two):
    keep, other = two

    merge_readers(keep, other, actor=LibrarianFactory(), place_code="sormani")

    assert (fresh(other).status, fresh(other).merged_into) == (ReaderStatus.CLOSED, keep)
    with pytest.raises(CardJoined, match=keep.card_number):
        reader_at_desk(other.card_number)
    act = Act.objects.get()
    assert (act.subject, act.reason, act.place_code) == (f"reader:{keep.pk}", f"reader:{other.pk}", "sormani")


def test_merge_readers_again_changes_nothing(two):
    keep, other = two
    merge_readers(keep, other, actor=LibrarianFactory())

    again = merge_readers(fresh(keep), fresh(other), actor=LibrarianFactory())

    assert (again.reader, again.moved) == (keep, [])
    assert Act.objects.count() == 1


def test_merge_readers_follows_those_who_were_merged_before(two):
    keep, other = two
    first = ReaderFactory()
    merge_readers(other, first, actor=None)

    merge_readers(keep, fresh(other), actor=None)

    assert fresh(first).merged_into == keep
    for card in (first.card_number, other.card_number):
        with pytest.raises(CardJoined, match=keep.card_number):
            reader_at_desk(card)


def test_merge_readers_keeps_the_better_of_what_is_known(monday, db):
    keep = enrol(given_name="Ada", family_name="Negri")
    other = enrol(given_name="Ada", born_on=dt.date(1990, 1, 1), municipio=4, tax_code=TAX_CODE)
    Reader.objects.filter(pk=other.pk).update(
        phone="02 1",
        status=ReaderStatus.VERIFIED,
        verified_at=clock.now(),
        verified_by="document",
        document_kind=DocumentKind.PASSPORT,
        document_country="PER",
        card_expires_on=dt.date(2033, 1, 1),
        registered_at=clock.now() - dt.timedelta(days=900),
        keeps_history=True,
    )
    merge_readers(keep, fresh(other), actor=None)

    kept = fresh(keep)
    assert (kept.full_name, kept.born_on, kept.municipio, kept.phone) == ("Ada Negri", dt.date(1990, 1, 1), 4, "02 1")
    assert (kept.status, kept.document_country, kept.keeps_history) == (ReaderStatus.VERIFIED, "PER", True)
    assert (kept.card_expires_on, kept.registered_at) == (dt.date(2033, 1, 1), clock.now() - dt.timedelta(days=900))
    assert kept.tax_code_hash
    gone = fresh(other)
    assert (gone.tax_code_hash, gone.phone, gone.keeps_history, gone.pin_hash) == (None, "", False, "")


def test_merge_readers_prefers_the_data_of_the_kept_card(two):
    keep, other = two
    Reader.objects.filter(pk=keep.pk).update(phone="02 1", municipio=1)
    Reader.objects.filter(pk=other.pk).update(phone="02 2", municipio=2, born_on=dt.date(1999, 1, 1))

    merge_readers(fresh(keep), fresh(other), actor=None)

    assert (fresh(keep).phone, fresh(keep).municipio, fresh(keep).born_on) == ("02 1", 1, keep.born_on)


# --- Sign-ins


def test_merge_readers_moves_the_only_sign_in_and_its_pin(two):
    keep, other = two
    other.user = UserFactory()
    other.set_pin("2468")
    other.save()

    merge_readers(keep, other, actor=None)

    assert authenticate(None, card=keep.card_number, password=PASSWORD) == other_user(keep)
    assert authenticate(None, card=other.card_number, password=PASSWORD) is None
    assert check_pin(keep.card_number, "2468") == keep
    with pytest.raises(PinWrong):
        check_pin(other.card_number, "2468")


def other_user(reader):
    return fresh(reader).user


def test_merge_readers_closes_the_second_sign_in_and_frees_its_address(two):
    keep, other = two
    keep.user, other.user = UserFactory(email="kept@example.org"), UserFactory(email="gone@example.org")
    keep.save()
    other.save()
    EmailAddress.objects.create(user=other.user, email="gone@example.org", verified=True, primary=True)

    merge_readers(keep, other, actor=None)

    assert authenticate(None, card=keep.card_number, password=PASSWORD) == keep.user
    gone = User.objects.exclude(pk=keep.user_id).get()
    assert (gone.is_active, gone.email, gone.has_usable_password()) == (False, None, False)
    assert not EmailAddress.objects.exists()
    assert fresh(keep).user.email == "kept@example.org"


# --- What moves


def test_merge_readers_moves_what_hangs_on_the_card(two):
    keep, other = two
    librarian = LibrarianFactory()
    guardianship = GuardianshipFactory(child=other)
    write_desk_note(other, "Reads lips", actor=librarian)
    Consent.objects.create(reader=other, kind="history", wording="1", given_at=clock.now())
    note_view(librarian, other, "desk")
    write("hold_ready", key="k", reader=other, params={})

    merge_readers(keep, other, actor=None)

    assert fresh(guardianship).child == keep
    assert [one.get().reader for one in (keep.desk_notes, keep.consents, keep.views_by_staff)] == [keep] * 3
    assert Message.objects.get().reader == keep


def test_merge_readers_leaves_one_open_where_both_had_one(two):
    keep, other = two
    guardian = UserFactory()
    early = clock.now() - dt.timedelta(days=9)
    GuardianshipFactory(child=keep, guardian=guardian)
    GuardianshipFactory(child=other, guardian=guardian, since=early)
    for reader, day in ((keep, clock.now()), (other, early)):
        Consent.objects.create(reader=reader, kind="history", wording="1", given_at=day)
        write_desk_note(reader, "Reads lips", actor=LibrarianFactory())

    merge_readers(keep, other, actor=None)

    assert Guardianship.objects.get(ended_at=None).since == early
    assert Consent.objects.get(withdrawn_at=None).given_at == early
    assert keep.consents.count() == keep.guardianships.count() == 2
    assert keep.desk_notes.count() == 1


def test_merge_readers_moves_what_was_kept_with_the_second_sign_in(two):
    keep, other = two
    keep.user, other.user = UserFactory(), UserFactory()
    keep.save()
    other.save()
    work, place = TitleFactory().work, BranchFactory()
    now = clock.now()
    for user, stars, at in ((keep.user, 1, now - dt.timedelta(days=2)), (other.user, 5, now)):
        ReadingList.objects.create(owner=user, name="Estate", created_at=now, changed_at=now)
        Review.objects.create(user=user, work=work, stars=stars, written_at=at)
        SavedSearch.objects.create(user=user, name="x", query="q=x", created_at=now)
        FavouritePoint.objects.create(user=user, place=place)
    PurchaseWish.objects.create(user=other.user, title="x", asked_at=now)
    FavouritePoint.objects.create(user=other.user, place=BranchFactory())
    GuardianshipFactory(guardian=other.user)
    doubled = GuardianshipFactory(guardian=keep.user).child
    GuardianshipFactory(guardian=other.user, child=doubled)
    write("reset_password", key="k", user=other.user, params={})
    kept = keep.user

    told = {one.what: one.number for one in preview_merge(keep, other)}
    merge_readers(keep, other, actor=None)

    assert set(ReadingList.objects.values_list("owner", "name")) == {(kept.pk, "Estate"), (kept.pk, "Estate (2)")}
    assert Review.objects.get().stars == 5
    assert [SavedSearch.objects.get().user, PurchaseWish.objects.get().user, Message.objects.get().user] == [kept] * 3
    assert FavouritePoint.objects.filter(user=kept).count() == FavouritePoint.objects.count() == 2
    assert Guardianship.objects.filter(guardian=kept, ended_at=None).count() == 2
    assert set(told.values()) == {1, 2}


def test_preview_merge_changes_nothing_and_leaves_out_what_is_not_there(two):
    keep, other = two
    write_desk_note(other, "Reads lips", actor=LibrarianFactory())

    told = preview_merge(keep, other)

    assert [one.number for one in told] == [1]
    assert fresh(other).status == ReaderStatus.VERIFIED
    assert other.desk_notes.count() == 1


# --- Refusals


def test_merge_readers_refuses_what_are_not_two_cards_of_one_person(two):
    keep, other = two
    with pytest.raises(SameReader):
        merge_readers(keep, fresh(keep), actor=None)

    third = ReaderFactory()
    merge_readers(keep, other, actor=None)
    for kept, gone in ((fresh(other), third), (third, fresh(other))):
        with pytest.raises(ReaderMerged):
            merge_readers(kept, gone, actor=None)


def test_merge_readers_refuses_to_keep_a_closed_card(two):
    keep, other = two
    Reader.objects.filter(pk=keep.pk).update(status=ReaderStatus.CLOSED)

    with pytest.raises(CardIsClosed):
        merge_readers(keep, other, actor=None)
    merge_readers(fresh(other), fresh(keep), actor=None)

    assert fresh(other).status == ReaderStatus.VERIFIED


def test_merge_readers_refuses_two_codici_fiscali(db):
    keep, other = enrol(given_name="Ada", tax_code=TAX_CODE), enrol(given_name="Ada", tax_code=ANOTHER_CODE)

    with pytest.raises(DifferentPeople):
        merge_readers(keep, other, actor=None)


def test_merge_readers_refuses_a_parent_and_a_child(two):
    child = GuardianshipFactory(guardian=ReaderFactory(signs_in=True).user).child
    parent = Reader.objects.get(user__guardianships__child=child)

    for kept, gone in ((child, parent), (parent, child)):
        with pytest.raises(GuardianAndChild):
            merge_readers(kept, gone, actor=None)


def test_merge_readers_refuses_to_close_a_colleagues_sign_in(two):
    keep, other = two
    keep.user, other.user = UserFactory(), LibrarianFactory()
    keep.save()
    other.save()

    with pytest.raises(SignInOfStaff):
        merge_readers(keep, other, actor=None)
    merge_readers(other, keep, actor=None)

    assert authenticate(None, card=other.card_number, password=PASSWORD).is_staff


# --- The constraints themselves


@pytest.mark.parametrize(
    "fields",
    [
        {"status": ReaderStatus.VERIFIED},
        {"status": ReaderStatus.CLOSED, "pin_hash": "x"},
        {"status": ReaderStatus.CLOSED, "signs_in": True},
        {"status": ReaderStatus.CLOSED, "tax_code_hash": "0" * 64, "tax_code_encrypted": b"x"},
    ],
)
def test_a_merged_reader_is_closed_and_signs_in_nowhere(db, fields):
    with pytest.raises(IntegrityError, match="reader_merged_is_closed_and_signs_in_nowhere"):
        ReaderFactory(merged_into=ReaderFactory(), **fields)


def test_a_reader_is_not_merged_into_itself(db):
    reader = ReaderFactory(status=ReaderStatus.CLOSED)

    with pytest.raises(IntegrityError, match="reader_merged_into_another"):
        Reader.objects.filter(pk=reader.pk).update(merged_into=reader)


@pytest.mark.django_db(transaction=True)
def test_merge_readers_at_two_desks_both_ways_is_done_once(rivals):
    one, other = ReaderFactory(), ReaderFactory()

    outcomes = rivals(
        lambda: merge_readers(fresh(one), fresh(other), actor=None),
        lambda: merge_readers(fresh(other), fresh(one), actor=None),
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Merge", "ReaderMerged"]
    assert Reader.objects.exclude(merged_into=None).count() == 1
