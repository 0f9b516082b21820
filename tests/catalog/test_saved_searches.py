"""Saved searches: kept, changed, and the notice of new titles, each told once."""

import datetime as dt

import pytest
from django.core import mail

from catalog import tasks
from catalog.errors import NothingToSave, SearchTooLong, SearchWithoutName, TooManySearches
from catalog.models import Material, SavedSearch
from catalog.saved_searches import MOST_SEARCHES, change_search, delete_search, query_of, save_search, tell_news
from catalog.search import Query, refresh
from notifications.delivery import deliver
from notifications.models import Message
from outbox.events import dispatch
from outbox.models import Event
from tests.factories import TitleFactory, UserFactory
from tests.story import fresh

pytestmark = pytest.mark.django_db
STORIA = Query(text="storia")


def add(name, **fields):
    title = TitleFactory(title=name, **fields)
    refresh([title.pk])
    return title


def watch(query=STORIA, user=None, name="Storia"):
    return save_search(user or UserFactory(language="en"), query, name=name, is_noticed=True)


def letters():
    """Do what the worker does; return the texts that went out."""
    dispatch()
    before = len(mail.outbox)
    deliver()
    return [one.body for one in mail.outbox[before:]]


def test_save_search_keeps_it_once_and_takes_the_new_name(monday):
    user = UserFactory()
    query = Query(text="storia", filters={"language": ("ita",)}, free_only=True)

    first = save_search(user, query, name="  Storia   mia ", is_noticed=False)
    again = save_search(user, query, name="Altra", is_noticed=False)

    assert first.pk == again.pk
    assert first.name == "Storia mia"
    assert fresh(first).name == "Altra"
    assert query_of(again) == query


def test_save_search_refuses_no_name_no_question_and_too_long_a_one(monday):
    user = UserFactory()

    with pytest.raises(SearchWithoutName):
        save_search(user, STORIA, name="  ", is_noticed=False)
    with pytest.raises(NothingToSave):
        save_search(user, Query(), name="Tutto", is_noticed=False)
    with pytest.raises(SearchTooLong):
        save_search(user, Query(filters={"series": ("x" * 1000,)}), name="Lunga", is_noticed=False)
    assert not SavedSearch.objects.exists()


def test_save_search_refuses_more_than_can_be_kept(monday):
    user = UserFactory()
    for number in range(MOST_SEARCHES):
        save_search(user, Query(text=f"parola {number}"), name="Una", is_noticed=False)

    with pytest.raises(TooManySearches):
        save_search(user, STORIA, name="Troppe", is_noticed=False)
    save_search(user, Query(text="parola 3"), name="Nota", is_noticed=False)
    save_search(UserFactory(), STORIA, name="D'altri", is_noticed=False)


@pytest.mark.django_db(transaction=True)
def test_save_search_by_two_clicks_at_once_is_one(rivals):
    user = UserFactory()

    rivals(*[lambda: save_search(user, STORIA, name="Storia", is_noticed=True)] * 2)

    assert SavedSearch.objects.count() == 1


def test_tell_news_tells_each_title_once(monday):
    old = add("Storia di ieri")
    saved = watch()
    assert (tell_news(), letters()) == ("0 told", [])

    first = add("Storia di domani")
    add("Un altro argomento")
    assert tell_news() == "1 told"
    (letter,) = letters()
    assert first.title in letter
    assert first.get_absolute_url() in letter
    assert old.title not in letter
    assert "argomento" not in letter
    assert (tell_news(), letters()) == ("0 told", [])

    second = add("Storia di dopodomani")
    assert tell_news() == "1 told"
    (letter,) = letters()
    assert second.title in letter
    assert first.title not in letter
    assert set(Event.objects.values_list("key", flat=True)) == {
        f"saved-search:{saved.pk}:{one.pk}" for one in (first, second)
    }


def test_tell_news_tells_several_titles_in_one_message_and_says_when_there_are_more(monday):
    watch()
    for number in range(23):
        add(f"Storia {number}")

    tell_news()
    (letter,) = letters()

    assert letter.count("- Storia") == 20
    assert "There are others" in letter


def test_tell_news_narrows_by_filters_and_passes_over_what_is_free(monday):
    watch(Query(text="storia", filters={"material": ("cd",)}, free_only=True))
    add("Storia scritta")
    assert tell_news() == "0 told"

    add("Storia cantata", material=Material.CD)

    assert tell_news() == "1 told"
    assert "cantata" in letters()[0]


def test_tell_news_of_an_isbn(monday):
    watch(Query(text="978-88-06-21922-2"))
    add("Il barone rampante", isbns=["9788806219222"])

    assert tell_news() == "1 told"


def test_notice_begins_when_it_is_turned_on_and_ends_when_it_is_turned_off(monday):
    saved = save_search(UserFactory(), STORIA, name="Storia", is_noticed=False)
    add("Storia prima")
    assert tell_news() == "0 told"

    change_search(saved, name="Storia", is_noticed=True)
    assert tell_news() == "0 told"
    add("Storia dopo")
    assert tell_news() == "1 told"

    change_search(saved, name="Storia", is_noticed=False)
    assert letters() == []
    assert Message.objects.get().status == "moot"


def test_notice_is_not_sent_when_the_search_is_deleted_or_the_title_gone(monday):
    gone, kept = watch(), watch()
    title = add("Storia unita a un'altra")
    tell_news()
    dispatch()
    delete_search(gone)
    title.merged_into = add("La stessa")
    title.save()
    refresh([title.pk])

    assert letters() == []
    assert fresh(kept).seen_title >= title.pk


def test_daily_job_runs_once_a_day(monday):
    watch()
    add("Storia di oggi")
    tasks.daily()
    assert len(letters()) == 1

    add("Storia di stasera")
    monday.shift(dt.timedelta(hours=3))
    tasks.daily()
    assert letters() == []

    monday.shift(dt.timedelta(days=1))
    tasks.daily()
    assert len(letters()) == 1


@pytest.mark.parametrize("name", ["a\x00b", " a\x01b\x7f\x9f ", "\x00 ab \x00"])
def test_control_characters_are_no_part_of_a_name(monday, name):
    saved = save_search(UserFactory(), STORIA, name=name, is_noticed=False)
    assert fresh(saved).name == "ab"

    change_search(saved, name=f"{name}\nc", is_noticed=False)
    assert fresh(saved).name == "ab c"


def test_a_name_of_control_characters_alone_is_none(monday):
    saved = save_search(UserFactory(), STORIA, name="Storia", is_noticed=False)

    with pytest.raises(SearchWithoutName):
        change_search(saved, name="\x00\x01", is_noticed=False)
