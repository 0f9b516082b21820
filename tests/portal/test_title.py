"""A title's page, its citations and record; a person's page."""

import json
import re

import pytest
from django.urls import reverse

from branches.start import SESSION_KEY
from catalog.importing import import_file
from catalog.models import (
    Agent,
    AgentVariant,
    Audience,
    Contribution,
    Material,
    Role,
    ShelfHint,
    Subject,
    Title,
)
from catalog.people import PersonGone, SamePerson, merge_people
from catalog.search import refresh, search
from catalog.search.query import Query
from catalog.search.upkeep import recount
from loans.states import HoldLevel
from tests.catalog.marc.build import marcxml, simple
from tests.factories import LibrarianFactory, TitleFactory, UserFactory, WorkFactory
from tests.story import fresh

pytestmark = pytest.mark.django_db
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


def by(title, name="Calvino, Italo", role=Role.AUTHOR, position=0):
    agent, _made = Agent.objects.get_or_create(name=name)
    Contribution.objects.create(title=title, agent=agent, role=role, position=position)
    refresh([title.pk])
    return title


def about(title, *headings):
    title.subjects.add(*(Subject.objects.get_or_create(heading=heading)[0] for heading in headings))
    refresh([title.pk])
    return title


def page_of(client, title, **headers):
    return client.get(title.get_absolute_url(), **ENGLISH | headers).content.decode()


def body_of(page):
    return page[page.index("<main") :]


def data_in(page):
    (written,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    return json.loads(written)


def test_title_shows_copies_by_place_what_is_free_and_where_it_stands(client, story):
    title = by(TitleFactory(summary="Cosimo climbs a tree."))
    story.copies(2, title=title, home=story.network.north, shelf_mark="N CAL")
    story.copies(1, title=title, home=story.network.south, shelf_mark="R 853")
    for prefix, hint in (("", "elsewhere"), ("N", "first floor"), ("N C", "by the window")):
        ShelfHint.objects.create(place=story.network.north, prefix=prefix, hint={"it": f"it {hint}", "en": hint})
    story.hold(title, pickup=story.network.north)

    page = page_of(client, title)

    assert "2 copies free now, of 3" in page
    assert "by the window" in page
    assert "first floor" not in page
    assert "promised to a reader" in page
    assert "Cosimo climbs a tree." in page
    assert 'lang="it">it by the window' in page_of(client, title, HTTP_ACCEPT_LANGUAGE="it")


def test_title_says_until_when_a_copy_is_lent_and_nothing_of_who_has_it(client, story):
    title = TitleFactory()
    loan = story.lent(story.copies(1, title=title)[0])

    page = page_of(client, title)

    assert "on loan until 1 April" in page
    assert loan.reader.card_number not in page
    assert loan.reader.family_name not in page


def test_title_says_how_far_its_copies_are_once_a_start_is_chosen(client, story):
    title = TitleFactory()
    story.copies(1, title=title, home=story.network.north)
    assert "on foot" not in page_of(client, title)

    page = client.get(title.get_absolute_url(), {"da": "m1"}, **ENGLISH).content.decode()

    assert re.search(r"\d+ minutes? on foot", page)
    assert client.session[SESSION_KEY] == "m1"


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("start", "queries"), [("", 15), ("m1", 20)])
def test_title_asks_the_database_as_often_for_three_of_everything_as_for_one(
    client, story, count, start, queries, django_assert_num_queries
):
    places = [story.network.north, story.network.south, story.network.bus]
    title = TitleFactory(series="Our forefathers", series_position=5)
    for number in range(count):
        by(title, f"Autore, {number}", position=number)
        about(title, f"Alberi {number}")
        story.copies(1, title=title, home=places[number], shelf_mark=f"N {number}")
        ShelfHint.objects.create(place=places[number], prefix="N", hint={"it": "qui"})
        story.copies(1, title=TitleFactory(work=title.work))
        series = TitleFactory(series="Our forefathers", series_position=6 + number)
        other = about(by(TitleFactory(), f"Altro, {number}"), f"Alberi {number}")
        story.copies(1, title=other)
        refresh([series.pk, other.pk])
    refresh([title.pk])
    title = fresh(title)
    if start:
        session = client.session
        session[SESSION_KEY] = start
        session.save()

    with django_assert_num_queries(queries):
        answer = client.get(title.get_absolute_url())

    assert len(answer.context["lines"]) == len(answer.context["similar"]) == len(answer.context["subjects"]) == count


