"""Pages of stars and reviews, from the right and from the wrong account; the librarians' queue."""

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Review
from catalog.reading.reviews import publish_review, write_review
from tests.factories import LibrarianFactory, TitleFactory, UserFactory

pytestmark = pytest.mark.django_db
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}
HTMX = {"HTTP_HX_REQUEST": "true", **ENGLISH}


@pytest.fixture
def librarian(db):
    client = Client()
    client.force_login(LibrarianFactory(), backend="accounts.backends.CardBackend")
    return client


def own_form(title):
    return reverse("portal:review", args=[title.pk, "x"])


def published(user, title, text="Bello."):
    review = write_review(user, title.work, stars=4, text=text, signed="Ada")
    return publish_review(review, read=review.written_at, actor=None)


def test_review_is_written_once_however_often_the_form_is_sent(signed_in):
    reader, client = signed_in()
    title = TitleFactory()
    sent = {"stars": "4", "text": "Bello.", "signed": ""}

    answers = [client.post(own_form(title), sent, **HTMX), client.post(own_form(title), sent)]

    assert [one.status_code for one in answers] == [200, 302]
    assert Review.objects.get(user=reader.user).status == "waiting"


def test_review_without_stars_keeps_the_words_in_the_form(signed_in):
    _reader, client = signed_in()

    answer = client.post(own_form(TitleFactory()), {"text": "Quanto ho scritto"}, **HTMX)

    assert answer.status_code == 422
    assert "Quanto ho scritto" in answer.content.decode()


def test_review_needs_a_card(client):
    client.force_login(UserFactory(), backend="accounts.backends.CardBackend")
    title = TitleFactory()

    page = client.get(own_form(title), **ENGLISH).content.decode()
    answer = client.post(own_form(title), {"stars": "5"}, **HTMX)

    assert "Only readers with a library card" in page
    assert answer.status_code == 422


def test_title_page_shows_published_words_signed_as_chosen_and_no_real_name(client, signed_in):
    reader, own = signed_in()
    title = TitleFactory()
    published(reader.user, title, "Da leggere.")
    _other, waiting = signed_in()
    waiting.post(own_form(title), {"stars": "1", "text": "Aspetto."})

    page = client.get(title.get_absolute_url(), **ENGLISH).content.decode()

    assert "Da leggere." in page
    assert "Aspetto." not in page
    assert "from 2 readers" in page
    assert reader.user.name not in page
    assert reader.full_name not in page
    assert "Change it" in own.get(title.get_absolute_url(), **ENGLISH).content.decode()


def test_words_are_shown_as_words(client, signed_in):
    reader, _own = signed_in()
    title = TitleFactory()
    published(reader.user, title, "<script>alert(1)</script>")

    assert "<script>alert" not in client.get(reverse("portal:reviews", args=[title.pk, "x"])).content.decode()


def test_reviews_of_all_editions_are_together(client, signed_in):
    reader, _own = signed_in()
    title = TitleFactory()
    published(reader.user, title)
    other = TitleFactory(work=title.work)

    assert "Bello." in client.get(reverse("portal:reviews", args=[other.pk, "x"])).content.decode()


def test_my_reviews_shows_own_ones_and_why_one_is_not_published(signed_in):
    reader, client = signed_in()
    _other, stranger = signed_in()
    published(reader.user, TitleFactory(), "Le mie parole.")

    assert "Le mie parole." in client.get(reverse("portal:my_reviews")).content.decode()
    assert "Le mie parole." not in stranger.get(reverse("portal:my_reviews")).content.decode()


def test_review_is_deleted_by_its_writer_alone(signed_in):
    reader, client = signed_in()
    _other, stranger = signed_in()
    review = published(reader.user, TitleFactory())
    address = reverse("portal:review_delete", args=[review.pk])

    wrong = stranger.post(address)
    still = Review.objects.count()
    right = client.post(address)

    assert (wrong.status_code, still, right.status_code) == (404, 1, 302)
    assert not Review.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_pages_of_reviews_ask_as_often_for_three_rows_as_for_one(signed_in, client, count, django_assert_num_queries):
    reader, own = signed_in()
    title = TitleFactory()
    for _number in range(count):
        published(signed_in()[0].user, title)
        published(reader.user, TitleFactory())

    with django_assert_num_queries(4):
        client.get(reverse("portal:reviews", args=[title.pk, "x"]))
    with django_assert_num_queries(5):
        own.get(reverse("portal:my_reviews"))


def test_queue_is_for_librarians_and_names_no_reader(librarian, signed_in):
    reader, client = signed_in()
    write_review(reader.user, TitleFactory().work, stars=2, text="Da leggere prima.")

    page = librarian.get(reverse("admin:reviews")).content.decode()

    assert "Da leggere prima." in page
    assert reader.full_name not in page
    assert reader.user.email not in page
    assert client.get(reverse("admin:reviews")).status_code == 302


def test_librarian_publishes_what_she_read_and_refuses_with_a_reason(librarian, signed_in):
    reader, client = signed_in()
    reviews = [write_review(reader.user, TitleFactory().work, stars=2, text="Parole.") for _number in range(2)]
    address = [reverse("admin:review_decide", args=[one.pk]) for one in reviews]
    read = reviews[0].written_at.isoformat()

    wrong = client.post(address[0], {"act": "publish", "read": read})
    stale = librarian.post(address[0], {"act": "publish", "read": "2020-01-01T00:00:00+00:00"}, **HTMX)
    senseless = librarian.post(address[0], {"act": "publish", "read": "zzz"}, **HTMX)
    right = librarian.post(address[0], {"act": "publish", "read": read}, **HTMX)
    without = librarian.post(address[1], {"act": "refuse", "read": reviews[1].written_at.isoformat()}, **HTMX)
    with_reason = librarian.post(
        address[1], {"act": "refuse", "read": reviews[1].written_at.isoformat(), "reason": "Offende."}
    )

    assert wrong.status_code == 302
    assert [stale.status_code, senseless.status_code, right.status_code, without.status_code] == [422, 422, 200, 422]
    assert right["HX-Redirect"] == reverse("admin:reviews")
    assert with_reason.status_code == 302
    assert list(Review.objects.order_by("pk").values_list("status", flat=True)) == ["published", "refused"]


@pytest.mark.parametrize("how", [ENGLISH, HTMX])
def test_after_a_decision_the_queue_is_shown_with_its_count_and_says_so_once(librarian, signed_in, how):
    reader, _client = signed_in()
    review = write_review(reader.user, TitleFactory().work, stars=2, text="Parole.")
    decided = {"act": "publish", "read": review.written_at.isoformat()}

    answer = librarian.post(reverse("admin:review_decide", args=[review.pk]), decided, **how)
    address = answer.get("Location") or answer["HX-Redirect"]
    page = librarian.get(address, HTTP_ACCEPT_LANGUAGE="en").content.decode()

    assert page.count("Published. The reader is told.") == 1
    assert "0 reviews wait" in page


def test_the_form_of_the_queue_carries_the_moment_that_the_verb_wants(librarian, signed_in):
    reader, _client = signed_in()
    review = write_review(reader.user, TitleFactory().work, stars=2, text="Parole.")

    page = librarian.get(reverse("admin:reviews")).content.decode()

    assert f'value="{review.written_at.isoformat()}"' in page
