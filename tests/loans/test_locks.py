"""The one statement that locks a copy takes the lock of its work first, as every verb does."""

import threading
import time

import psycopg
import pytest
from django.db import connection, transaction

from loans import custody
from tests.factories import CopyFactory

pytestmark = pytest.mark.django_db(transaction=True)


def rival():
    """Return a connection of somebody else's to the same database."""
    settings = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    return psycopg.connect(**{name: settings[name] for name in names if settings.get(name)})


def test_lock_copy_takes_the_work_before_the_copy():
    copy = CopyFactory()

    def lock_it():
        with transaction.atomic():
            custody.lock_copy(copy.pk)
        connection.close()

    with rival() as holder, rival() as looker:
        holder.execute("SELECT 1 FROM catalog_copy WHERE id = %s FOR UPDATE", [copy.pk])
        waiting = threading.Thread(target=lock_it)
        waiting.start()
        for _time in range(100):
            (blocked,) = looker.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            ).fetchone()
            looker.rollback()
            if blocked:
                break
            time.sleep(0.05)
        assert blocked, "it waits for the copy"
        with pytest.raises(psycopg.errors.LockNotAvailable):
            looker.execute("SELECT 1 FROM catalog_work WHERE id = %s FOR UPDATE NOWAIT", [copy.title.work_id])
        looker.rollback()
        holder.rollback()
        waiting.join(timeout=10)
        assert not waiting.is_alive()