def test_title_without_its_name_leads_to_the_full_address(client):
    title = TitleFactory(title="Città")

    answer = client.get(f"/catalogo/{title.pk}/")

    assert (answer.status_code, answer["Location"]) == (301, title.get_absolute_url())


def test_title_merged_into_another_leads_there_for_good(client):
    title, other = TitleFactory(), TitleFactory()
    Title.objects.filter(pk=other.pk).update(merged_into=title)

    answer = client.get(other.get_absolute_url())

    assert (answer.status_code, answer["Location"]) == (301, title.get_absolute_url())


def test_title_called_marc_has_a_page_of_its_own(client):
    title = TitleFactory(title="Marc")

    assert client.get(title.get_absolute_url()).status_code == 200
    assert client.get(reverse("portal:marc", args=[title.pk])).templates[0].name == "portal/title_marc.html"


@pytest.mark.parametrize("number", ["0", "999999999", "9" * 30])
@pytest.mark.parametrize(
    "address", ["/catalogo/{}/", "/catalogo/{}/x/", "/catalogo/{}/marc/", "/catalogo/{}/citazione.ris",
                "/catalogo/persone/{}/", "/catalogo/persone/{}/x/", "/copertine/{}-m.webp"]
)  # fmt: skip
def test_numbers_that_nothing_has_are_not_found(client, number, address):
    assert client.get(address.format(number)).status_code == 404


def test_title_groups_the_other_editions_and_marks_those_free_now(client, story):
    title = TitleFactory(title="Il barone rampante", language="ita")
    work = title.work
    free = TitleFactory(work=work, title="The baron in the trees", language="eng")
    TitleFactory(work=work, title="Il barone a voce", language="ita", material=Material.AUDIOBOOK)
    TitleFactory(work=work, title="Il barone illustrato", language="ita")
    merged = TitleFactory(work=work, title="Il barone doppio")
    Title.objects.filter(pk=merged.pk).update(merged_into=title)
    story.copies(1, title=free)

    page = body_of(page_of(client, title))

    others, forms, languages = (
        page.index(text) for text in ("Other editions", "In another form", "In another language")
    )
    assert others < page.index("Il barone illustrato") < forms < page.index("Il barone a voce") < languages
    assert languages < page.index("The baron in the trees") < page.index("free now", languages)
    assert "1 other edition is free now" in page
    assert "Il barone doppio" not in page


def test_title_shows_its_neighbours_in_the_series_in_order(client):
    titles = [TitleFactory(title=f"Volume {n}", series="Ulysses Moore", series_position=n) for n in range(1, 11)]
    TitleFactory(title="Volume 5 bis", work=titles[5].work, series="Ulysses Moore", series_position=6)
    TitleFactory(title="Fuori", series="Another", series_position=6)
    refresh([*Title.objects.values_list("pk", flat=True)])

    page = page_of(client, fresh(titles[4]))

    shown = re.findall(r"(?<=>)Volume [^<]+(?=</a>)", page[page.index('class="ml-series"') :])
    assert shown == ["Volume 2", "Volume 3", "Volume 4", "Volume 6", "Volume 7", "Volume 8"]
    assert re.search(r'rel="prev">Volume 4', page)
    assert re.search(r'rel="next">Volume 6', page)


