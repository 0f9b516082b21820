"""The history's page, from the right and from the wrong account."""

import csv
import io
import json

import pytest
from django.urls import reverse

from accounts.models import Consent
from catalog.models import Contribution, Role
from loans.history import keep_history
from loans.models import Loan
from milanolib import clock
from tests.factories import AgentFactory, GuardianshipFactory, TitleFactory, UserFactory
from tests.story import fresh

pytestmark = pytest.mark.django_db


def read(story, reader, *titles):
    """Loans of titles that the reader has given back, the last title last."""
    loans = []
    for name in titles:
        copy = story.copies(1, title=TitleFactory(title=name))[0]
        loans.append(story.lent(copy, reader=reader))
        story.later(minutes=1)
        story.given_back(copy)
    return loans


def page_of(client, *args, **data):
    name = "portal:history_of" if args else "portal:history"
    return client.get(reverse(name, args=args), data, HTTP_ACCEPT_LANGUAGE="en").content.decode()


def test_history_off_says_what_it_would_mean_and_shows_nothing(story, signed_in):
    reader, client = signed_in()
    read(story, reader, "Il barone rampante")

    page = page_of(client)

    assert "The history is off" in page
    assert "barone" not in page


def test_history_is_switched_on_by_the_reader_and_hidden_from_others(story, signed_in):
    reader, client = signed_in()
    _other, stranger = signed_in()
    address = reverse("portal:history_keep", args=[reader.pk])

    wrong = stranger.post(address)
    assert not fresh(reader).keeps_history
    right = client.post(address)

    assert wrong.status_code == 404
    assert right["Location"] == reverse("portal:history_of", args=[reader.pk])
    assert Consent.objects.get(reader=reader).kind == "history"


def test_history_lists_the_last_one_first_and_nobody_elses(story, signed_in):
    reader, client = signed_in()
    other, stranger = signed_in()
    for one in (reader, other):
        keep_history(one)
    read(story, reader, "Marcovaldo", "Palomar")
    read(story, other, "Ossi di seppia")

    page = page_of(client)

    assert page.index("Palomar") < page.index("Marcovaldo")
    assert "Ossi" not in page
    assert stranger.get(reverse("portal:history_of", args=[reader.pk])).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_history_asks_the_database_as_often_for_three_rows_as_for_one(
    story, signed_in, count, django_assert_num_queries
):
    reader, client = signed_in()
    keep_history(reader)
    read(story, reader, *(f"Libro {number}" for number in range(count)))

    with django_assert_num_queries(8):
        client.get(reverse("portal:history"))


@pytest.mark.parametrize(
    ("words", "found"),
    [("citta", True), ("CITTÀ invis", True), ("ada rossi", True), ("città rossi", True), ("marcovaldo", False)],
)
def test_history_is_searched_by_title_and_author(story, signed_in, words, found):
    reader, client = signed_in()
    keep_history(reader)
    (loan,) = read(story, reader, "Le città invisibili")
    agent = AgentFactory(name="Rossi, Ada")
    Contribution.objects.create(title=loan.copy.title, agent=agent, role=Role.AUTHOR, position=0)

    page = page_of(client, q=words)

    assert ("Le città invisibili" in page) == found
    assert ("1 loan found" in page) == found


def test_history_is_searched_by_anything_that_is_typed(story, signed_in):
    reader, client = signed_in()
    keep_history(reader)

    for words in ("%", "\x00", "' OR 1=1", "x" * 5000):
        assert client.get(reverse("portal:history"), {"q": words}).status_code == 200
    assert client.get(reverse("portal:history"), {"page": "-7"}).status_code == 200


def test_forget_deletes_one_loan_for_the_reader_and_is_hidden_from_others(story, signed_in):
    reader, client = signed_in()
    other, stranger = signed_in()
    keep_history(reader)
    first, _second = read(story, reader, "Marcovaldo", "Palomar")
    address = reverse("portal:history_forget", args=[reader.pk, first.pk])

    wrong = stranger.post(address)
    crooked = stranger.post(reverse("portal:history_forget", args=[other.pk, first.pk]))
    right = client.post(address, HTTP_HX_REQUEST="true")

    assert (wrong.status_code, crooked.status_code, right.status_code) == (404, 404, 200)
    assert "data-focus" in right.content.decode()
    assert "Marcovaldo" not in page_of(client)
    assert client.post(address).status_code == 404, "what is gone is gone"


def test_forget_all_and_stop_belong_to_the_reader(story, signed_in):
    reader, client = signed_in()
    _other, stranger = signed_in()
    keep_history(reader)
    read(story, reader, "Marcovaldo")
    addresses = [reverse(f"portal:history_{name}", args=[reader.pk]) for name in ("forget_all", "stop")]
    assert [stranger.post(address).status_code for address in addresses] == [404, 404]

    client.post(addresses[0])
    assert "Marcovaldo" not in page_of(client)
    assert fresh(reader).keeps_history

    client.post(addresses[1])
    assert not fresh(reader).keeps_history
    assert Consent.objects.get(reader=reader).withdrawn_at is not None


def test_history_is_taken_home_as_table_and_for_programs(story, signed_in):
    reader, client = signed_in()
    _other, stranger = signed_in()
    keep_history(reader)
    read(story, reader, "=Formula", "Le città invisibili")
    table, programs = (reverse(f"portal:history_{kind}", args=[reader.pk]) for kind in ("csv", "json"))

    rows = list(csv.reader(io.StringIO(client.get(table, HTTP_ACCEPT_LANGUAGE="en").content.decode("utf-8-sig"))))
    found = json.loads(client.get(programs).content)["loans"]

    assert rows[0][:2] == ["Title", "Authors"]
    assert [row[0] for row in rows[1:]] == ["Le città invisibili", "'=Formula"]
    assert found[0]["title"] == "Le città invisibili"
    assert found[0]["returned_on"] == "2026-03-02"
    assert "attachment" in client.get(table)["Content-Disposition"]
    assert "no-store" in client.get(table)["Cache-Control"]
    assert [stranger.get(address).status_code for address in (table, programs)] == [404, 404]


@pytest.mark.parametrize(("years", "is_seen"), [(13, True), (14, False)])
def test_history_of_a_child_is_the_childs_from_fourteen_on(story, signed_in, years, is_seen):
    child, _client = signed_in(born_on=clock.today().replace(year=clock.today().year - years))
    reader, client = signed_in()
    keep_history(child)
    read(story, child, "Pinocchio")
    GuardianshipFactory(guardian=reader.user, child=child)

    answer = client.get(reverse("portal:history_of", args=[child.pk]))
    kept = client.post(reverse("portal:history_stop", args=[child.pk]))

    assert answer.status_code == (200 if is_seen else 404)
    assert ("Pinocchio" in answer.content.decode()) == is_seen
    assert kept.status_code == (302 if is_seen else 404)
    assert fresh(child).keeps_history != is_seen


def test_history_without_a_card_says_how_to_get_one(client):
    client.force_login(UserFactory(), backend="accounts.backends.CardBackend")

    assert "no library card" in page_of(client)


def test_nothing_of_the_history_needs_javascript_or_happens_by_an_address(story, signed_in):
    reader, client = signed_in()
    keep_history(reader)
    (loan,) = read(story, reader, "Marcovaldo")

    for name in ("keep", "stop", "forget_all"):
        assert client.get(reverse(f"portal:history_{name}", args=[reader.pk])).status_code == 405
    assert client.get(reverse("portal:history_forget", args=[reader.pk, loan.pk])).status_code == 405
    assert Loan.objects.get().is_remembered
