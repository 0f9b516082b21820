"""Institutions and agreements from data files: the demonstration's, plainly invented."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction

from milanolib import clock
from partnerships.agreeing import activate_agreement, review_agreement
from partnerships.models import Agreement, Institution
from partnerships.states import AgreementStatus

if TYPE_CHECKING:
    from pathlib import Path

    from accounts.models import User


@transaction.atomic
def load_institutions(path: Path) -> int:
    """Add the institutions of a network file that are missing; return how many it names. Safe to repeat.

    What librarians have written of one since is never overwritten.
    """
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["institutions"]
    for row in rows:
        facts = {name: row[name] for name in ("name", "kind", "municipio", "is_demo")}
        where = {"latitude": row["lat"], "longitude": row["lon"]}
        Institution.objects.get_or_create(code=row["code"], defaults=facts | where)
    return len(rows)


@transaction.atomic
def load_agreements(path: Path, owner: User) -> int:
    """Add the agreements of a file, from today for so many days, reviewed and active; return how many it names.

    Safe to repeat: an institution that has agreements keeps them as they are.
    """
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["agreements"]
    today = clock.today()
    houses = {one.code: one for one in Institution.objects.prefetch_related("agreements")}
    known = {code for code, one in houses.items() if one.agreements.all()}
    for row in rows:
        if row["institution"] in known:
            continue
        agreement = Agreement.objects.create(
            institution=houses[row["institution"]],
            owner=owner,
            starts_on=today,
            ends_on=today + dt.timedelta(days=row["days"]),
            price=Decimal(row["price"]) if "price" in row else None,
            **row["facts"],
        )
        if row["status"] != AgreementStatus.DRAFT:
            review_agreement(agreement, actor=None)
        if row["status"] == AgreementStatus.ACTIVE:
            activate_agreement(agreement, actor=None)
    return len(rows)