def test_title_shows_similar_ones_by_what_they_share_with_the_rarer_first(client, story):
    title = about(TitleFactory(title="Alberi di Milano", dewey="582"), "Alberi", "Milano")
    near = about(TitleFactory(title="Alberi in citta", dewey="582"), "Alberi", "Milano")
    far = about(TitleFactory(title="Boschi"), "Alberi")
    child = about(TitleFactory(title="Alberi da colorare", audience=Audience.CHILDREN), "Alberi", "Milano")
    away = about(TitleFactory(title="Senza copie"), "Alberi", "Milano")
    other = about(TitleFactory(title="Cucina"), "Ricette")
    same = about(TitleFactory(title="Alberi di Milano, nuova edizione", work=title.work), "Alberi", "Milano")
    for one in (title, near, far, child, other, same):
        story.copies(1, title=one)
    refresh([*Title.objects.values_list("pk", flat=True)])
    recount()

    answer = client.get(title.get_absolute_url())

    assert [one.title for one in answer.context["similar"]] == ["Alberi in citta", "Boschi", "Alberi da colorare"]
    assert away.title not in answer.content.decode()


def test_title_tells_machines_of_its_work_and_cannot_break_out_of_their_element(client, story):
    title = by(
        TitleFactory(
            title="</script><b>Il barone", isbns=["9788806220495"], publisher="Einaudi & C.", year=1957, language="ita"
        )
    )
    TitleFactory(work=title.work, title="The baron", language="eng")
    by(title, "Rossi, Ada", Role.TRANSLATOR, 1)
    story.copies(1, title=title, home=story.network.north)

    page = page_of(client, title)

    data = data_in(page)
    assert "<b>Il barone" not in page
    assert (data["@type"], data["name"], data["author"][0]["name"]) == (
        "Book",
        "</script><b>Il barone",
        "Italo Calvino",
    )
    this, other = data["workExample"]
    assert (this["isbn"], this["inLanguage"], this["datePublished"]) == (["9788806220495"], "it", "1957")
    assert this["translator"][0]["name"] == "Ada Rossi"
    assert this["offers"]["availability"].endswith("InStock")
    assert this["offers"]["availableAtOrFrom"][0]["name"] == story.network.north.name
    assert (other["inLanguage"], other["offers"]["availability"][-10:]) == ("en", "OutOfStock")
    assert 'property="og:image" content="http' in page


@pytest.mark.parametrize("material", Material.values)
def test_title_of_every_material_has_a_page(client, material):
    title = by(TitleFactory(material=material))

    assert data_in(page_of(client, title))["workExample"]
    assert client.get(reverse("portal:citation", args=[title.pk, "ris"])).content.startswith(b"TY  - ")


def test_citations_bear_what_their_formats_cannot(client):
    title = by(
        TitleFactory(
            title="100 % {graffe} & \\ _", subtitle="una\nriga", publisher="A#B", year=2001, isbns=["9788806220495"]
        )
    )

    bib = client.get(reverse("portal:citation", args=[title.pk, "bib"]))
    ris = client.get(reverse("portal:citation", args=[title.pk, "ris"]))

    assert r"title = {100 \% \{graffe\} \& \textbackslash{} \_: una riga}" in bib.content.decode()
    assert "author = {Calvino, Italo}" in bib.content.decode()
    assert "TI  - 100 % {graffe} & \\ _: una riga\r\n" in ris.content.decode()
    assert ris.content.decode().endswith("ER  - \r\n")
    assert "attachment" in ris["Content-Disposition"]
    assert client.get(f"/catalogo/{title.pk}/citazione.exe").status_code == 404


