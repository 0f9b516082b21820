"""Pages that are kept for people without a session: never old, nothing of anybody in them."""

import datetime as dt
import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from catalog.models import Agent, Contribution, Review, Role, ShelfHint, Title
from catalog.people import merge_people
from catalog.search import refresh
from loans.renewals import renew_loan
from milanolib import clock
from tests.factories import BranchFactory, ClosureFactory, TitleFactory, UserFactory

pytestmark = pytest.mark.django_db
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


@pytest.fixture(autouse=True)
def nothing_kept():
    cache.clear()


@pytest.fixture
def title(story):
    title = TitleFactory(title="Il barone rampante")
    story.copies(2, title=title, home=story.network.north, shelf_mark="N CAL")
    refresh([title.pk])
    return title


def page_of(title, client=None, **headers):
    return (client or Client()).get(title.get_absolute_url(), **ENGLISH | headers).content.decode()


def is_kept(address, client=None, **headers):
    """Whether a page is answered without being made: no template is used."""
    return not (client or Client()).get(address, **ENGLISH | headers).templates


def test_page_is_made_once_and_kept_for_each_language(title):
    address = title.get_absolute_url()

    assert not is_kept(address)
    assert is_kept(address)
    assert not is_kept(address, HTTP_ACCEPT_LANGUAGE="it")
    assert "Dove si trova" in page_of(title, HTTP_ACCEPT_LANGUAGE="it")
    assert "Where it is" in page_of(title)


def test_kept_page_is_the_page_but_for_the_token_of_its_forms(title):
    made, kept = page_of(title), page_of(title)

    assert TOKEN.findall(made)
    assert TOKEN.findall(made) != TOKEN.findall(kept)
    tokens = [*TOKEN.findall(made), *TOKEN.findall(kept)]
    for token in tokens:
        made, kept = made.replace(token, ""), kept.replace(token, "")
    assert made == kept


def test_forms_of_a_kept_page_are_accepted(title):
    page_of(title)
    client = Client(enforce_csrf_checks=True)

    (token,) = set(TOKEN.findall(page_of(title, client)))
    answer = client.post(reverse("set_language"), {"language": "it", "csrfmiddlewaretoken": token})

    assert answer.status_code == 302


def test_title_shows_at_once_what_became_of_its_copies(title, story):
    assert "2 copies free now, of 2" in page_of(title)

    loan = story.lent(title.copies.first())
    assert "1 copy free now, of 2" in page_of(title)
    before = page_of(title)
    story.later(days=1)
    renew_loan(loan, actor=None)
    assert page_of(title).partition("<main")[2] != before.partition("<main")[2], "the day it is due"

    story.hold(title)
    assert "No copy is free now" in page_of(title)
    story.hold(title)
    assert "1 reader waits for it." in page_of(title)


def test_title_shows_at_once_what_is_written_about_it(title, story):
    other = TitleFactory(title="The baron", work=title.work, language="eng")
    page_of(title)
    Title.objects.filter(pk=other.pk).update(title="The baron in the trees")
    assert "The baron in the trees" in page_of(title)

    ShelfHint.objects.create(place=story.network.north, prefix="N", hint={"it": "al piano", "en": "upstairs"})
    assert "upstairs" in page_of(title)

    Review.objects.create(
        user=UserFactory(),
        work=title.work,
        stars=4,
        text="Bello.",
        status="published",
        written_at=clock.now(),
        decided_at=clock.now(),
    )
    assert "Bello." in page_of(title)

    story.copies(1, title=other)
    assert "free now" in page_of(title).partition('id="editions"')[2].partition("</section>")[0]


def test_title_shows_at_once_the_new_name_of_its_author_and_of_a_similar_one(title, story):
    wrong, right = (Agent.objects.create(name=name) for name in ("Calvino, I.", "Calvino, Italo"))
    near = TitleFactory(title="Marcovaldo")
    story.copies(1, title=near)
    for one in (title, near):
        Contribution.objects.create(title=one, agent=wrong, role=Role.AUTHOR, position=0)
    refresh([title.pk, near.pk])
    assert "I. Calvino" in page_of(title)
    assert "Marcovaldo" in page_of(title)

    merge_people(right, wrong, actor=None)
    assert "Italo Calvino" in page_of(title)

    Title.objects.filter(pk=near.pk).update(title="Marcovaldo, ovvero le stagioni")
    refresh([near.pk])
    assert "Marcovaldo, ovvero le stagioni" in page_of(title)


def test_title_that_got_another_name_leads_to_its_new_address(title):
    address = title.get_absolute_url()
    Client().get(address)
    Title.objects.filter(pk=title.pk).update(title="Il visconte dimezzato")

    assert Client().get(address).status_code == 301


def test_home_shows_at_once_what_closes_and_what_opens_with_the_minute(story, client):
    place = BranchFactory(latitude=45.4641, longitude=9.1898, hours_known=True)
    place.opening_hours.create(weekday=0, opens=dt.time(8), closes=dt.time(9, 2))
    home = reverse("home")
    assert "Open now until 09:02" in client.get(home, **ENGLISH).content.decode()
    assert is_kept(home)

    ClosureFactory(place=place, starts_on=clock.today(), ends_on=clock.today())
    assert "Closed today." in client.get(home, **ENGLISH).content.decode()
    place.closures.all().delete()
    story.later(minutes=2)
    assert "Open now until" not in client.get(home, **ENGLISH).content.decode()

    story.copies(1, title=(new := TitleFactory(title="Appena arrivato")))
    refresh([new.pk])
    assert "Appena arrivato" in client.get(home, **ENGLISH).content.decode()


def test_nothing_is_kept_of_who_has_a_session_nor_shown_to_them(title, signed_in):
    _reader, own = signed_in()
    address = title.get_absolute_url()

    assert "Sign out" in page_of(title, own)
    assert not is_kept(address)
    assert "Sign out" not in page_of(title)
    assert "Sign out" in page_of(title, own)
    started = Client()
    started.get(reverse("home"), {"da": "m1"})
    assert "on foot" in page_of(title, started)
    assert "on foot" not in page_of(title)


def test_page_with_a_wish_in_its_address_is_made_anew(title):
    page_of(title)

    assert not is_kept(title.get_absolute_url() + "?da=m1")
    assert is_kept(title.get_absolute_url())
