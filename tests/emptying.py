"""After a test that commits, every table is again as the migrations left it.

Django's own way truncates all tables, which makes a new file for each, and then lays types and permissions down anew:
the better part of a second after each test, and what the migrations had filled stays empty.
"""

from django.core.management import call_command
from django.db import connection, transaction
from django.db.utils import ProgrammingError

KEPT = "as_migrated"  # a schema that holds what the migrations filled


def keep_what_migrations_filled():
    """Copy each filled table into a schema of its own; called once, before the first test."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {KEPT} CASCADE")
        cursor.execute(f"CREATE SCHEMA {KEPT}")
        for table in _filled(cursor):
            cursor.execute(f'CREATE TABLE {KEPT}."{table}" AS TABLE public."{table}"')


def put_back_what_migrations_filled():
    """Empty what a test has filled, and fill again what the migrations had."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")  # no trigger, no look at other tables
            for table in _filled(cursor):
                cursor.execute(f'DELETE FROM public."{table}"')
            _fill(cursor)
    except ProgrammingError:  # only a superuser may; Django's own way asks for less
        call_command("flush", verbosity=0, interactive=False, reset_sequences=False, inhibit_post_migrate=True)
        with transaction.atomic(), connection.cursor() as cursor:
            _fill(cursor)


def _filled(cursor):
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    cursor.execute(" UNION ALL ".join(f"""(SELECT '{table}' FROM public."{table}" LIMIT 1)""" for table in tables))
    return [table for (table,) in cursor.fetchall()]


def _fill(cursor):
    cursor.execute(
        "SELECT table_name, string_agg(format('%%I', column_name), ', ')"
        " FROM information_schema.columns WHERE table_schema = 'public' AND is_generated = 'NEVER'"
        " AND table_name IN (SELECT table_name FROM information_schema.tables WHERE table_schema = %s)"
        " GROUP BY table_name",
        [KEPT],
    )
    for table, columns in cursor.fetchall():
        cursor.execute(f'INSERT INTO public."{table}" ({columns}) SELECT {columns} FROM {KEPT}."{table}"')
