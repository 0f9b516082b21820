"""The pickup code of a reservation, and the receipt of what was dropped at a partner's, to the minute."""

import datetime as dt
import io

import pytest
import segno
import zxingcpp
from django.urls import reverse
from PIL import Image

from loans.holds import cancel_hold
from loans.lending import check_out
from milanolib import clock
from milanolib.printing import qr_code
from notifications.delivery import deliver
from notifications.models import Message
from outbox.events import dispatch
from tests.factories import GuardianshipFactory, ReaderFactory
from tests.story import fresh

pytestmark = pytest.mark.django_db


def code_page(client, hold):
    return client.get(reverse("portal:pickup_code", args=[hold.pk]), HTTP_ACCEPT_LANGUAGE="en")


def test_pickup_code_is_shown_large_and_as_a_qr_code_to_its_reader_only(story, signed_in):
    reader, client = signed_in()
    _other, stranger = signed_in()
    hold, _copy, _parcel = story.at_the_point(story.copies(1)[0].title, reader=reader)

    page = code_page(client, hold).content.decode()

    assert qr_code(hold.pickup_code) in page
    assert f"QR code of pickup code {hold.pickup_code}" in page
    assert story.network.newsstand.name in page
    assert "whoever shows the code collects" in page
    assert reverse("portal:pickup_code", args=[hold.pk]) in client.get(reverse("portal:holds")).content.decode()
    assert code_page(stranger, hold).status_code == 404


def test_qr_code_is_the_code_as_the_points_phones_read_it(story):
    hold, _copy, _parcel = story.at_the_point(story.copies(1)[0].title)
    drawn = io.BytesIO()
    segno.make(hold.pickup_code, error="m", micro=False).save(drawn, kind="png", scale=8, border=2)

    assert [code.text for code in zxingcpp.read_barcodes(Image.open(drawn))] == [hold.pickup_code]


def test_pickup_code_at_a_library_is_for_its_desk(story, signed_in):
    reader, client = signed_in()
    hold, _copy = story.ready(story.copies(1)[0].title, reader=reader)

    page = code_page(client, hold).content.decode()

    assert "Say the code at the desk" in page
    assert "whoever shows the code" not in page


@pytest.mark.parametrize("ends", ["waits", "cancelled", "collected"])
def test_an_old_way_to_the_code_leads_to_the_reservations(story, signed_in, ends):
    reader, client = signed_in()
    copy = story.copies(1)[0]
    if ends == "waits":
        hold = story.hold(copy.title, reader=reader)
    else:
        hold, copy = story.ready(copy.title, reader=reader)
    if ends == "cancelled":
        cancel_hold(hold, actor=None)
    if ends == "collected":
        check_out(copy, reader, story.network.north, actor=None)

    answer = client.get(reverse("portal:pickup_code", args=[hold.pk]), HTTP_ACCEPT_LANGUAGE="en", follow=True)

    assert answer.redirect_chain == [(reverse("portal:holds"), 302)]
    assert "no pickup code now" in answer.content.decode()


@pytest.mark.parametrize(("age", "status"), [(13, 200), (15, 404)])
def test_pickup_code_of_a_child_is_the_parents_until_fourteen(story, signed_in, age, status):
    parent, client = signed_in()
    child = ReaderFactory(born_on=clock.years_from(clock.today(), -age))
    GuardianshipFactory(child=child, guardian=parent.user)
    hold, _copy = story.ready(story.copies(1)[0].title, reader=child)

    assert code_page(client, hold).status_code == status


def test_message_leads_to_the_qr_code_and_names_no_code_in_the_address(story, signed_in):
    reader, client = signed_in()
    hold, _copy, _parcel = story.at_the_point(story.copies(1)[0].title, reader=reader)
    dispatch()
    deliver()

    message = Message.objects.get(kind="hold_ready")
    text = client.get(reverse("portal:message", args=[message.pk])).content.decode()
    address = reverse("portal:pickup_code", args=[hold.pk])
    assert address in text
    assert hold.pickup_code in text
    assert hold.pickup_code not in address


# --- What was dropped at a partner's


@pytest.mark.parametrize(("minutes_on_the_road", "time"), [(0, "09:00"), (300, "09:00")])
def test_return_at_a_partners_is_in_the_account_with_the_minute_of_the_drop(
    story, signed_in, minutes_on_the_road, time
):
    reader, client = signed_in()
    _other, stranger = signed_in()
    copy = story.copies(1)[0]
    loan = story.lent(copy, reader=reader)
    dropped_at = clock.now()
    story.clock.shift(dt.timedelta(minutes=minutes_on_the_road))

    story.take_back(copy, at=dropped_at, sent_at=clock.now())

    loan, place = fresh(loan), story.network.newsstand.name
    page = client.get(reverse("portal:loans"), HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert f"Given back at {place} on 2 March at {time}" in page
    address = reverse("portal:receipt", args=[loan.pk])
    receipt = client.get(address, HTTP_ACCEPT_LANGUAGE="en").content.decode()
    for fact in (loan.receipt_number, place, f"Monday 2 March 2026, {time}"):
        assert fact in receipt
    assert stranger.get(address).status_code == 404


def test_return_at_a_partners_is_told_in_the_inbox_with_place_and_minute(story, signed_in):
    reader, client = signed_in()
    copy = story.copies(1)[0]
    story.lent(copy, reader=reader)
    dropped_at = clock.now()
    story.later(hours=5)
    story.take_back(copy, at=dropped_at, sent_at=clock.now())
    dispatch()
    deliver()

    message = Message.objects.get(kind="loan_closed", reader=reader)

    text = client.get(reverse("portal:message", args=[message.pk]), HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert f"at {story.network.newsstand.name} on Monday 2 March 2026 at 09:00" in text
