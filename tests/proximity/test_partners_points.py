"""The librarian's view of partners: contracts, how full points are, what they did in a month."""

import datetime as dt
import re

import pypdfium2
import pytest
import zxingcpp
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Reader, User
from accounts.roles import MANAGER
from branches.devices import activate_device, issue_token
from branches.models import Device, Place
from catalog.models import Title
from milanolib import clock
from notifications import kinds
from notifications.delivery import deliver
from notifications.models import Message, MessageStatus
from outbox.events import dispatch
from proximity.models import Contract
from proximity.points import points
from proximity.policy import RENEW_WITHIN, ends_soon, is_silent, load_of
from proximity.renewals import tell_of_endings
from proximity.tally import figures_of, tally_of
from tests.factories import CondominiumFactory, LibrarianFactory, ManagerFactory, UserFactory

MARCH = dt.date(2026, 3, 1)


def signed_in(user):
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(user, backend="accounts.backends.CardBackend")
    return client


@pytest.fixture
def librarian(network):
    return signed_in(LibrarianFactory(desk=network.south))


def contract(place, starts_on, ends_on=None, **fields):
    return Contract.objects.create(
        place=place,
        partner="Edicola Rossi",
        starts_on=dt.date(*starts_on),
        ends_on=ends_on and dt.date(*ends_on),
        **fields,
    )


def pages(place):
    code, month = place.code, "2026-03"
    return [
        reverse("admin:partners_points"),
        reverse("admin:partners_months", args=[code]),
        reverse("admin:partners_month_table", args=[code, month]),
        reverse("admin:partners_month_pdf", args=[code, month]),
    ]


# --- Contracts


def test_point_has_one_contract_at_a_time(network):
    contract(network.newsstand, (2026, 1, 1), (2026, 6, 30))
    contract(network.newsstand, (2026, 7, 1))
    contract(network.small_newsstand, (2026, 1, 1))

    for starts, ends in (((2026, 6, 30), (2026, 6, 30)), ((2027, 1, 1), None), ((2025, 1, 1), (2026, 1, 1))):
        with pytest.raises(IntegrityError, match="contract_one_at_a_time_per_place"), transaction.atomic():
            contract(network.newsstand, starts, ends)


def test_contract_ends_after_it_begins_and_agrees_on_something(network):
    with pytest.raises(IntegrityError, match="contract_ends_after_it_begins"), transaction.atomic():
        contract(network.newsstand, (2026, 2, 1), (2026, 1, 31))
    with pytest.raises(IntegrityError, match="contract_agrees_on_a_parcel_at_least"), transaction.atomic():
        contract(network.newsstand, (2026, 2, 1), parcels_a_day=0)


def test_manager_writes_a_contract_and_a_clash_loses_nothing(network):
    manager = signed_in(ManagerFactory(desk=network.south))
    address = reverse("admin:proximity_contract_add")
    sent = {"place": network.newsstand.pk, "partner": "Edicola Rossi", "starts_on": "2026-01-01", "ends_on": ""}

    assert manager.post(address, sent).status_code == 302
    clash = manager.post(address, {**sent, "terms": "one euro each"})

    assert clash.status_code == 200
    assert "This point has another contract on some of these days" in clash.content.decode()
    assert "one euro each" in clash.content.decode()
    row = Contract.objects.get()
    assert manager.get(reverse("admin:proximity_contract_history", args=[row.pk])).status_code == 200
    assert manager.get(reverse("admin:proximity_contract_delete", args=[row.pk])).status_code == 403


def test_librarian_reads_contracts_and_writes_none(librarian):
    assert librarian.get(reverse("admin:proximity_contract_changelist")).status_code == 200
    assert librarian.get(reverse("admin:proximity_contract_add")).status_code == 403


# --- How full, how quiet


@pytest.mark.parametrize(
    ("capacity", "free", "load"),
    [
        (8, 0, "full"),
        (8, -1, "full"),
        (8, 1, ""),
        (8, 5, ""),
        (8, 6, "quiet"),
        (8, 8, "quiet"),
        (0, 0, ""),
        (None, None, ""),
    ],
)
def test_load_of_a_point(capacity, free, load):
    assert load_of(capacity, free) == load


def test_contract_ends_soon_and_device_is_silent():
    today, now = MARCH, dt.datetime(2026, 3, 1, tzinfo=dt.UTC)

    assert ends_soon(today + dt.timedelta(days=60), today)
    assert not ends_soon(today + dt.timedelta(days=61), today)
    assert not ends_soon(None, today)
    assert is_silent(None, now)
    assert is_silent(now - dt.timedelta(days=8), now)
    assert not is_silent(now - dt.timedelta(days=6), now)


