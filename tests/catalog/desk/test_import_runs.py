"""Imports asked for in the admin: taken up by a worker, told of, taken up again after a fault."""

import datetime as dt

import pytest
from django.urls import reverse

from catalog import import_runs
from catalog.models import Copy, ImportRun, Title
from catalog.tasks import run_imports
from milanolib import clock
from tests.catalog.marc.build import UNIMARC_LEADER, iso2709, simple, simple_unimarc

pytestmark = pytest.mark.django_db

GOOD = iso2709(simple("N1", "Il faro")) + iso2709(simple("N2", "La nave"))
BAD = iso2709([("001", "bad"), ("300", "  ", "a", "x")])


def asked(manager, data, **fields):
    """Send a file and return the run."""
    fields = {"file": data, "format": "auto", "source": "prova", "is_trial": "0", **fields}
    answer = manager.post("imports", **fields)
    assert answer.status_code == 302, answer.context["form"].errors
    return ImportRun.objects.latest("pk")


def test_a_file_is_imported_by_the_worker_and_its_page_tells_numbers_and_problems(manager, upload, network):
    copy = simple_unimarc("N3", "La torre", ("995", "  ", "b", "nowhere", "f", "C1"))
    run = asked(manager, upload(GOOD + BAD + iso2709(copy, UNIMARC_LEADER)))
    assert (run.status, Title.objects.count()) == ("waiting", 0)

    run_imports()

    run.refresh_from_db()
    page = manager.get("import_run", run.pk).content.decode()
    assert run.status == "done"
    assert sorted(Title.objects.values_list("title", flat=True)) == ["Il faro", "La nave", "La torre"]
    assert "it has no title (245 $a)" in page
    assert "copy C1: no library with the code nowhere" in page
    assert "record 3" in page
    assert f"byte {len(GOOD)}" in page


def test_a_trial_keeps_nothing_and_can_be_followed_by_the_real_import(manager, upload):
    trial = asked(manager, upload(GOOD), is_trial="1")
    run_imports()
    assert not Title.objects.exists()

    answer = manager.post("import_for_real", trial.pk)
    run_imports()

    real = ImportRun.objects.latest("pk")
    assert answer["Location"] == reverse("admin:import_run", args=[real.pk])
    assert (real.is_trial, real.status, Title.objects.count()) == (False, "done", 2)
    assert manager.said(manager.post("import_for_real", real.pk)) == [str(import_runs.NotATrial())]


def test_copies_without_a_library_go_to_the_one_that_was_chosen(manager, upload, network):
    data = iso2709(simple_unimarc("N3", "La torre", ("995", "  ", "f", "C1")), UNIMARC_LEADER)

    asked(manager, upload(data), branch=network.south.pk)
    run_imports()

    assert Copy.objects.get().home == network.south


@pytest.mark.parametrize("data", [b"plain words, no records at all", b"<html><body>no</body></html>", b"\xff\xd8\xff"])
def test_a_bad_file_is_told_in_words_that_name_no_path_of_the_server(manager, upload, data, media):
    run = asked(manager, upload(data, "appunti.txt"))

    run_imports()

    page = manager.get("import_run", run.pk).content.decode()
    run.refresh_from_db()
    assert run.status == "failed"
    assert "Nothing more was imported" in page
    assert "appunti.txt" in page
    assert str(media) not in page


def test_an_empty_or_too_large_file_is_refused_at_once(manager, upload, monkeypatch):
    empty = manager.post("imports", file=upload(b""), format="auto", is_trial="1")
    monkeypatch.setattr("catalog.desk_forms.LARGEST", 10)
    large = manager.post("imports", file=upload(GOOD), format="auto", is_trial="1")

    assert empty.status_code == large.status_code == 422
    assert "larger than" in large.content.decode()
    assert not ImportRun.objects.exists()


