"""What searches find, in what order, and what they say they did."""

import datetime as dt

import pytest
from django.http import QueryDict

from catalog.models import AgentVariant, Contribution, Material, SearchRow, Subject, Title
from catalog.search import Query, Sort, refresh, search, titles_found, values_of
from catalog.search.news import added_between, last_arrived
from catalog.search.upkeep import recount
from tests.factories import AgentFactory, BranchFactory, CopyFactory, TitleFactory, WorkFactory

pytestmark = pytest.mark.django_db


def title(name, author="", *, copies=0, **fields):
    made = TitleFactory(title=name, **fields)
    if author:
        Contribution.objects.create(title=made, agent=AgentFactory(name=author), role="author", position=0)
    CopyFactory.create_batch(copies, title=made)
    return made


def known(*titles):
    refresh([one.pk for one in titles])
    recount()


def found(text, **asked):
    answer = search(Query(text=text, **asked))
    return [line.title_id for line in answer.lines]


@pytest.fixture
def shelf():
    barone = title("Il barone rampante", "Calvino, Italo", copies=3, original_title="")
    isola = title("L'isola di Arturo", "Morante, Elsa", copies=2)
    promessi = title("I promessi sposi", "Manzoni, Alessandro", copies=2)
    calvino = title("Vita di Italo Calvino", "Scarpa, Domenico")
    known(barone, isola, promessi, calvino)
    return {"barone": barone.pk, "isola": isola.pk, "promessi": promessi.pk, "vita": calvino.pk}


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("barone rampante", "barone"),
        ("Il barone rampante", "barone"),
        ("RAMPANTE", "barone"),
        ("calvino", "barone"),
        ("Calvino, Italo", "barone"),
        ("italo calvino", "barone"),
        ("calvino barone", "barone"),
        ("l’isola di arturo", "isola"),
        ("isola di Arturo", "isola"),
        ("isòla artùro", "isola"),
        ("elsa morante isola", "isola"),
        ('"promessi sposi"', "promessi"),
        ("calvino -vita", "barone"),
    ],
)
def test_a_search_finds_however_it_is_written(shelf, text, first):
    assert found(text)[0] == shelf[first]


@pytest.mark.parametrize(
    ("text", "first", "read_as"),
    [
        ("barrone rampante", "barone", "barone rampante"),
        ("barone ranpante", "barone", "barone rampante"),
        ("promesi sposi", "promessi", "promessi sposi"),
        ("mazoni", "promessi", "manzoni"),
        ("manzoin", "promessi", "manzoni"),
    ],
)
def test_a_word_nobody_has_is_corrected_and_that_is_said(shelf, text, first, read_as):
    answer = search(Query(text=text))
    assert [line.title_id for line in answer.lines] == [shelf[first]]
    assert answer.corrected == read_as


def test_the_last_word_may_be_half_typed(shelf):
    answer = search(Query(text="il barone ram"))
    assert [line.title_id for line in answer.lines] == [shelf["barone"]]
    assert answer.corrected == ""


def test_a_word_too_many_is_given_up_and_that_is_said(shelf):
    answer = search(Query(text="promessi sposi wxyzwxyz"))
    assert [line.title_id for line in answer.lines] == [shelf["promessi"]]
    assert answer.left_out == ("wxyzwxyz",)


def test_a_word_that_somebody_has_may_be_half_a_word_too(shelf):
    known(title("Ram"))
    answer = search(Query(text="barone ram"))
    assert [line.title_id for line in answer.lines] == [shelf["barone"]]


def test_when_little_is_found_titles_nearly_called_so_are_offered():
    rosa, rossa = title("Il nome della rosa"), title("Il mio nome è rosso")
    known(rosa, rossa)
    answer = search(Query(text="il nome della rossa"))
    assert [line.title_id for line in answer.lines] == [rossa.pk]
    assert answer.spellings == ("il nome della rosa",)


@pytest.mark.parametrize("text", ["___", "-calvino", "!?"])
def test_text_without_a_word_finds_nothing_anywhere(shelf, text):
    assert search(Query(text=text)).lines == ()
    assert values_of(Query(text=text), "author", "") == ()
    assert not titles_found(text).exists()
    assert last_arrived(Query(text=text), 9) == []
    assert added_between(Query(text=text), 0, 10**9, 9) == []


@pytest.mark.parametrize("text", ["gabbianella inglese", "gabbianella dvd", "gabbianella 3"])
def test_what_one_says_beside_a_title_is_found_too(text):
    made = title("La gabbianella", language="eng", material=Material.DVD, series="Gatti", series_number="3")
    known(made, title("La gabbianella"))
    assert found(text) == [made.pk]


def test_volumes_asked_for_as_much_come_in_their_order():
    volumes = [title(f"Un pezzo {number}") for number in range(3)]
    known(*volumes)
    assert found("pezzo") == [one.pk for one in volumes]


def test_filters_that_leave_nothing_do_not_make_a_word_wrong(shelf):
    answer = search(Query(text="calvino", filters={"language": ("eng",)}))
    assert (answer.lines, answer.spellings) == ((), ())