def test_record_is_shown_whole_and_escaped(client):
    record = {
        "leader": "00000nam a2200000 a 4500",
        "fields": [
            {"001": "A1"},
            {"245": {"ind1": "1", "ind2": " ", "subfields": [{"a": "<b>Titolo"}, {"c": "Calvino"}, {"a": "ancora"}]}},
        ],
    }
    title = TitleFactory(record=record)

    page = client.get(reverse("portal:marc", args=[title.pk])).content.decode()

    assert "00000nam" in page
    assert "1#" in page
    assert "&lt;b&gt;Titolo" in page
    assert page.index("Titolo") < page.index("Calvino") < page.index("ancora")


@pytest.mark.parametrize("record", [{}, {"fields": []}, {"leader": "x", "fields": [{"245": {}}, {"001": None}]}, []])
def test_record_that_is_strange_or_missing_does_no_harm(client, record):
    assert client.get(reverse("portal:marc", args=[TitleFactory(record=record).pk])).status_code == 200


def test_waiting_counts_who_waits_for_this_edition_or_any(client, story):
    title = TitleFactory()
    story.lent(story.copies(1, title=title)[0])
    other = TitleFactory(work=title.work)
    story.lent(story.copies(1, title=other)[0])
    for one, level in ((title, HoldLevel.TITLE), (title, HoldLevel.WORK), (other, HoldLevel.TITLE)):
        story.hold(one, level=level)

    assert "2 readers wait for it" in page_of(client, title)


# --- People


def test_person_shows_names_and_works_by_role(client):
    calvino = by(TitleFactory(title="Il barone rampante")).contributions.get().agent
    by(TitleFactory(title="I fiori blu"), role=Role.TRANSLATOR)
    AgentVariant.objects.create(agent=calvino, name="Calvino, I.")
    calvino.see_also.add(Agent.objects.create(name="Tornio, Tonio"))

    page = client.get(calvino.get_absolute_url(), **ENGLISH).content.decode()

    assert "Calvino, I." in page
    assert "Tonio Tornio" in page
    body = body_of(page)
    assert body.index("Author (1)") < body.index("Il barone rampante") < body.index("Translator (1)")
    assert body.index("Translator (1)") < body.index("I fiori blu")
    assert f"author={calvino.pk}" in page
    assert (data_in(page)["@type"], data_in(page)["alternateName"]) == ("Person", ["Calvino, I."])


@pytest.mark.parametrize("count", [1, 3])
def test_person_asks_the_database_as_often_for_three_works_as_for_one(client, count, django_assert_num_queries):
    for number in range(count):
        for role in (Role.AUTHOR, Role.EDITOR):
            by(TitleFactory(title=f"Opera {number}"), role=role)
    agent = Agent.objects.get()

    with django_assert_num_queries(6):
        client.get(agent.get_absolute_url())


def test_person_counts_works_and_not_their_editions(client):
    work = WorkFactory()
    for _number in range(3):
        by(TitleFactory(work=work))

    assert "Author (1)" in client.get(Agent.objects.get().get_absolute_url(), **ENGLISH).content.decode()


def test_person_without_the_name_leads_to_the_full_address(client):
    agent = Agent.objects.create(name="鲁迅")

    answer = client.get(f"/catalogo/persone/{agent.pk}/")

    assert (answer.status_code, answer["Location"]) == (301, agent.get_absolute_url())
    assert client.get(agent.get_absolute_url()).status_code == 200


def test_merge_moves_what_one_did_to_the_other_and_keeps_the_name(story):
    title = by(by(TitleFactory(title="Il barone rampante")), "Calvino, I.", position=1)
    only = by(TitleFactory(title="Marcovaldo"), "Calvino, I.")
    into, other = Agent.objects.get(name="Calvino, Italo"), Agent.objects.get(name="Calvino, I.")
    AgentVariant.objects.create(agent=other, name="Calvinus")
    Agent.objects.filter(pk=other.pk).update(identifier="ITICCU1")

    merge_people(into, Agent.objects.get(pk=other.pk), actor=None)

    into = fresh(into)
    assert list(title.contributions.values_list("agent", "role")) == [(into.pk, Role.AUTHOR)]
    assert only.contributions.get().agent == into
    assert set(into.variants.values_list("name", flat=True)) == {"Calvino, I.", "Calvinus"}
    assert into.identifier == "ITICCU1"
    assert search(Query(text="calvinus")).count == 2
    assert search(Query(filters={"author": (str(into.pk),)})).count == 2


