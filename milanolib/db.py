"""Row locks in one order, and the restart of a verb that met a conflict.

Deadlocks are avoided by order, not by luck: every verb names all rows it will change in one `lock()` call, and
whatever it finds later lies further down `LOCK_ORDER`. Where that cannot be, the verb raises `StartAgain` and
`restartable` runs it afresh in a new transaction, three times.
"""

from __future__ import annotations

import functools
import random
import time
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from django.db import OperationalError, models, transaction

from milanolib.errors import GoneMeanwhile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

P = ParamSpec("P")
R = TypeVar("R")

# Model labels in the order in which their rows are locked; within a model by primary key.
LOCK_ORDER = (
    "outbox.request",
    "catalog.work",
    "accounts.erasure",
    "accounts.reader",
    "loans.holdgroup",
    "branches.placecapacity",
    "proximity.condominiumlibrary",
    "catalog.copy",
    "loans.loan",
    "loans.hold",
    "loans.assignment",
    "loans.deposit",
    "loans.depositcopy",
    "loans.transit",
    "loans.crate",
    "loans.parcel",
    "loans.closurebatch",
    "branches.closure",
    "loans.handover",
    "loans.holdpass",
    "loans.task",
    "registry.booking",
    "partnerships.agreement",
    "partnerships.textproposal",
    "partnerships.initiative",
    "partnerships.initiativedate",
    "partnerships.initiativebooking",
    "outbox.event",
    "branches.device",
    "branches.round",
    "loans.roundcall",
    "proximity.startrequest",
)
ATTEMPTS = 3
PAUSE = 0.05  # seconds
SERIALISATION_FAILURES = ("40001", "40P01", "55P03")  # could not serialise, deadlock, lock not available in time


class StartAgain(Exception):
    """What the verb planned with has changed; it must begin again from the start."""


def lock(*rows: models.Model | Iterable[models.Model]) -> None:
    """Lock rows for update in `LOCK_ORDER` and reload each instance in place.

    Takes model instances or iterables of them. The instance that came in is never trusted: after the call it
    holds what the database holds. Rows of one model are locked by one statement, ordered by primary key.
    Raises GoneMeanwhile when a row is there no more.
    """
    by_model: dict[str, list[models.Model]] = {}
    for row in rows:
        for one in [row] if isinstance(row, models.Model) else row:
            by_model.setdefault(one._meta.label_lower, []).append(one)
    for label in sorted(by_model, key=LOCK_ORDER.index):
        instances = by_model[label]
        model = type(instances[0])
        found = {
            fresh.pk: fresh
            for fresh in model._base_manager.select_for_update(no_key=True)
            .filter(pk__in={one.pk for one in instances})
            .order_by("pk")
        }
        for one in instances:
            if one.pk not in found:
                raise GoneMeanwhile(row=f"{label} {one.pk}")
            _reload(one, found[one.pk])


def _reload(instance: models.Model, fresh: models.Model) -> None:
    for field in instance._meta.concrete_fields:
        setattr(instance, field.attname, getattr(fresh, field.attname))


def restartable(verb: Callable[P, R]) -> Callable[P, R]:
    """Run a verb in a transaction of its own and start it again when the database or its plan says so.

    A verb that runs inside another transaction is not restarted here: the outermost one is.
    """

    @functools.wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if transaction.get_connection().in_atomic_block:
            return verb(*args, **kwargs)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with transaction.atomic():
                    return verb(*args, **kwargs)
            except StartAgain:
                if attempt == ATTEMPTS:
                    raise
            except OperationalError as error:
                if attempt == ATTEMPTS or _sqlstate(error) not in SERIALISATION_FAILURES:
                    raise
            time.sleep(random.uniform(0.5, 1.5) * PAUSE * attempt)  # noqa: S311  so that rivals do not meet again
        raise AssertionError  # pragma: no cover  the loop returns or raises

    return run


def _sqlstate(error: OperationalError) -> Any:
    return getattr(error.__cause__, "sqlstate", None)
