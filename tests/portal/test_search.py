"""The pages of search: results with what is free, filters, pages by key, corrections, suggestions, feeds."""

import re
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest
from django.core.cache import cache
from django.urls import reverse

from branches.favourites import keep_point
from catalog.models import Agent, Contribution, Material, Role, Subject
from catalog.search import refresh
from catalog.search.upkeep import recount
from loans.availability import follow_copies
from tests.factories import TitleFactory, WorkFactory

pytestmark = pytest.mark.django_db
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}


def shelve(name, author="Calvino, Italo", subjects=(), **fields):
    """A title that search knows."""
    title = TitleFactory(title=name, **fields)
    if author:
        agent, _made = Agent.objects.get_or_create(name=author)
        Contribution.objects.create(title=title, agent=agent, role=Role.AUTHOR, position=0)
    for heading in subjects:
        title.subjects.add(Subject.objects.get_or_create(heading=heading)[0])
    refresh([title.pk])
    return title


def page_of(client, words="", **data):
    answer = client.get(reverse("catalog:search"), {"q": words, **data} if words else data, **ENGLISH)
    assert answer.status_code == 200
    return answer.content.decode()


def shown(page):
    """The names of the results, in order."""
    return [re.sub(r"\s+", " ", one).strip() for one in re.findall(r'ml-row-title">\s*<a[^>]*>([^<]*)<', page)]


def href_of(page, rel):
    found = re.search(rf'href="([^"]+)"\s+rel="{rel}"', page)
    return found.group(1).replace("&amp;", "&") if found else ""


def test_search_shows_one_line_a_work_with_its_other_editions_and_all_their_copies(client, story):
    work = WorkFactory(title="Il barone rampante")
    best = shelve("Il barone rampante", work=work, language="ita", publisher="Mondadori", year=2020)
    audio = shelve("Il barone rampante", work=work, language="ita", material=Material.AUDIOBOOK)
    english = shelve("The baron in the trees", work=work, language="eng", formats=["large_print"])
    story.copies(3, title=best)
    story.copies(1, title=audio)
    story.copies(2, title=english)
    story.hold(best)
    follow_copies()

    page = page_of(client, "calvino")

    assert shown(page) == ["Il barone rampante"]
    assert "Also: English, audiobook, large print (3 editions)" in page
    assert "5 copies free now, of 6" in page
    assert "Mondadori · 2020" in page


def test_search_says_where_a_copy_is_free_nearest_to_a_chosen_start(client, story):
    title = shelve("Marcovaldo")
    story.copies(1, title=title, home=story.network.south)
    story.copies(1, title=title, home=story.network.north)
    client.get(reverse("home"), {"da": f"p-{story.network.south.code}"})

    page = page_of(client, "marcovaldo")

    assert f"Free at {story.network.south.name}" in page
    assert "on foot" not in page
    client.get(reverse("home"), {"da": f"p-{story.network.newsstand.code}"})
    assert f"Free nearest to {story.network.newsstand.name}: " in page_of(client, "marcovaldo")


@pytest.mark.parametrize("count", [1, 3])
def test_search_asks_the_database_as_often_for_three_works_as_for_one(client, story, count, django_assert_num_queries):
    for number in range(count):
        story.copies(2, title=shelve(f"Barone {number}", subjects=["Alberi"]))

    with django_assert_num_queries(9):
        page_of(client, "barone")


@pytest.mark.parametrize("count", [1, 3])
def test_search_of_a_reader_with_a_start_asks_as_often_for_three_works_as_for_one(
    signed_in, story, count, django_assert_num_queries
):
    reader, client = signed_in()
    for place in (story.network.north, story.network.south)[: max(1, count - 1)]:
        keep_point(reader.user, place)
    for number in range(count):
        story.copies(2, title=shelve(f"Barone {number}", subjects=["Alberi"]))
    follow_copies()
    client.get(reverse("home"), {"da": "m1"})

    with django_assert_num_queries(16):
        page_of(client, "barone", free="1", mine="1", near="1", language="", material="book")


@pytest.mark.parametrize("words", ["", "   ", "'", '"', "-", "\x00", "%", "a" * 5000, "è ' \" & | ! ( )", "<script>"])
def test_search_bears_whatever_is_typed(client, db, words):
    answer = client.get(reverse("catalog:search"), {"q": words, "page": "x", "material": "nonsense"})

    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode().replace("</script>", "").replace("<script src", "")


