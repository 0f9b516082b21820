"""The partner's pages in the language that the address asks for."""

import pytest

ITALIAN = {"lingua": "it"}
HOME, DAY, REPORTS = "/partner/", "/partner/giornata/", "/partner/rapporti/"


def test_pages_speak_the_asked_language_and_the_browser_remembers_it(partner):
    assert "Take in" in partner.get(HOME).content.decode()
    answer = partner.get(HOME, ITALIAN)
    assert "Ricevi" in answer.content.decode()
    assert answer["Content-Language"] == "it"
    assert "Ricevi" in partner.get(HOME).content.decode()
    assert "Ricevi" in partner.get("/partner/arrivi/").content.decode()
    assert "Take in" in partner.get(HOME, {"lingua": "en"}).content.decode()


@pytest.mark.parametrize("strange", ["", "de", "it-IT", "../it", "x" * 2000, "\x00"])
def test_language_that_we_do_not_speak_changes_nothing(partner, strange):
    answer = partner.get(HOME, {"lingua": strange})
    assert "Take in" in answer.content.decode()
    assert "django_language" not in answer.cookies


def test_page_of_the_day_comes_in_each_language_without_being_remembered(phones):
    client = phones()
    assert 'lang="it"' in client.get(DAY, ITALIAN).content.decode()
    assert 'lang="en"' in client.get(DAY).content.decode()
    assert not client.cookies


def test_answers_to_the_queue_are_in_the_language_of_its_page(partner):
    report = {"key": "a", "act": "receive", "what": "Y0Y0Y0Y0"}
    batch = {"sent_at": None, "reports": [report]}
    told = partner.post(f"{REPORTS}?lingua=it", batch, content_type="application/json").json()["results"][0]["told"]
    assert told.startswith("Nessun pacco ha l'etichetta")
    assert "django_language" in partner.cookies


def test_activation_speaks_the_asked_language(phones):
    client = phones()
    page = client.get("/partner/attiva/", ITALIAN).content.decode()
    assert "Collega" in page
    assert 'href="/partner/attiva/?lingua=en"' in page
