"""The database keeps accents: in small letters, without regard to case, in trigrams."""

import psycopg
import pytest
from django.db import connection, connections

from outbox.checks import locale_keeps_accents


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("SELECT lower('À')", "à"),
        ("SELECT 'CITTÀ' ILIKE 'città'", True),
        ("SELECT cardinality(show_trgm('È')) > 0", True),
        ("SELECT unaccent('perché')", "perche"),
    ],
)
def test_accents_are_kept(question, answer):
    with connection.cursor() as cursor:
        cursor.execute(question)
        assert cursor.fetchone()[0] == answer


@pytest.mark.django_db
def test_check_says_nothing_of_a_good_cluster():
    assert locale_keeps_accents(databases=["default"]) == []


@pytest.fixture
def careless(transactional_db):
    """A second database of the cluster, made with a locale that knows ASCII only; returns its alias."""
    wanted = connection.get_connection_params()
    door = {name: wanted[name] for name in ("dbname", "user", "password", "host", "port") if wanted.get(name)}
    name = f"{door['dbname']}_careless"
    with psycopg.connect(**door, autocommit=True) as made:
        made.execute(f"CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER libc LOCALE 'C'")
        connections.databases["careless"] = {**connections.databases["default"], "NAME": name}
        try:
            yield "careless"
        finally:
            connections["careless"].close()
            del connections["careless"], connections.databases["careless"]
            made.execute(f"DROP DATABASE {name}")


@pytest.mark.django_db(databases="__all__")
def test_check_names_a_database_that_loses_accents(careless, django_db_blocker):
    with django_db_blocker.unblock():
        (found,) = locale_keeps_accents(databases=[careless])

    assert found.id == "outbox.E001"
    assert "C.UTF-8" in found.hint