@pytest.mark.parametrize(
    "data",
    [
        {"after": "x"},
        {"before": "WzEsMl0"},
        {"after": "WzEsMl0", "sort": "title"},
        {"after": "WyJhIiwyXQ", "sort": "newest"},
        {"sort": "nonsense", "free": "2", "mine": "1", "near": "1", "exact": "9"},
        {"author": ["x", "-1", "999999999999999999999", "\x00"]},
        {"series": ["a" * 3000, "%", "'"]},
        {"language": ["ita"] * 500},
        {"place": ["0"], "free": "1", "period": ["x"]},
    ],
)
def test_search_bears_addresses_that_were_made_up(client, story, data):
    story.copies(1, title=shelve("Marcovaldo"))

    for address in (reverse("catalog:search"), reverse("catalog:values", args=["author"]), reverse("catalog:feed")):
        for words in ("", "marcovaldo", "nowhere marcovaldo"):
            answer = client.get(address, {"q": words, **data})
            assert answer.status_code == 200, (address, words, data)


def test_search_says_when_more_was_found_than_is_counted(client, db, monkeypatch):
    monkeypatch.setattr("catalog.search.asking.EXACT_UP_TO", 3)
    for number in range(5):
        shelve(f"Storia {number}")

    page = page_of(client, "storia")

    assert "More than 3 results" in page
    assert "only what is asked for most is counted and listed" in page


def test_filters_narrow_are_shown_as_chips_and_can_be_taken_away(client, story):
    book = shelve("Storia di Milano", material=Material.BOOK, language="ita")
    shelve("Storia di Milano in musica", material=Material.CD, language="ita", work=WorkFactory())
    story.copies(1, title=book)

    page = page_of(client, "storia", material="book", language="ita")

    assert shown(page) == ["Storia di Milano"]
    assert "Material: book" in page
    chip = re.search(r'class="ml-chip ml-chip--off is-info"\s+href="([^"]+)"', page).group(1).replace("&amp;", "&")
    assert parse_qs(urlsplit(chip).query) == {"q": ["storia"], "language": ["ita"]}
    assert len(shown(client.get(chip, **ENGLISH).content.decode())) == 2


def test_filters_have_a_box_for_each_value_with_its_count(client, db):
    shelve("Storia uno", material=Material.BOOK)
    shelve("Storia due", material=Material.BOOK)
    shelve("Storia tre", material=Material.AUDIOBOOK)
    shelve("Storia quattro", formats=["large_print", "easy_reading"])

    page = re.sub(r"\s+", " ", page_of(client, "storia"))

    for name, count in (("book", 3), ("audiobook", 1), ("to be listened to", 1), ("large print", 1)):
        assert f'<span>{name}</span> <span class="ml-filter-count">{count}</span>' in page
    assert "facet" not in re.sub(r"<[^>]+>", "", page).lower()


def test_filters_chosen_stay_in_sight_where_nothing_is_found(client, db):
    shelve("Storia uno", language="ita")
    shelve("Altro libro", language="eng")

    page = page_of(client, "storia", language="eng")

    assert "Language: English" in page
    assert 'value="eng"' in page
    assert "The same words without filters" in page


def test_free_now_follows_a_check_out_and_a_check_in(client, story):
    copy = story.copies(1, title=shelve("Marcovaldo"))[0]
    follow_copies()
    assert shown(page_of(client, "marcovaldo", free="1")) == ["Marcovaldo"]

    story.lent(copy)
    follow_copies()
    assert shown(page_of(client, "marcovaldo", free="1")) == []
    assert "No copy free now: you can reserve" in page_of(client, "marcovaldo")

    story.given_back(copy)
    follow_copies()
    assert shown(page_of(client, "marcovaldo", free="1")) == ["Marcovaldo"]


def test_free_at_the_points_i_use_is_of_my_points_alone(signed_in, client, story):
    reader, own = signed_in()
    _other, stranger = signed_in()
    story.copies(1, title=shelve("Marcovaldo del nord"), home=story.network.north)
    story.copies(1, title=shelve("Marcovaldo del sud"), home=story.network.south)
    keep_point(reader.user, story.network.south)
    follow_copies()

    assert shown(page_of(own, "marcovaldo", mine="1")) == ["Marcovaldo del sud"]
    assert "Free at the points I use" in page_of(own, "marcovaldo")
    for other in (stranger, client):
        page = page_of(other, "marcovaldo", mine="1")
        assert len(shown(page)) == 2
        assert "Free at the points I use" not in page
    assert "Mark the points you use" in page_of(stranger, "marcovaldo")


