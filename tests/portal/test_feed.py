"""Feeds hold what readers need, whatever titles and searches hold."""

import xml.etree.ElementTree as ET

import pytest
from django.urls import reverse

from catalog.models import Title
from catalog.search import refresh
from tests.factories import TitleFactory

pytestmark = pytest.mark.django_db


def channel(client, **search):
    answer = client.get(reverse("catalog:feed"), search, HTTP_ACCEPT_LANGUAGE="it")
    assert answer.status_code == 200
    return ET.fromstring(answer.content).find("channel")


def test_a_feed_says_its_language(client):
    assert channel(client).findtext("language") == "it"


@pytest.mark.parametrize("words", ["\x01abc", "\x1f", "faro\x0b"])
def test_a_search_with_signs_that_xml_cannot_hold_is_answered(client, words):
    channel(client, q=words)


def test_a_title_with_such_signs_is_too(client):
    title = TitleFactory(title="Il faro")
    Title.objects.filter(pk=title.pk).update(title="Il\x01 faro", summary="Un\x0c faro")
    refresh([title.pk])
    assert channel(client).find("item").findtext("title") == "Il  faro"