def test_a_work_is_called_as_its_italian_edition_that_most_ask_for():
    work = WorkFactory(title="El barón rampante")
    spanish = title("El barón rampante", work=work, language="spa", copies=3)
    known(spanish, title("Il barone rampante", work=work, language="ita"))
    work.refresh_from_db()
    assert work.title == "Il barone rampante"


def test_a_record_longer_than_a_row_can_hold_is_cut():
    made = title("Lungo", responsibility="parola " * 140)
    for number in range(400):
        letters = "".join(chr(97 + (number * 7 + place * 11) % 26) for place in range(280))
        made.subjects.add(Subject.objects.create(heading=f"{number} {letters}"))
    known(made)
    assert found("lungo") == [made.pk]


def test_one_letter_alone_is_not_searched_for_the_rest(shelf):
    known(title("Y"))
    assert found("wxwx y") == []


def test_the_year_of_an_edition_is_a_word_too():
    first, second = title("Le cosmicomiche", year=1965), title("Le cosmicomiche", year=1993)
    known(first, second)
    assert found("cosmicomiche 1965") == [first.pk]


@pytest.mark.parametrize(
    ("sort", "first"), [(Sort.NEWEST, "Comune 39"), (Sort.ARRIVED, "Comune 39"), (Sort.TITLE, "Comune 00")]
)
def test_an_order_other_than_demand_goes_through_all_titles(monkeypatch, sort, first):
    monkeypatch.setattr("catalog.search.asking.EXACT_UP_TO", 10)
    monkeypatch.setattr("catalog.search.asking.ENOUGH", 5)
    titles = [
        TitleFactory(title=f"Comune {number:02}", year=1950 + number, added_on=dt.date(2026, 1, 1 + number % 28))
        for number in range(40)
    ]
    titles[39].added_on = dt.date(2026, 2, 1)
    titles[39].save()
    CopyFactory.create_batch(3, title=titles[7])
    known(*titles)
    seen, after, pages = [], "", []
    while True:
        answer = search(Query(text="comune", sort=sort), after=after)
        pages.append(answer)
        seen += [line.title_id for line in answer.lines]
        after = answer.after
        if not after:
            break
    assert Title.objects.get(pk=seen[0]).title == first
    assert len(seen) == len(set(seen)) == 40
    assert search(Query(text="comune", sort=sort), before=pages[1].before).lines == pages[0].lines


def test_an_exact_search_corrects_nothing(shelf):
    answer = search(Query(text="barrone rampante", is_exact=True))
    assert (answer.lines, answer.corrected, answer.left_out) == ((), "", ())
    assert "barone rampante" in answer.spellings


def test_words_that_search_leaves_out_are_found_when_there_are_no_others():
    noi, io = title("Noi"), title("Io e te")
    known(noi, io, title("Noi siamo infinito"))
    assert found("noi")[0] == noi.pk
    assert found("io e te") == [io.pk]


def test_a_title_that_is_just_that_comes_before_one_asked_for_more():
    milano, popular = title("Milano"), title("Milano calibro 9", copies=12)
    known(milano, popular)
    assert found("milano") == [milano.pk, popular.pk]


def test_what_the_libraries_have_more_of_comes_first():
    few, many = title("Orlando e altre storie", copies=1), title("Orlando in città", copies=9)
    known(few, many)
    assert found("orlando") == [many.pk, few.pk]


@pytest.mark.parametrize("text", ["9788806220976", "978-88-06-22097-6", "8806220977"])
def test_an_isbn_finds_its_edition_in_either_form(text):
    made = title("Qualcosa", isbns=["9788806220976"])
    known(made)
    assert found(text) == [made.pk]


def test_another_form_of_a_name_finds_too():
    made = title("Altissima povertà", "Cicerone, Marco Tullio")
    AgentVariant.objects.create(agent=made.contributors.get(), name="Cicero")
    known(made)
    assert found("cicero") == [made.pk]


def test_a_translation_is_found_by_its_original_title_and_stands_with_its_work():
    work = WorkFactory()
    italian = title("Il giovane Holden", work=work, original_title="The catcher in the rye", copies=2)
    english = title("The catcher in the rye", work=work, language="eng")
    known(italian, english)
    answer = search(Query(text="catcher in the rye"))
    assert len(answer.lines) == 1
    assert set(answer.lines[0].title_ids) == {italian.pk, english.pk}
    assert (answer.lines[0].editions, answer.count) == (2, 1)


def test_facets_count_works_and_narrow():
    work = WorkFactory()
    titles = [
        title("Guida di Milano", language="ita", work=work, year=2001),
        title("Guida di Milano", language="ita", work=work, year=2003),
        title("Guida di Milano in inglese", language="eng", material=Material.AUDIOBOOK, year=2015),
    ]
    known(*titles)
    answer = search(Query(text="guida milano"))
    counts = {group.kind: {one.code: one.count for one in group.values} for group in answer.facets}
    assert counts["language"] == {"ita": 1, "eng": 1}
    assert counts["period"] == {"2000": 1, "2010": 1}
    assert counts["format"] == {"audio": 1}
    narrowed = search(Query(text="guida milano", filters={"language": ("eng",)}))
    assert [line.title_id for line in narrowed.lines] == [titles[2].pk]
    languages = next(group for group in narrowed.facets if group.kind == "language")
    assert {one.code: (one.count, one.is_chosen) for one in languages.values} == {"eng": (1, True), "ita": (1, False)}


