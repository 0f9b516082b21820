"""The cataloguers' first page: a title that is found leads to its page; the registers of works and people."""

import pytest
from django.urls import reverse

from catalog.models import Contribution, Title
from catalog.people import name_otherwise
from catalog.search import refresh
from tests.factories import AgentFactory, CopyFactory, TitleFactory

pytestmark = pytest.mark.django_db
ISBN = "9788806219024"


@pytest.fixture
def arturo(network):
    title = TitleFactory(title="L'isola di Arturo", control_number="A1", isbns=[ISBN])
    other = TitleFactory(title="L'isola misteriosa", control_number="A2")
    agent = AgentFactory(name="Morante, Elsa", identifier="IT1")
    Contribution.objects.create(title=title, agent=agent, role="author", position=0)
    refresh([title.pk, other.pk])
    return title


def asked(desk, text):
    return desk.client.get(reverse("admin:catalogue"), {"q": text}, headers={"Accept-Language": "en"})


def test_each_title_found_leads_to_its_page(desk, arturo):
    page = asked(desk, "isola").content.decode()

    for title in Title.objects.all():
        assert f'href="{reverse("admin:title_edit", args=[title.pk])}"' in page


def test_a_whole_number_opens_its_one_title_at_once(desk, arturo):
    copy = CopyFactory(title=arturo)

    for number in ("A1", ISBN, "978-88-06-21902-4", copy.barcode):
        assert asked(desk, number)["Location"] == reverse("admin:title_edit", args=[arturo.pk]), number
    assert asked(desk, "arturo").status_code == 200, "words may mean another one"


def test_an_isbn_of_two_titles_shows_both(desk, arturo):
    twin = TitleFactory(isbns=[ISBN])

    assert twin.title in asked(desk, ISBN).content.decode()


def test_a_titles_page_leads_to_the_editions_of_its_work(desk, arturo):
    page = desk.get("title_edit", arturo.pk).content.decode()

    assert reverse("admin:work_editions", args=[arturo.work_id]) in page


def test_the_register_of_works_finds_several_words_and_the_whole_key(desk, arturo):
    def found(text):
        answer = desk.client.get(reverse("admin:catalog_work_changelist"), {"q": text})
        return [work.pk for work in answer.context["cl"].result_list]

    assert found("arturo isola morante") == [arturo.work_id]
    assert found(arturo.work.key) == [arturo.work_id]
    assert len(found("isola")) == 2
    assert found("nowhere to be found") == []


def test_the_register_of_people_finds_any_form_of_a_name(desk, arturo):
    def found(text):
        answer = desk.client.get(reverse("admin:catalog_agent_changelist"), {"q": text})
        return [agent.name for agent in answer.context["cl"].result_list]

    unnamed = AgentFactory(name="Zzz, senza titoli")
    name_otherwise(arturo.contributors.get(), ["Elsa M\u00f3rante Moravia"], [])

    for text in ("elsa morante", "Morante, E", "MORANTE elsa", "elsa mor\u00e0nte mor", "IT1"):
        assert found(text) == ["Morante, Elsa"], text
    assert found("Zzz, s") == [unnamed.name], "no title names them, so search knows no form"
    assert found("???") == []
