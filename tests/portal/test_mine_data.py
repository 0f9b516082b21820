"""The page of what is kept, from the right and from the wrong account."""

import io
import zipfile

import pytest
from django.core import mail
from django.urls import reverse

from accounts.exporting import ask_export, token_of
from accounts.models import DataExport
from milanolib import clock
from notifications.delivery import deliver
from outbox.events import dispatch
from tests.factories import GuardianshipFactory, LibrarianFactory, ManagerFactory, ReaderFactory, TitleFactory

pytestmark = pytest.mark.django_db


def page_of(client, *args):
    name = "portal:data_of" if args else "portal:data"
    return client.get(reverse(name, args=args), HTTP_ACCEPT_LANGUAGE="en")


def test_data_says_what_is_kept_with_how_many_and_what_is_not(story, signed_in):
    reader, client = signed_in()
    for copy in story.copies(2, title=TitleFactory(title="Palomar")):
        story.lent(copy, reader=reader)

    page = page_of(client).content.decode()

    assert reader.full_name in page
    assert '<span class="ml-number">(2)</span>' in page
    assert "Nothing is kept under:" in page
    assert "Your saved searches" in page


def test_data_of_a_child_are_its_guardians_and_nobody_elses(story, signed_in):
    parent, client = signed_in()
    _other, stranger = signed_in()
    young = ReaderFactory(born_on=clock.years_from(clock.today(), -9))
    teenager = ReaderFactory(born_on=clock.years_from(clock.today(), -15))
    for child in (young, teenager):
        GuardianshipFactory(guardian=parent.user, child=child, shows_titles=True)

    assert young.full_name in page_of(client, young.pk).content.decode()
    assert page_of(client, teenager.pk).status_code == 404
    for asking in (stranger.get, stranger.post):
        assert asking(reverse("portal:data_copy_of", args=[young.pk])).status_code in {404, 405}
    assert page_of(stranger, young.pk).status_code == 404
    assert not DataExport.objects.exists()


def test_copy_is_made_told_by_letter_and_given_to_its_owner_only(story, signed_in):
    reader, client = signed_in()
    _other, stranger = signed_in()
    client.get(reverse("portal:data"))

    asked = client.post(reverse("portal:data_copy"), HTTP_ACCEPT_LANGUAGE="en")
    again = client.post(reverse("portal:data_copy"), HTTP_ACCEPT_LANGUAGE="en")
    waiting = client.get(asked["Location"], HTTP_ACCEPT_LANGUAGE="en").content.decode()
    dispatch()
    dispatch()
    deliver()

    assert asked["Location"] == again["Location"] == reverse("portal:data_of", args=[reader.pk])
    assert "is being made" in waiting
    address = reverse("portal:data_download", args=[token_of(DataExport.objects.get())])
    [letter] = mail.outbox
    assert letter.to == [reader.user.email]
    assert address in letter.body
    answer = client.get(address)
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as file:
        assert {"index.html", "card.json", "loans.json"} <= set(file.namelist())
    assert answer["Content-Disposition"] == 'attachment; filename="biblioteche-milano-2026-03-02.zip"'
    assert "no-store" in answer["Cache-Control"]
    assert stranger.get(address).status_code == 404
    client.logout()
    assert client.get(address).status_code == 302


def test_copy_asked_for_twice_on_a_day_is_answered_in_words(story, signed_in):
    _reader, client = signed_in()
    client.post(reverse("portal:data_copy"))
    dispatch()

    answer = client.post(reverse("portal:data_copy"), HTTP_HX_REQUEST="true", HTTP_ACCEPT_LANGUAGE="en")

    assert answer.status_code == 422
    assert "A copy was made less than a day ago" in answer.content.decode()


def test_copy_after_its_days_says_so_and_how_to_have_another(story, signed_in):
    reader, client = signed_in()
    export = ask_export(reader.user, reader, language="en")
    dispatch()
    story.later(days=8)

    answer = client.get(reverse("portal:data_download", args=[token_of(export)]), HTTP_ACCEPT_LANGUAGE="en")

    assert answer.status_code == 410
    assert "Ask for another one below" in answer.content.decode()


def test_copies_are_listed_for_managers_without_what_is_in_them(story, signed_in, client):
    reader, _client = signed_in()
    ask_export(reader.user, reader, language="en")
    dispatch()
    address = reverse("admin:accounts_dataexport_changelist")

    client.force_login(ManagerFactory(), backend="accounts.backends.CardBackend")
    page = client.get(address).content.decode()
    client.force_login(LibrarianFactory(), backend="accounts.backends.CardBackend")

    assert reader.card_number in page
    assert reader.family_name not in page
    assert client.get(address).status_code == 403
