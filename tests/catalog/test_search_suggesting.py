"""What is offered while somebody types, and the nightly counting behind it."""

import pytest

from catalog.models import AgentVariant, Contribution, Facet, FacetKind, Misspelling, Subject, Suggestion, Word
from catalog.search import Query, refresh, search, suggest, values_of
from catalog.search.upkeep import recount
from tests.factories import AgentFactory, CopyFactory, TitleFactory

pytestmark = pytest.mark.django_db


def offers(text, **limits):
    return [(one.kind, one.label) for one in suggest(text, **limits)]


@pytest.fixture
def barone():
    title = TitleFactory(title="Il barone rampante", series="I coralli")
    Contribution.objects.create(title=title, agent=AgentFactory(name="Calvino, Italo"), role="author", position=0)
    title.subjects.add(Subject.objects.create(heading="Nobiltà - Italia"))
    CopyFactory.create_batch(3, title=title)
    refresh([title.pk])
    return title


@pytest.mark.parametrize(
    ("typed", "offer"),
    [
        ("bar", ("title", "Il barone rampante")),
        ("il bar", ("title", "Il barone rampante")),
        ("BARONE R", ("title", "Il barone rampante")),
        ("calv", ("author", "Calvino, Italo")),
        ("italo c", ("author", "Calvino, Italo")),
        ("Calvino, I", ("author", "Calvino, Italo")),
        ("nobilta", ("subject", "Nobiltà - Italia")),
        ("ramp", ("title", "Il barone rampante")),
        ("barone ramp", ("title", "Il barone rampante")),
    ],
)
def test_what_begins_as_typed_is_offered(barone, typed, offer):
    assert offer in offers(typed)


@pytest.mark.parametrize("typed", ["", " ", "%", "_", "\\", "'", "zzz", "\x00", "x" * 500, "😀", '"'])
def test_nothing_is_offered_for_what_nothing_begins_with(barone, typed):
    assert offers(typed) == []


def test_an_article_that_was_typed_counts():
    geniale, amore = TitleFactory(title="L'amica geniale"), TitleFactory(title="Amore")
    CopyFactory.create_batch(9, title=amore)
    refresh([geniale.pk, amore.pk])
    assert offers("l'am")[0] == ("title", "L'amica geniale")
    assert offers("am")[0] == ("title", "Amore")


def test_each_thing_is_offered_once_however_many_forms_it_has(barone):
    agent = barone.contributors.get()
    AgentVariant.objects.create(agent=agent, name="Calvinus")
    refresh([barone.pk])
    assert offers("calvin") == [("author", "Calvino, Italo")]
    assert offers("calvinus") == [("author", "Calvino, Italo")]


def test_what_is_asked_for_most_is_offered_first(barone):
    popular = TitleFactory(title="Bartleby lo scrivano")
    CopyFactory.create_batch(9, title=popular)
    refresh([popular.pk])
    recount()
    assert [label for _kind, label in offers("bar")] == ["Bartleby lo scrivano", "Il barone rampante"]


def test_a_person_is_a_search_narrowed_to_them(barone):
    offer = suggest("calvino")[0]
    found = search(Query(filters=offer.filters))
    assert [line.title_id for line in found.lines] == [barone.pk]


def test_counting_forgets_what_is_gone(barone):
    barone.title = "Il visconte dimezzato"
    barone.save(update_fields=["title"])
    refresh([barone.pk])
    recount()
    assert offers("barone") == []
    assert offers("visc") == [("title", "Il visconte dimezzato")]
    assert not Suggestion.objects.filter(form__startswith="barone").exists()


def test_counting_says_how_many_titles_have_each_word_and_facet(barone):
    other = TitleFactory(title="Barone per caso")
    refresh([other.pk])
    recount()
    assert Word.objects.get(word="barone").titles == 2
    assert Facet.objects.get(kind=FacetKind.MATERIAL, code="book").titles == 2
    assert set(Misspelling.objects.filter(word="caso").values_list("written", flat=True)) == {
        *("caso", "aso", "cso", "cao", "cas"),
    }


def test_long_lists_of_values_are_looked_through(barone):
    for number in range(12):
        title = TitleFactory(title=f"Libro {number}")
        agent = AgentFactory(name=f"Autore{number:02}, Ada")
        Contribution.objects.create(title=title, agent=agent, role="author", position=0)
        refresh([title.pk])
    recount()
    groups = {group.kind: group for group in search(Query()).facets}
    assert groups["author"].has_more
    assert [one.label for one in values_of(Query(), "author", "càlv")] == ["Italo Calvino"]
    assert len(values_of(Query(), "author", "autore")) == 12
    assert values_of(Query(), "author", "%") == ()
