"""Projects and practices: figures of now, dated, with how many demonstrative points they count."""

import datetime as dt

import pytest
from django.urls import reverse

from milanolib import clock
from portal.projects import official, proximity_figures, registry_figures, self_service_figures
from tests.factories import (
    BranchFactory,
    LockerFactory,
    NewsstandFactory,
    OpeningHoursFactory,
    ReturnBoxFactory,
)

pytestmark = pytest.mark.django_db
PAGES = ["projects", "project_proximity", "project_registry", "project_self_service", "project_agreements"]


def counted(figures):
    return {count.label: (count.total, count.demo) for count in figures.counts if count.total}


def test_proximity_counts_open_points_municipi_and_hours(monday):
    stand = NewsstandFactory(hours_known=True, municipio=2)
    OpeningHoursFactory(place=stand, opens=dt.time(7), closes=dt.time(19))
    OpeningHoursFactory(place=stand, weekday=1, opens=dt.time(22), closes=dt.time(1))
    OpeningHoursFactory(place=stand, weekday=2, valid_to=clock.today() - dt.timedelta(days=1))
    NewsstandFactory(is_demo=True, municipio=2)
    NewsstandFactory(closed_on=clock.today())
    LockerFactory(municipio=7)

    figures = proximity_figures()

    assert sorted(counted(figures).values()) == [(1, 0), (2, 1)]
    assert (figures.total.total, figures.total.demo) == (3, 1)
    assert figures.municipi == [2, 7]
    assert figures.hours == 12 + 3 + 168
    assert figures.hours_unknown == 1


def test_proximity_counts_what_was_collected_in_the_last_twelve_months(story):
    copies = story.copies(1)
    _hold, _copy, parcel = story.at_the_point(copies[0].title)
    story.hand_over(parcel)

    assert (proximity_figures().collected, proximity_figures().handed_over) == (1, 1)
    story.later(days=366)
    assert (proximity_figures().collected, proximity_figures().handed_over) == (0, 0)


def test_registry_and_self_service_count_services_each_point_once(monday):
    BranchFactory(services=["registry", "study", "evening_study"], municipio=1)
    study = BranchFactory(services=["study"], municipio=3)
    OpeningHoursFactory(place=study, opens=dt.time(19), closes=dt.time(23), purpose="study")
    ReturnBoxFactory()

    registry, own = registry_figures(), self_service_figures()

    assert (registry.total.total, registry.municipi) == (1, [1])
    assert own.total.total == 3
    assert own.study_hours == 4
    assert sorted(counted(own).values()) == [(1, 0), (1, 0), (2, 0)]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", ["it", "en"])
def test_pages_of_the_projects_are_dated_and_name_their_sources(client, monday, name, language):
    NewsstandFactory(is_demo=True)
    answer = client.get(reverse(f"portal:{name}"), HTTP_ACCEPT_LANGUAGE=language)
    page = answer.content.decode()

    assert answer.status_code == 200
    if name == "project_proximity" and language == "en":
        assert "Computed from this portal's data on 2 March 2026" in page
        assert "These figures count 1 demonstrative point: no real place stands for it." in page
        assert "page &quot;Progetti &amp; pratiche&quot;" in page
        assert "March 2023" in page
    if name == "project_agreements" and language == "en":
        assert "No total has been published that we know of." in page


def test_every_official_total_has_value_date_source_and_a_page(db):
    for page in ("proximity", "registry", "self_service"):
        for one in official(page):
            assert one.value > 0
            assert one.when
            assert one.what.text
            assert one.source.text


def test_hours_are_no_figure_where_nobody_knows_any(client, monday):
    def page():
        return client.get(reverse("portal:project_registry"), HTTP_ACCEPT_LANGUAGE="en").content.decode()

    place = BranchFactory(services=["registry"])
    assert "hours open in an ordinary week" not in page()
    place.hours_known = True
    place.save()
    OpeningHoursFactory(place=place)
    assert "hours open in an ordinary week" in page()


@pytest.mark.parametrize("count", [1, 3])
def test_projects_ask_the_database_as_often_for_three_points_as_for_one(
    client, monday, count, django_assert_num_queries
):
    NewsstandFactory.create_batch(count)

    with django_assert_num_queries(4):
        client.get(reverse("portal:project_proximity"))


def test_the_foot_of_every_page_leads_to_the_projects(client, monday):
    assert reverse("portal:projects") in client.get(reverse("portal:licence")).content.decode()