def test_free_within_fifteen_minutes_is_of_the_chosen_start(client, story):
    story.copies(1, title=shelve("Marcovaldo del nord"), home=story.network.north)
    story.copies(1, title=shelve("Marcovaldo del sud"), home=story.network.south)
    follow_copies()
    assert len(shown(page_of(client, "marcovaldo", near="1"))) == 2

    client.get(reverse("home"), {"da": f"p-{story.network.north.code}"})

    page = page_of(client, "marcovaldo", near="1")
    assert shown(page) == ["Marcovaldo del nord"]
    assert f"Free within 15 minutes of {story.network.north.name}" in page


@pytest.mark.parametrize("sort", ["relevance", "newest", "arrived", "asked", "title"])
def test_pages_lead_over_the_whole_list_and_back_without_gaps_or_doubles(client, db, sort):
    for number in range(47):
        shelve(f"Racconti {number % 9} parte {number}", year=1960 + number % 5)
    recount()
    pages, address = [], f"{reverse('catalog:search')}?q=racconti&sort={sort}"
    while address:
        page = client.get(address, **ENGLISH).content.decode()
        pages.append(shown(page))
        address = href_of(page, "next")

    assert [len(one) for one in pages] == [20, 20, 7]
    assert len({name for one in pages for name in one}) == 47

    back = []
    address = href_of(page, "prev")
    while address:
        page = client.get(address, **ENGLISH).content.decode()
        back.append(shown(page))
        address = href_of(page, "prev")
    assert back == [pages[1], pages[0]]


def test_correction_is_told_and_can_be_refused(client, db):
    shelve("Il barone rampante")

    page = page_of(client, "clavino barnoe")

    assert shown(page) == ["Il barone rampante"]
    assert "we searched for <strong>calvino barone</strong> instead" in page
    exact = re.search(r'href="([^"]+)">Search exactly what I wrote', page).group(1).replace("&amp;", "&")
    refused = client.get(exact, **ENGLISH).content.decode()
    assert shown(refused) == []
    assert "Did you mean “calvino" in refused or "Only “clavino”" in refused


def test_words_left_out_are_told(client, db):
    shelve("Il barone rampante")

    page = page_of(client, "barone qqzzqqzz")

    assert shown(page) == ["Il barone rampante"]
    assert "we left one out: <strong>qqzzqqzz</strong>" in page


def test_nothing_found_leads_on(client, db):
    shelve("Il barone rampante")

    page = page_of(client, "qqzzqqzz xxyyxxyy")

    assert "Nothing found" in page
    assert "Only “qqzzqqzz”" in page
    assert "Show the whole catalogue" in page


def test_filters_in_place_answer_with_the_part_alone_and_its_address(client, db):
    shelve("Il barone rampante", language="ita")

    answer = client.get(
        reverse("catalog:search"),
        {"q": "barone", "language": "ita", "sort": "relevance"},
        HTTP_HX_REQUEST="true",
        HTTP_HX_TARGET="found",
    )

    part = answer.content.decode()
    assert part.strip().startswith('<div class="ml-layout" id="found">')
    assert answer["HX-Push-Url"] == "/catalogo/?q=barone&language=ita"
    assert "HX-Request" in answer["Vary"]
    assert "data-announce" in part


def test_values_look_through_a_long_list_with_and_without_script(client, db):
    for number in range(30):
        shelve(f"Storia {number}", author=f"Rossi{number}, Anna")
    shelve("Storia d'altri", author="Bianchi, Ugo")
    agent = Agent.objects.get(name="Bianchi, Ugo")
    address = reverse("catalog:values", args=["author"])

    page = client.get(address, {"q": "storia", "testo": "bianc"}, **ENGLISH).content.decode()
    part = client.get(address, {"q": "storia", "testo": "bianc"}, HTTP_HX_REQUEST="true").content.decode()

    assert f"/catalogo/?q=storia&amp;author={agent.pk}" in page
    assert "Rossi" not in page
    assert part.strip().startswith("<div")
    assert 'id="choices-author"' in part
    assert "Ugo Bianchi" in part
    assert "<html" not in part
    assert "Look for others" in page_of(client, "storia")


