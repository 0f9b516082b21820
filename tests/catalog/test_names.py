"""Other forms of names come from a file, and people are found by them."""

import pytest

from catalog.models import Agent, AgentVariant, Contribution
from catalog.names import load_names
from catalog.search import Query, refresh, search
from tests.factories import AgentFactory, TitleFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def names(tmp_path):
    path = tmp_path / "names.tsv"
    path.write_text(
        "name\tvariants\tsee_also\nČechov, Anton\tChekhov, Anton ; Чехов, Антон\tRossi, Ada\nNessuno, Qui\tNobody\t\n"
    )
    return path


def test_a_person_is_found_by_every_form_of_the_name(names):
    title = TitleFactory(title="Il gabbiano")
    Contribution.objects.create(title=title, agent=AgentFactory(name="Čechov, Anton"), role="author", position=0)
    other = AgentFactory(name="Rossi, Ada")
    refresh([title.pk])
    assert load_names(names) == 2
    assert load_names(names) == 0
    for text in ("chekhov", "Чехов", "anton čechov"):
        assert [line.title_id for line in search(Query(text=text)).lines] == [title.pk]
    assert list(Agent.objects.get(name="Čechov, Anton").see_also.all()) == [other]
    assert not AgentVariant.objects.filter(name="Nobody").exists()
