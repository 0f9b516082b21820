"""Initiatives on a title's page, and the demonstration's own."""

import datetime as dt

import pytest

from partnerships.initiatives import planning
from partnerships.initiatives.demo_file import load_initiatives
from partnerships.models import Initiative, InitiativeDate
from tests.factories import BranchFactory, TitleFactory
from tests.partnerships.initiatives.conftest import make_draft, make_initiative

pytestmark = pytest.mark.django_db
ENGLISH = {"headers": {"Accept-Language": "en"}}


def test_titles_page_shows_what_is_to_come_about_any_edition_of_its_work(client, monday):
    title = TitleFactory()
    other = TitleFactory(work=title.work)
    address = title.get_absolute_url()
    assert "Initiatives about it" not in client.get(address, **ENGLISH).content.decode()
    one, draft = make_initiative(), make_draft(title={"it": "In bozza"})
    one.titles.add(other)
    draft.titles.add(title)

    page = client.get(address, **ENGLISH).content.decode()  # it was kept before: the mark has changed
    assert "Initiatives about it" in page
    assert one.get_absolute_url() in page
    assert "In bozza" not in page
    planning.cancel_date(one.dates.get(), actor=None)
    assert "Initiatives about it" not in client.get(address, **ENGLISH).content.decode()


def test_demonstration_is_plain_and_safe_to_repeat(settings, monday):
    for code in ("sormani", "calvairate", "chiesa-rossa", "crescenzago", "parco-sempione"):
        BranchFactory(code=code)
    for _time in range(2):
        assert load_initiatives(settings.BASE_DIR / "data" / "initiatives_demo.json") == 5

    assert Initiative.objects.published().filter(is_demo=True).count() == 5
    assert all("dimostrativ" in one.text["it"] for one in Initiative.objects.all())
    assert InitiativeDate.objects.count() == 1 + 8 + 6 + 4 + 1
    assert InitiativeDate.objects.order_by("starts_at").first().starts_at.date() >= dt.date(2026, 3, 5)


def test_title_that_was_merged_is_shown_by_the_one_that_is_kept(client, monday):
    kept, gone = TitleFactory(title="Tenuto"), TitleFactory(title="Doppio")
    one = make_initiative()
    one.titles.add(gone)
    gone.merged_into = kept
    gone.save(update_fields=["merged_into"])
    page = client.get(one.get_absolute_url(), **ENGLISH).content.decode()

    assert kept.get_absolute_url() in page
    assert gone.get_absolute_url() not in page
    one.titles.add(kept)
    assert list(one.current_titles()) == [kept]
