"""Pages of suggestions, from the right and from the wrong account; the librarians' queue."""

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import PurchaseWish
from catalog.reading.wishes import MOST_OPEN_WISHES, ask_for
from catalog.search import refresh
from tests.factories import CopyFactory, LibrarianFactory, TitleFactory, UserFactory

pytestmark = pytest.mark.django_db
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}
HTMX = {"HTTP_HX_REQUEST": "true", **ENGLISH}
ISBN = "9788804668237"
SENT = {"title": "Il deserto dei tartari", "author": "Buzzati", "isbn": "", "details": ""}


@pytest.fixture
def librarian(db):
    client = Client()
    client.force_login(LibrarianFactory(), backend="accounts.backends.CardBackend")
    return client


@pytest.mark.parametrize(
    ("address", "field", "value"),
    [("?q=deserto", "title", "deserto"), ("?title=deserto", "title", "deserto"), (f"?q={ISBN}", "isbn", ISBN)],
)
def test_form_begins_from_the_words_of_the_search(signed_in, address, field, value):
    _reader, client = signed_in()

    assert client.get(reverse("portal:wish") + address).context["form"].initial == {field: value}


def test_suggestion_sent_twice_is_kept_once(signed_in):
    reader, client = signed_in()

    answers = [client.post(reverse("portal:wish"), SENT, **HTMX), client.post(reverse("portal:wish"), SENT)]

    assert [one.status_code for one in answers] == [200, 302]
    assert reader.user.purchase_wishes.count() == 1


def test_what_the_catalogue_has_is_shown_before_anything_is_sent(signed_in):
    reader, client = signed_in()
    title = TitleFactory(work__title="Il deserto dei tartari")
    CopyFactory(title=title)
    refresh([title.pk])
    sent = {**SENT, "author": ""}

    shown = client.post(reverse("portal:wish"), sent, **HTMX)
    before = reader.user.purchase_wishes.count()
    again = client.post(reverse("portal:wish"), {**sent, "seen": shown.context["seen"]}, **HTMX)
    other = client.post(reverse("portal:wish"), {**sent, "title": "Tartari", "seen": shown.context["seen"]}, **HTMX)

    assert title.get_absolute_url() in shown.content.decode()
    assert (before, again.status_code) == (0, 200)
    assert "nothing has been sent yet" in other.content.decode()
    assert reader.user.purchase_wishes.count() == 1


def test_wrong_isbn_is_told_beside_its_field(signed_in):
    _reader, client = signed_in()

    answer = client.post(reverse("portal:wish"), {**SENT, "isbn": "9788804668238"}, **HTMX)

    assert answer.status_code == 422
    assert "no valid ISBN" in answer.content.decode()


def test_who_has_five_open_ones_is_told_so_instead_of_a_form(signed_in):
    reader, client = signed_in()
    for number in range(MOST_OPEN_WISHES):
        ask_for(reader.user, title=f"Titolo {number}")

    page = client.get(reverse("portal:wish"), **ENGLISH).content.decode()
    answer = client.post(reverse("portal:wish"), SENT, **HTMX)

    assert "wait for an answer" in page
    assert answer.status_code == 422
    assert reader.user.purchase_wishes.count() == MOST_OPEN_WISHES


def test_wishes_are_seen_and_withdrawn_by_who_sent_them_alone(signed_in):
    reader, client = signed_in()
    _other, stranger = signed_in()
    wish = ask_for(reader.user, title="Desiderato")
    address = reverse("portal:wish_withdraw", args=[wish.pk])

    assert "Desiderato" in client.get(reverse("portal:wishes")).content.decode()
    assert "Desiderato" not in stranger.get(reverse("portal:wishes")).content.decode()
    assert stranger.post(address).status_code == 404
    assert client.post(address).status_code == 302
    assert not PurchaseWish.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_wishes_ask_as_often_for_three_rows_as_for_one(signed_in, count, django_assert_num_queries):
    reader, client = signed_in()
    for number in range(count):
        ask_for(reader.user, title=f"Titolo {number}")
    PurchaseWish.objects.update(found=TitleFactory())

    with django_assert_num_queries(3):
        client.get(reverse("portal:wishes"))


def test_queue_is_for_librarians_and_names_no_reader(librarian, signed_in):
    reader, client = signed_in()
    wish = ask_for(reader.user, title="Desiderato")
    pages = [reverse("admin:wishes"), reverse("admin:wish_answer", args=[wish.pk])]

    for address in pages:
        page = librarian.get(address).content.decode()
        assert "Desiderato" in page
        assert reader.full_name not in page
        assert reader.user.email not in page
        assert client.get(address).status_code == 302


def test_librarian_answers_with_the_title_that_arrived(librarian):
    wish, title = ask_for(UserFactory(), title="Desiderato"), TitleFactory(isbns=[ISBN])
    address = reverse("admin:wish_answer", args=[wish.pk])
    sent = {"status": "arrived", "seen": "received", "answer": ""}

    without = librarian.post(address, sent, **ENGLISH)
    unknown = librarian.post(address, {**sent, "found": "zzz"}, **ENGLISH)
    right = librarian.post(address, {**sent, "found": ISBN})
    stale = librarian.post(address, {**sent, "status": "considered"})

    assert [without.status_code, unknown.status_code, right.status_code, stale.status_code] == [422, 422, 302, 422]
    assert PurchaseWish.objects.get().found == title