def test_points_count_what_is_here_coming_and_free(story):
    title = story.copies(4)[0].title
    story.packed(title)
    story.at_the_point(title)
    agreed = contract(
        story.network.newsstand, (2026, 1, 1), tuple((clock.today() + dt.timedelta(days=9)).timetuple()[:3])
    )
    issue_token(story.network.newsstand, name="till", actor=None)
    point = next(one for one in points() if one.place == story.network.newsstand)

    assert (point.capacity, point.here, point.coming, point.free, point.lately) == (2, 1, 1, 0, 1)
    assert (point.load, point.contract, point.ends_soon) == ("full", agreed, True)
    assert [device.name for device in point.silent] == ["till"]


def test_points_of_newsstands_come_first(network, manager):
    CondominiumFactory(name="A building", parent=network.south)
    assert [point.place.kind for point in points()] == ["newsstand", "newsstand", "condominium"]
    form = manager.get(reverse("admin:proximity_contract_add")).context["adminform"].form
    assert [place.kind for place in form.fields["place"].queryset] == ["newsstand", "newsstand", "condominium"]


def test_map_draws_the_points_that_take_parcels(network):
    CondominiumFactory(parent=network.south, accepts_pickup=False, accepts_returns=False)
    Place.objects.filter(kind__in=["newsstand", "condominium"]).update(latitude=45.465, longitude=9.19)
    assert [point.place.kind for point in points() if point.is_drawn] == ["newsstand", "newsstand"]


def test_points_take_the_same_number_of_statements_for_more(story, django_assert_num_queries):
    title = story.copies(4)[0].title
    with django_assert_num_queries(7):
        points()
    story.packed(title)
    story.at_the_point(title)
    contract(story.network.newsstand, (2026, 1, 1))
    contract(story.network.small_newsstand, (2026, 1, 1))
    with django_assert_num_queries(7):
        points()


def test_pages_of_partners_open_for_a_librarian_and_for_nobody_else(network, librarian):
    contract(network.newsstand, (2026, 1, 1))
    clerk = signed_in(UserFactory(is_staff=True))
    for address in pages(network.newsstand):
        assert librarian.get(address).status_code == 200, address
        assert clerk.get(address).status_code == 403, address
        assert Client().get(address).status_code == 302, address


def test_contracts_are_opened_and_begun_from_the_table_by_a_manager(network, librarian, manager):
    held, page = contract(network.newsstand, (2026, 1, 1)), reverse("admin:partners_points")
    opened = reverse("admin:proximity_contract_change", args=[held.pk])
    begun = f"{reverse('admin:proximity_contract_add')}?place={network.small_newsstand.pk}"

    text = manager.get(page).content.decode()

    assert opened in text
    assert begun in text
    assert str(network.small_newsstand.pk) == manager.get(begun).context["adminform"].form["place"].value()
    text = librarian.get(page).content.decode()
    assert opened not in text
    assert begun not in text


def test_full_and_quiet_are_said_in_words(story, librarian):
    title = story.copies(4)[0].title
    story.at_the_point(title, pickup=story.network.small_newsstand)
    page = librarian.get(reverse("admin:partners_points")).content.decode()
    named = {code: page.partition(f'/{code}/">')[2].partition("</th>")[0] for code in ("newsstand", "small-newsstand")}

    assert "full" in named["small-newsstand"]
    assert "quiet" in named["newsstand"]


# --- The month


def test_tally_counts_on_the_day_of_the_act_whenever_it_is_told(story):
    _hold, copy, parcel = story.packed(story.copies(1)[0].title)
    morning = clock.now()
    story.later(days=1)
    sent = clock.now()
    story.receive(parcel, at=morning, sent_at=sent)
    story.hand_over(parcel)
    story.take_back(copy)
    tally = tally_of(story.network.newsstand, clock.local(morning).date())
    days = {row.day: row.figures() for row in tally.days}

    assert days[clock.local(morning).date()]["received"] == 1
    assert days[clock.local(sent).date()] == {
        "received": 0,
        "handed_out": 1,
        "returned": 1,
        "expired": 0,
        "exceptions": 0,
    }
    assert tally.total.figures() == {"received": 1, "handed_out": 1, "returned": 1, "expired": 0, "exceptions": 0}
    assert set(tally_of(story.network.small_newsstand, MARCH).total.figures().values()) == {0}