def test_values_of_htmx_keep_the_boxes_that_are_ticked(client, db):
    shelve("Storia uno", author="Rossi, Anna")
    shelve("Storia due", author="Bianchi, Ugo")
    anna = Agent.objects.get(name="Rossi, Anna")

    part = client.get(
        reverse("catalog:values", args=["author"]),
        {"q": "storia", "author": anna.pk, "testo": "bianc"},
        HTTP_HX_REQUEST="true",
    ).content.decode()

    assert "Anna Rossi" in part
    assert "Ugo Bianchi" in part
    assert part.count("checked") == 1


def test_values_of_no_kind_are_not_a_page(client, db):
    assert client.get(reverse("catalog:values", args=["nonsense"])).status_code == 404


def test_suggestions_lead_to_a_title_a_person_and_a_subject(client, db):
    title = shelve("Barone rampante", subjects=["Baroni"])
    shelve("Altro", author="Baroncelli, Eugenio")
    recount()

    offers = client.get(reverse("catalog:suggestions"), {"q": "baron"}, **ENGLISH).json()["offers"]

    agent, subject = Agent.objects.get(name="Baroncelli, Eugenio"), Subject.objects.get()
    assert {(one["label"], one["kind"], one["url"]) for one in offers} == {
        ("Barone rampante", "title", title.get_absolute_url()),
        ("Eugenio Baroncelli", "person", f"/catalogo/?author={agent.pk}"),
        ("Baroni", "subject", f"/catalogo/?subject={subject.pk}"),
    }
    assert shown(client.get(f"/catalogo/?author={agent.pk}").content.decode()) == ["Altro"]


@pytest.mark.parametrize("count", [1, 3])
def test_suggestions_ask_the_database_as_often_for_three_as_for_one(client, db, count, django_assert_num_queries):
    for number in range(count):
        shelve(f"Barone {number}")
    recount()

    with django_assert_num_queries(7):
        client.get(reverse("catalog:suggestions"), {"q": "barone"})


@pytest.mark.parametrize("typed", ["", "a", " ", "\x00", "%%%", "'\\", "x" * 3000, "_____", "il "])
def test_suggestions_bear_whatever_is_typed(client, db, typed):
    assert client.get(reverse("catalog:suggestions"), {"q": typed}).json() == {"offers": []}


def test_suggestions_stop_for_who_asks_too_often(client, monday, db, monkeypatch):
    monkeypatch.setattr("portal.views.search.MOST_IN_A_MINUTE", 2)
    cache.clear()

    codes = [client.get(reverse("catalog:suggestions"), {"q": "barone"}).status_code for _time in range(3)]

    cache.clear()
    assert codes == [200, 200, 429]


def test_feed_is_valid_has_what_arrived_last_first_and_is_announced(client, story):
    first, last = shelve("Barone vecchio", added_on="2026-01-10"), shelve("Barone nuovo", added_on="2026-02-20")
    shelve("Visconte")
    refresh([first.pk, last.pk])

    answer = client.get(reverse("catalog:feed"), {"q": "barone", "mine": "1"})
    channel = ET.fromstring(answer.content).find("channel")

    assert answer["Content-Type"].startswith("application/rss+xml")
    assert [one.findtext("title") for one in channel.iter("item")] == [
        "Barone nuovo / Italo Calvino",
        "Barone vecchio / Italo Calvino",
    ]
    item = channel.find("item")
    assert item.findtext("link") == f"http://testserver{last.get_absolute_url()}"
    assert item.findtext("guid") == item.findtext("link")
    assert item.findtext("pubDate") == "Fri, 20 Feb 2026 00:00:00 +0100"
    assert channel.findtext("link") == "http://testserver/catalogo/?q=barone"
    page = page_of(client, "barone", language="ita")
    assert re.search(r'type="application/rss\+xml"[^>]*href="/catalogo/rss/\?q=barone&amp;language=ita"', page)


@pytest.mark.parametrize("count", [1, 3])
def test_feed_asks_the_database_as_often_for_three_titles_as_for_one(client, db, count, django_assert_num_queries):
    for number in range(count):
        shelve(f"Barone {number}")

    with django_assert_num_queries(7):
        client.get(reverse("catalog:feed"), {"q": "barone"})