def test_values_of_one_kind_widen_and_kinds_narrow():
    titles = [
        title("Luce", language="ita", material=Material.BOOK),
        title("Luce e ombra", language="eng", material=Material.BOOK),
        title("Luce del sud", language="eng", material=Material.DVD),
    ]
    known(*titles)
    assert len(found("luce", filters={"language": ("eng", "ita")})) == 3
    assert found("luce", filters={"language": ("eng",), "material": ("dvd",)}) == [titles[2].pk]
    assert found("luce", filters={"language": ("xxx",)}) == []


def test_a_place_narrows_to_what_it_has():
    here, there = BranchFactory(), BranchFactory()
    own, other = title("Fiume"), title("Fiume grande")
    CopyFactory(title=own, home=here, place=here)
    CopyFactory(title=other, home=there, place=there)
    known(own, other)
    assert found("fiume", filters={"place": (str(here.pk),)}) == [own.pk]


@pytest.mark.parametrize(
    ("sort", "order"),
    [(Sort.NEWEST, [2, 0, 1]), (Sort.TITLE, [1, 2, 0]), (Sort.ASKED, [0, 1, 2])],
)
def test_results_come_in_the_order_asked_for(sort, order):
    titles = [
        title("Vento zeta", year=2000, copies=5),
        title("Vento alfa", year=1990, copies=3),
        title("Vento beta", year=2020),
    ]
    known(*titles)
    assert found("vento", sort=sort) == [titles[number].pk for number in order]


def test_pages_follow_each_other_without_gap_or_double():
    titles = TitleFactory.create_batch(47, title="Pagina")
    known(*titles)
    seen, after, pages = [], "", []
    while True:
        answer = search(Query(text="pagina"), after=after)
        pages.append(answer)
        seen += [line.title_id for line in answer.lines]
        after = answer.after
        if not after:
            break
    assert sorted(seen) == sorted(one.pk for one in titles)
    assert [len(page.lines) for page in pages] == [20, 20, 7]
    assert search(Query(text="pagina"), before=pages[2].before).lines == pages[1].lines
    assert pages[0].before == ""


@pytest.mark.parametrize(
    "token", ["x", "W10", "WzEsMl0", "bnVsbA", "WyJhIiwxXQ", "W3RydWUsMV0", "WyJcdWQ4MDAiLDFd", "%00", "é" * 9]
)
def test_a_place_in_the_pages_that_was_made_up_breaks_nothing(token, shelf):
    assert search(Query(text="calvino"), after=token) is not None
    assert search(Query(text="calvino", sort=Sort.TITLE), before=token) is not None


@pytest.mark.parametrize(
    "text",
    ["'", '"', "\\", "'; DROP TABLE x; --", "a & | !", ":*", "((", "%", "_", "<->", "\u202e", "😀", "--", '""'],
)
def test_no_text_breaks_a_search(text, shelf):
    search(Query(text=text))
    assert titles_found(text) is not None


def test_a_title_merged_into_another_is_found_no_more():
    one, other = title("Doppio"), title("Doppio")
    known(one, other)
    Title.objects.filter(pk=other.pk).update(merged_into=one)
    refresh([other.pk])
    assert found("doppio") == [one.pk]
    assert not SearchRow.objects.filter(title=other).exists()


def test_query_is_read_from_an_address_and_written_in_one_order():
    data = QueryDict("language=eng&q=+il++mare&language=ita&material=&sort=nonsense&free=1&place=%00")
    query = Query.of(data)
    assert query == Query(text="il mare", filters={"language": ("eng", "ita")}, free_only=True)
    assert Query.of(QueryDict(query.address())) == query
    assert query.address() == "q=il+mare&language=eng&language=ita&free=1"


def test_many_titles_with_one_word_are_counted_from_the_most_asked_for(monkeypatch):
    monkeypatch.setattr("catalog.search.asking.EXACT_UP_TO", 10)
    monkeypatch.setattr("catalog.search.asking.ENOUGH", 5)
    monkeypatch.setattr("catalog.search.asking.TOO_FEW", 3)
    monkeypatch.setattr("catalog.search.asking.BANDS", (12, 16, 24, 32))
    monkeypatch.setattr("catalog.search.upkeep.BANDS", (12, 16, 24, 32))
    titles = TitleFactory.create_batch(40, title="Comune")
    CopyFactory.create_batch(2, title=titles[7])
    exact = TitleFactory(title="Comune mortale")
    known(*titles, exact)
    answer = search(Query(text="comune"))
    assert answer.is_at_least
    assert 10 <= answer.count < 41
    assert answer.lines[0].title_id == titles[7].pk
    assert not search(Query(text="mortale")).is_at_least