def test_tally_has_no_row_for_a_day_to_come(story):
    rows = tally_of(story.network.newsstand, clock.today()).days
    assert [row.day for row in rows] == [MARCH, clock.today()]
    assert len(tally_of(story.network.newsstand, dt.date(2026, 2, 1)).days) == 28
    assert tally_of(story.network.newsstand, dt.date(2026, 4, 1)).days == []


def test_month_as_table_and_as_sheet_names_no_reader_and_no_title(story, librarian):
    _hold, _copy, parcel = story.at_the_point(story.copies(1)[0].title)
    story.hand_over(parcel)
    month = f"{clock.today():%Y-%m}"
    Contract.objects.create(place=story.network.newsstand, partner="=Edicola", starts_on=dt.date(2026, 1, 1))
    table = librarian.get(reverse("admin:partners_month_table", args=["newsstand", month]))
    sheet = librarian.get(reverse("admin:partners_month_pdf", args=["newsstand", month]))
    drawn = pypdfium2.PdfDocument(sheet.content)
    text = "".join(page.get_textpage().get_text_range() for page in drawn)

    assert "Total;1;1;0;0;0" in table.content.decode()
    assert "=Edicola" in text
    secrets = {*Title.objects.values_list("title", flat=True), *Reader.objects.values_list("card_number", flat=True)}
    assert not {one for one in secrets if one in text or one in table.content.decode()}


@pytest.mark.parametrize("month", ["2026-13", "next", "1999-01"])
def test_month_that_is_none_is_not_found(network, librarian, month):
    assert librarian.get(reverse("admin:partners_months", args=["newsstand"]), {"mese": month}).status_code == 404
    assert librarian.get(reverse("admin:partners_month_table", args=["newsstand", month])).status_code == 404
    assert librarian.get(reverse("admin:partners_months", args=["north"])).status_code == 404


def test_the_phone_the_contract_and_the_pages_count_the_same(story):
    """A hand-out that was struck off is none anywhere; a return of what was not on loan is none either."""
    place = story.network.newsstand
    _hold, copy, parcel = story.at_the_point(story.copies(1)[0].title)
    story.hand_over(parcel)
    story.take_back(copy)
    story.take_back(copy)
    story.take_back(story.copies(1)[0])
    other = story.at_the_point(story.copies(1)[0].title)[2]
    story.hand_over(other)
    story.report(place, "wrong", other.tag)

    total, phone = tally_of(place, clock.today()).total, figures_of(place)["month"]

    assert phone == {"came": total.received, "handed_out": total.handed_out, "returned": total.returned}
    assert phone == {"came": 2, "handed_out": 1, "returned": 1}


# --- The map


def test_map_shows_each_point_with_its_free_places_and_leads_to_its_row(story, librarian):
    network = story.network
    Place.objects.filter(pk=network.newsstand.pk).update(latitude=45.46, longitude=9.19)
    Place.objects.filter(pk=network.small_newsstand.pk).update(latitude=None, longitude=None)
    story.at_the_point(story.copies(1)[0].title)

    page = " ".join(librarian.get(reverse("admin:partners_points")).content.decode().split())

    pin = page[page.index('href="#punto-newsstand"') :]
    assert f'aria-label="{network.newsstand}: 1 of 2 places free"' in pin[:200]
    assert 'id="punto-newsstand"' in page
    assert 'href="#punto-small-newsstand"' not in page, "nobody knows where it is: the table has it"
    assert 'id="punto-small-newsstand"' in page


# --- Codes on cards


@pytest.fixture
def manager(network):
    return signed_in(ManagerFactory(desk=network.south))


def card_of(answer):
    """Return the text of the one page of a card."""
    assert answer["Content-Type"] == "application/pdf"
    assert "no-store" in answer["Cache-Control"]
    [page] = pypdfium2.PdfDocument(answer.content)
    codes = [code.text for code in zxingcpp.read_barcodes(page.render(scale=4).to_pil())]
    return page.get_textpage().get_text_range(), codes


def code_on(text):
    return re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", text)[0]


def test_new_code_is_on_a_card_that_activates_one_phone(network, manager):
    text, codes = card_of(manager.post(reverse("admin:partners_new_code", args=["newsstand"])))

    assert network.newsstand.name in text
    assert codes == [f"{settings.BASE_URL}/partner/"], "the square holds the address and no code"
    device, _token = activate_device(code_on(text))
    assert device.place == network.newsstand


def test_new_code_takes_the_place_of_the_phone_that_is_named(story, manager):
    old = story.phone(story.network.newsstand)

    text, _codes = card_of(manager.post(reverse("admin:partners_new_code", args=["newsstand"]), {"device": old.pk}))

    old.refresh_from_db()
    assert old.revoked_at
    assert activate_device(code_on(text))[0].name == old.name


