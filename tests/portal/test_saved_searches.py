"""The pages of saved searches, from the right and from the wrong account."""

import pytest
from django.urls import reverse

from catalog.models import SavedSearch
from catalog.saved_searches import save_search
from catalog.search import Query
from tests.portal.test_search import page_of, shelve

pytestmark = pytest.mark.django_db
LIST = "portal:saved_searches"
STORIA = Query(text="storia", filters={"language": ("ita",)})


def saved_by(reader, name="Storia", is_noticed=False, query=STORIA):
    return save_search(reader.user, query, name=name, is_noticed=is_noticed)


def test_results_offer_to_save_the_search_to_who_is_signed_in(signed_in, client, monday):
    _reader, own = signed_in()
    shelve("Storia di Milano", language="ita")

    page = page_of(own, "storia", language="ita", mine="1", near="1")

    assert 'name="query" value="q=storia&amp;language=ita"' in page
    assert "storia, Italian" in page
    assert 'name="query"' not in page_of(own)
    assert "Sign in to save this search" in page_of(client, "storia")


def test_results_offer_to_save_the_words_that_were_read_instead(signed_in, monday):
    _reader, own = signed_in()
    shelve("Storia di Milano")

    assert 'name="query" value="q=storia"' in page_of(own, "stroia")


@pytest.mark.parametrize("htmx", [{}, {"HTTP_HX_REQUEST": "true"}], ids=["form", "htmx"])
def test_save_keeps_the_search_and_says_so(signed_in, monday, htmx):
    reader, client = signed_in()
    data = {"query": "q=storia&language=ita&after=x", "name": "Mia", "is_noticed": "1"}

    answer = client.post(reverse(LIST), data, **htmx)

    saved = SavedSearch.objects.get(user=reader.user)
    assert (saved.query, saved.name, saved.is_noticed) == ("q=storia&language=ita", "Mia", True)
    if htmx:
        assert reverse(LIST) in answer.content.decode()
    else:
        assert answer["Location"] == "/catalogo/?q=storia&language=ita"
    assert "Mia" in client.get(reverse(LIST)).content.decode()


def test_save_without_a_name_is_refused_in_words(signed_in, monday):
    _reader, client = signed_in()

    answer = client.post(reverse(LIST), {"query": "q=storia", "name": " "}, HTTP_HX_REQUEST="true")

    assert answer.status_code == 422
    assert "data-refusal" in answer.content.decode()
    assert client.post(reverse(LIST), {}).status_code == 302


def test_saved_searches_need_a_sign_in(client, db):
    for name, args in ((LIST, []), ("portal:saved_search", [1]), ("portal:saved_search_delete", [1])):
        assert "/accesso/" in client.post(reverse(name, args=args))["Location"]


def test_saved_searches_are_ones_own_alone(signed_in, monday):
    reader, client = signed_in()
    other, stranger = signed_in()
    saved, foreign = saved_by(reader, "La mia"), saved_by(other, "La sua")
    change = reverse("portal:saved_search", args=[saved.pk])
    delete = reverse("portal:saved_search_delete", args=[saved.pk])

    assert stranger.post(change, {"name": "Rubata"}).status_code == 404
    assert stranger.post(delete).status_code == 404
    page = client.get(reverse(LIST)).content.decode()
    assert (saved.name in page, foreign.name in page) == (True, False)

    renamed = client.post(change, {"name": "Nuovo nome", "is_noticed": "1"}, HTTP_HX_REQUEST="true")
    assert "Nuovo nome" in renamed.content.decode()
    assert SavedSearch.objects.get(pk=saved.pk).is_noticed
    assert client.post(change, {"name": ""}, HTTP_HX_REQUEST="true").status_code == 422
    assert client.post(delete, HTTP_HX_REQUEST="true").status_code == 200
    assert list(SavedSearch.objects.all()) == [foreign]


@pytest.mark.parametrize("count", [1, 3])
def test_saved_searches_ask_as_often_for_three_as_for_one(signed_in, monday, count, django_assert_num_queries):
    reader, client = signed_in()
    for number in range(count):
        saved_by(reader, query=Query(text=f"storia {number}"))

    with django_assert_num_queries(3):
        client.get(reverse(LIST))
