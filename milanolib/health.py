"""`/healthz` and `/readyz`: is the process up, and can it do its work."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from django.views.decorators.cache import never_cache

if TYPE_CHECKING:
    from django.http import HttpRequest

_migrated = False


@never_cache
@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001  a view's shape
    """Answer 200 as long as the process runs."""
    return JsonResponse({"status": "up"})


@never_cache
@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001  a view's shape
    """Answer 200 when the database is there and migrated; a silent broker is only 'degraded'."""
    started = time.monotonic()
    try:
        migrated = _is_migrated()
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "database": "down"}, status=503)
    if not migrated:
        return JsonResponse({"status": "unavailable", "database": "migrations missing"}, status=503)
    broker = _broker_answers()
    return JsonResponse(
        {
            "status": "ready" if broker else "degraded",
            "broker": "up" if broker else "silent",
            "milliseconds": round((time.monotonic() - started) * 1000),
        }
    )


def _is_migrated() -> bool:
    """Ask the database each time whether it is there, and for missing migrations until there are none."""
    global _migrated  # noqa: PLW0603  once migrated, a running process stays so
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


def _broker_answers() -> bool:
    try:
        client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