@pytest.mark.parametrize("number", ["0", "x", "9" * 40, "²"])
def test_new_code_for_a_device_that_is_not_there_makes_none(network, manager, number):
    assert manager.post(reverse("admin:partners_new_code", args=["newsstand"]), {"device": number}).status_code == 404
    assert not Device.objects.exists()


def test_devices_of_all_points_are_managers_to_revoke(story, manager, librarian):
    device = story.phone(story.network.newsstand)
    address = reverse("admin:partners_revoke", args=["newsstand", device.pk])

    assert librarian.post(address).status_code == 403
    assert librarian.post(reverse("admin:partners_new_code", args=["newsstand"])).status_code == 403
    assert address not in librarian.get(reverse("admin:partners_points")).content.decode()
    assert manager.post(reverse("admin:partners_revoke", args=["small-newsstand", device.pk])).status_code == 404
    assert address in manager.get(reverse("admin:partners_points")).content.decode()
    assert manager.post(address).status_code == 302
    device.refresh_from_db()
    assert device.revoked_at


# --- Contracts that end


def told():
    tell_of_endings()
    dispatch()
    return sorted(Message.objects.filter(kind="contract_ending").values_list("user__email", flat=True))


def test_who_keeps_contracts_is_told_once_before_one_ends(story, manager, librarian):
    keepers = sorted([User.objects.get(groups__name=MANAGER).email, ManagerFactory(desk=story.network.north).email])
    ends = clock.today() + RENEW_WITHIN + dt.timedelta(days=1)
    contract(story.network.newsstand, (2026, 1, 1), ends.timetuple()[:3])
    contract(story.network.small_newsstand, (2026, 1, 1))
    assert told() == []

    story.later(days=1)

    assert [told() for _day in range(2)] == [keepers] * 2
    story.later(days=30)
    assert told() == keepers


def test_who_looks_after_a_contract_is_told_before_it_ends_and_nobody_else(story, manager):
    """A librarian, who may read contracts but not write them."""
    owner = LibrarianFactory(desk=story.network.south)
    ends = (clock.today() + dt.timedelta(days=20)).timetuple()[:3]
    contract(story.network.newsstand, (2026, 1, 1), ends, owner=owner)

    assert told() == [owner.email]
    deliver()
    assert Message.objects.get(kind="contract_ending").status == MessageStatus.SENT


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_all_managers_are_told_where_the_owner_of_a_contract_has_left(story, manager, change):
    owner = LibrarianFactory(desk=story.network.south)
    User.objects.filter(pk=owner.pk).update(**change)
    owner.groups.clear()
    ends = (clock.today() + dt.timedelta(days=20)).timetuple()[:3]
    contract(story.network.newsstand, (2026, 1, 1), ends, owner=owner)

    assert told() == [User.objects.get(groups__name=MANAGER).email]


def test_owner_of_a_contract_who_gave_it_away_meanwhile_is_not_told(story, manager):
    first, second = (LibrarianFactory(desk=story.network.south) for _number in range(2))
    ends = (clock.today() + dt.timedelta(days=20)).timetuple()[:3]
    agreed = contract(story.network.newsstand, (2026, 1, 1), ends, owner=first)
    told()
    agreed.owner = second
    agreed.save()
    deliver()

    assert Message.objects.get(user=first).status == MessageStatus.MOOT


def test_nobody_is_told_of_a_contract_that_another_follows_or_of_a_point_that_closes(story, manager):
    ends = clock.today() + dt.timedelta(days=20)
    after = ends + dt.timedelta(days=1)
    for place in (story.network.newsstand, story.network.small_newsstand):
        contract(place, (2026, 1, 1), ends.timetuple()[:3])
    contract(story.network.newsstand, after.timetuple()[:3])
    Place.objects.filter(pk=story.network.small_newsstand.pk).update(closed_on=ends)

    assert told() == []


def test_message_of_a_contract_that_was_renewed_meanwhile_is_not_sent(story, manager):
    ends = clock.today() + dt.timedelta(days=20)
    contract(story.network.newsstand, (2026, 1, 1), ends.timetuple()[:3])
    assert len(told()) == 1
    message = Message.objects.get()
    assert ends_words(message, ends)
    contract(story.network.newsstand, (ends + dt.timedelta(days=1)).timetuple()[:3])

    deliver()

    message.refresh_from_db()
    assert message.status == MessageStatus.MOOT


def ends_words(message, day):
    """Whether the truth of the message names the contract that ends on a day."""
    return kinds.kind_of(message.kind).facts(message)["contract"].ends_on == day
