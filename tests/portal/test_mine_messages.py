"""What was sent and why, and how readers choose to be told."""

import pytest
from django.urls import reverse

from accounts.models import Guardianship, User
from loans.reminders import unlink_ended
from milanolib import clock
from notifications.delivery import deliver
from notifications.models import KindChoice, Message, Preference
from outbox.events import dispatch
from tests.factories import ReaderFactory

pytestmark = pytest.mark.django_db


def work():
    dispatch()
    deliver()


def usual(**fields):
    return {"channels": ["email"], "has_quiet_hours": "on", "quiet_from": "21:00", "quiet_until": "08:00",
            "language": "it", **fields}  # fmt: skip


def test_messages_show_what_was_sent_and_why_to_its_reader_only(story, signed_in):
    reader, client = signed_in()
    _other, other_client = signed_in()
    hold, _copy = story.ready(story.copies(1)[0].title, reader=reader)
    work()
    row = Message.objects.get()

    page = client.get(reverse("portal:messages"), headers={"Accept-Language": "en"}).content.decode()
    assert reverse("portal:message", args=[row.pk]) in page
    assert "because you have reserved something" in page
    text = client.get(reverse("portal:message", args=[row.pk])).content.decode()
    assert hold.pickup_code in text

    assert reverse("portal:message", args=[row.pk]) not in other_client.get(reverse("portal:messages")).content.decode()
    assert other_client.get(reverse("portal:message", args=[row.pk])).status_code == 404


def test_message_whose_loan_was_unlinked_names_no_title_any_more(story, signed_in):
    reader, client = signed_in()
    copy = story.copies(1)[0]
    story.lent(copy, reader=reader)
    story.take_back(copy)
    work()
    row = Message.objects.get(kind="loan_closed")
    assert copy.title.title in client.get(reverse("portal:message", args=[row.pk])).content.decode()

    story.later(days=10)
    unlink_ended()

    row.refresh_from_db()
    assert row.params == {}
    assert copy.title.title not in client.get(reverse("portal:message", args=[row.pk])).content.decode()


def test_messages_about_the_sign_in_show_no_link_that_opens_something(signed_in):
    reader, client = signed_in()
    now = clock.now()
    row = Message.objects.create(key="r", kind="reset_password", user=reader.user, created_at=now, due_at=now)

    assert "/accesso/password/" not in client.get(reverse("portal:message", args=[row.pk])).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_messages_ask_as_often_for_three_as_for_one(story, signed_in, count, django_assert_num_queries):
    reader, client = signed_in()
    for _number in range(count):
        copy = story.copies(1)[0]
        story.lent(copy, reader=reader)
        story.take_back(copy)
    work()

    with django_assert_num_queries(6):
        client.get(reverse("portal:messages"))


def test_parent_sees_messages_of_a_child_and_not_those_of_one_who_hides_titles(story, signed_in):
    parent, client = signed_in()
    today = clock.today()
    for age, shown in ((8, True), (15, False)):
        child = ReaderFactory(born_on=clock.years_from(today, -age))
        Guardianship.objects.create(guardian=parent.user, child=child, since=clock.now())
        story.ready(story.copies(1)[0].title, reader=child)
        work()
        row = Message.objects.get(reader=child)
        assert (client.get(reverse("portal:message", args=[row.pk])).status_code == 200) == shown


def test_preferences_are_kept_and_shown_again(signed_in):
    reader, client = signed_in()
    address = reverse("portal:preferences_of", args=[reader.pk])

    answer = client.post(address, usual(digest_hour="18", reads_simple_words="on", quiet_from="22:30", language="en"))

    assert answer.status_code == 302
    chosen = Preference.objects.get(reader=reader)
    assert (chosen.digest_hour, chosen.reads_simple_words, f"{chosen.quiet_from:%H:%M}") == (18, True, "22:30")
    reader.user.refresh_from_db()
    assert reader.user.language == "en"
    assert 'value="22:30"' in client.get(address).content.decode()


def test_preferences_by_kind_are_kept_apart_from_the_usual(signed_in):
    reader, client = signed_in()

    client.post(reverse("portal:preferences_by_kind", args=[reader.pk]), {"loan_due_soon": ["email"]})

    chosen = dict(KindChoice.objects.values_list("kind", "channels"))
    assert chosen["hold_ready"] == []
    assert "loan_due_soon" not in chosen
    assert "loan_lost" not in chosen


def test_preferences_with_bad_input_say_what_is_wrong_and_keep_the_rest(signed_in):
    reader, client = signed_in()

    answer = client.post(
        reverse("portal:preferences_of", args=[reader.pk]), usual(quiet_from="late", digest_hour="99", channels=["x"])
    )

    assert answer.status_code == 422
    assert {"quiet_from", "digest_hour", "channels"} == set(answer.context["form"].errors)
    assert 'value="late"' in answer.content.decode()
    assert not Preference.objects.exists()


def test_preferences_refuse_quiet_hours_that_end_when_they_begin(signed_in):
    reader, client = signed_in()
    address, same = reverse("portal:preferences_of", args=[reader.pk]), {"quiet_from": "22:00", "quiet_until": "22:00"}

    answer = client.post(address, usual(**same))

    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {"quiet_until"})
    without = {name: value for name, value in usual(**same).items() if name != "has_quiet_hours"}
    assert client.post(address, without).status_code == 302


def test_preferences_say_of_a_channel_that_it_would_reach_nobody(signed_in):
    reader, client = signed_in()
    address = reverse("portal:preferences_of", args=[reader.pk])
    english = {"Accept-Language": "en"}
    missing = "there is no address yet, a library adds it"
    assert missing not in client.get(address, headers=english).content.decode()

    User.objects.filter(pk=reader.user_id).update(email=None)

    page = client.get(address, headers=english)
    assert missing in page.content.decode()
    assert client.post(address, usual(channels=["email"])).status_code == 302  # wanted all the same, for when there is


def test_preferences_of_somebody_else_are_not_there(signed_in):
    _reader, client = signed_in()
    other = ReaderFactory()

    for name, method in (("preferences_of", "get"), ("preferences_of", "post"), ("preferences_by_kind", "post")):
        assert getattr(client, method)(reverse(f"portal:{name}", args=[other.pk])).status_code == 404


def test_parent_chooses_for_a_child_without_touching_the_language(signed_in):
    parent, client = signed_in()
    child = ReaderFactory(born_on=clock.years_from(clock.today(), -8))
    Guardianship.objects.create(guardian=parent.user, child=child, since=clock.now())

    page = client.get(reverse("portal:preferences_of", args=[child.pk]))
    assert "language" not in page.context["form"].fields
    client.post(reverse("portal:preferences_of", args=[child.pk]), usual(digest_hour="7"))

    assert Preference.objects.get().reader == child