def test_a_run_whose_worker_died_is_taken_up_again_and_changes_nothing_twice(manager, upload, monday):
    run = asked(manager, upload(GOOD))
    import_runs._taken()  # a worker that is killed now
    assert import_runs.run_due() == 0  # it may be alive still

    monday.shift(dt.timedelta(minutes=6))
    assert import_runs.run_due() == 1

    run.refresh_from_db()
    assert (run.status, run.report["attempts"], Title.objects.count()) == ("done", 2, 2)
    assert "interrupted" in manager.get("import_run", run.pk).content.decode()


def test_a_run_that_kills_its_worker_each_time_is_given_up_with_words(manager, upload, monday):
    run = asked(manager, upload(GOOD))
    for _attempt in range(import_runs.MOST_ATTEMPTS):
        assert import_runs._taken() == run
        monday.shift(dt.timedelta(minutes=6))

    assert import_runs.run_due() == 0

    run.refresh_from_db()
    assert run.status == "failed"
    assert "was interrupted 3 times" in manager.get("import_run", run.pk).content.decode()


def test_a_worker_that_was_thought_dead_stops_when_another_has_taken_over(manager, upload, monday):
    run = asked(manager, upload(GOOD))
    slow = import_runs._taken()
    monday.shift(dt.timedelta(minutes=6))
    quick = import_runs._taken()
    import_runs._do(quick)
    ended = ImportRun.objects.get(pk=run.pk).ended_at

    monday.shift(dt.timedelta(minutes=1))
    import_runs._do(slow)

    assert ImportRun.objects.get(pk=run.pk).ended_at == ended


def test_problems_come_as_a_table_without_formulas(manager, upload):
    run = asked(manager, upload(iso2709([("001", "=1+1"), ("300", "  ", "a", "x")])))
    run_imports()

    table = manager.get("import_problems", run.pk)

    lines = table.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "How bad;Record;Byte;Control number;What is wrong"
    assert lines[1] == "record refused;1;0;'=1+1;it has no title (245 $a)"


def test_progress_is_asked_again_only_while_it_runs(manager, upload):
    run = asked(manager, upload(GOOD))

    before = manager.get("import_run", run.pk).content.decode()
    run_imports()
    after = manager.get("import_run", run.pk).content.decode()

    assert "every 3s" in before
    assert "every 3s" not in after


def test_files_go_after_a_month_and_reports_stay(manager, upload, monday, media):
    run = asked(manager, upload(GOOD))
    run_imports()

    monday.shift(dt.timedelta(days=31))
    assert import_runs.forget_files() == 1

    run.refresh_from_db()
    assert not run.file
    assert list((media / "imports").iterdir()) == []
    assert run.report["numbers"]["created"] == 2
    assert clock.now() > run.ended_at


@pytest.mark.parametrize("name", ["imports", "import_run", "import_problems"])
def test_only_managers_import(name, manager, desk, clerk, upload):
    run = asked(manager, upload(GOOD))
    parts = [] if name == "imports" else [run.pk]

    assert manager.get(name, *parts).status_code == 200
    assert desk.get(name, *parts).status_code == 403
    assert clerk.get(name, *parts).status_code == 403
    assert desk.post("import_for_real", run.pk).status_code == 403
    assert desk.post("imports", file=upload(GOOD), format="auto", is_trial="0").status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_as_many_queries_for_one_run_as_for_three(count, manager, upload, django_assert_num_queries):
    for _number in range(count):
        asked(manager, upload(GOOD))

    with django_assert_num_queries(6):
        manager.get("imports")


def test_catalogue_page_finds_titles_and_shows_each_role_its_tiles(manager, desk, clerk, upload):
    asked(manager, upload(GOOD))
    run_imports()

    assert "La nave" in desk.client.get(reverse("admin:catalogue"), {"q": "nave"}).content.decode()
    assert b"/importazioni/" in manager.get("catalogue").content
    assert b"/importazioni/" not in desk.get("catalogue").content
    assert clerk.get("catalogue").status_code == 403