def test_merge_refuses_one_with_itself_and_one_that_is_gone():
    one, other = Agent.objects.create(name="A"), Agent.objects.create(name="B")

    with pytest.raises(SamePerson):
        merge_people(one, one, actor=None)
    gone = Agent(pk=other.pk + 99, name="C")
    with pytest.raises(PersonGone):
        merge_people(one, gone, actor=None)


def test_merge_in_the_register_asks_which_name_stays(client):
    one, other = Agent.objects.create(name="Ginzburg, Natalia"), Agent.objects.create(name="Ginzburg, N.")
    client.force_login(LibrarianFactory(), backend="accounts.backends.CardBackend")
    address = reverse("admin:catalog_agent_changelist")
    chosen = {"action": "make_one", "_selected_action": [one.pk, other.pk]}

    asked = client.post(address, chosen, **ENGLISH)
    done = client.post(address, chosen | {"into": one.pk})

    assert "Which name stays?" in asked.content.decode()
    assert done["Location"] == reverse("admin:catalog_agent_change", args=[one.pk])
    assert list(Agent.objects.values_list("name", flat=True)) == ["Ginzburg, Natalia"]
    assert client.get(done["Location"]).status_code == 200
    assert client.post(address, {**chosen, "_selected_action": [one.pk]}, follow=True).status_code == 200


def test_other_names_written_in_the_register_are_found_at_once(client):
    by(TitleFactory(title="Il barone rampante"))
    agent, other = Agent.objects.get(), Agent.objects.create(name="Tornio, Tonio", identifier="X1")
    AgentVariant.objects.create(agent=agent, name="Gone")
    client.force_login(LibrarianFactory(), backend="accounts.backends.CardBackend")
    address = reverse("admin:catalog_agent_change", args=[agent.pk])
    form = {
        "name": agent.name,
        "identifier": "",
        "other_names": "Kalvino\n\n Kalvino \r\nCalvino,  I.",
        "others": "Tornio, Tonio | X1",
    }

    refused = client.post(address, form | {"others": "Nobody, N."}, **ENGLISH)
    answer = client.post(address, form)

    assert "No entry is written so" in refused.content.decode()
    assert answer.status_code == 302
    assert list(agent.variants.values_list("name", flat=True)) == ["Calvino, I.", "Kalvino"]
    assert list(agent.see_also.all()) == [other]
    assert search(Query(text="kalvino", is_exact=True)).count == 1
    assert "Tornio, Tonio | X1" in client.get(address).content.decode()


def test_name_of_a_merged_entry_leads_imports_to_the_one_that_stays(tmp_path):
    path = tmp_path / "one.xml"
    authored = ("100", "1 ", "a", "Ginzburg, N.")

    def bring(*more):
        path.write_bytes(marcxml(simple("A1", "Lessico famigliare", authored, *more)))
        import_file(path, source="here")
        Title.objects.update(record_hash="")

    bring()
    stays = Agent.objects.create(name="Ginzburg, Natalia")
    merge_people(stays, Agent.objects.get(name="Ginzburg, N."), actor=None)
    bring(("700", "1 ", "a", "Ginzburg, Natalia", "e", "author"))

    assert list(Agent.objects.all()) == [stays]
    assert set(Contribution.objects.values_list("agent", flat=True)) == {stays.pk}


def test_register_of_people_is_for_who_may_change_them(client):
    user = UserFactory(is_staff=True)
    client.force_login(user, backend="accounts.backends.CardBackend")

    assert client.get(reverse("admin:catalog_agent_changelist")).status_code == 403
