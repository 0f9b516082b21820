"""The interface for partners' own software: the parcels, crates and days of one point. No reader and no title.

`docs/partner-api.md` is for those who use it; `interop/openapi.json` says the same to programs.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from branches.calendar_rows import calendar_for
from branches.models import Report, ReportOutcome
from interop.door import Refused, resource
from interop.pages_of_rows import page_of
from interop.partner_reports import KEY, read_reports
from loans.crate_reads import crates_near
from loans.handing import POINT_STATES, parcels_of
from loans.records import ACTS, told_before
from loans.report_batches import BatchRefused
from loans.room import capacities, room_left
from milanolib import clock
from milanolib.http import problem
from proximity.reports import apply_batch, result_of
from proximity.tally import tally_of

if TYPE_CHECKING:
    from branches.models import Device
    from loans.models import Crate, Parcel

DOCUMENT = Path(__file__).with_name("openapi.json")
MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
PAGED = ("limit", "cursor")


@cache
def document() -> dict[str, Any]:
    """Return the description of the interface; the acts that may be reported are those of the verbs."""
    described: dict[str, Any] = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    described["components"]["schemas"]["Act"]["enum"] = list(ACTS)
    return described


@login_not_required
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  the shape of a view
    """Describe the interface as OpenAPI 3.1; open to everybody."""
    return JsonResponse(document())


@csrf_exempt
@login_not_required
def nothing_here(request: HttpRequest, **_rest: str) -> HttpResponse:  # noqa: ARG001  the shape of a view
    """Refuse an address that the interface does not have."""
    return problem(HTTPStatus.NOT_FOUND, "no_such_address", "see /api/v1/openapi.json")


# --- What is at the point


@resource("GET", asks=("state", *PAGED))
def parcels(request: HttpRequest, device: Device) -> HttpResponse:
    """List what comes to the point, waits there or goes back."""
    state = request.GET.get("state")
    if state is not None and state not in POINT_STATES:
        raise Refused(HTTPStatus.BAD_REQUEST, "unknown_state", f"state is one of {', '.join(POINT_STATES)}")
    rows = parcels_of(device.place, POINT_STATES if state is None else [state])
    return page_of(request, rows, _parcel, of=["parcels", device.place_id, state])


@resource("GET")
def parcel(request: HttpRequest, device: Device, tag: str) -> HttpResponse:  # noqa: ARG001  the shape of a view
    """Show one parcel of the point; one of another point is as unknown as none."""
    found = parcels_of(device.place).filter(tag=tag).first() if "\x00" not in tag else None
    if found is None:
        raise Refused(HTTPStatus.NOT_FOUND, "unknown_parcel", "no parcel with this tag comes to this point or is here")
    return JsonResponse(_parcel(found))


def _parcel(row: Parcel) -> dict[str, Any]:
    return {
        "tag": row.tag,
        "shelf_number": row.shelf_number,
        "state": row.state,  # type: ignore[attr-defined]
        "keep_until": row.keep_until if row.state == "here" else None,  # type: ignore[attr-defined]
    }


@resource("GET", asks=PAGED)
def crates(request: HttpRequest, device: Device) -> HttpResponse:
    """List the crates that come to the point or are filled there."""
    place = device.place

    def told(crate: Crate) -> dict[str, Any]:
        return {
            "code": crate.code,
            "direction": "coming" if crate.destination_id == place.pk else "going",
            "state": crate.status,
            "parcels_declared": crate.parcels_declared,
            "sealed_at": crate.sealed_at,
        }

    return page_of(request, crates_near(place), told, of=["crates", place.pk])


@resource("GET")
def day(request: HttpRequest, device: Device) -> HttpResponse:  # noqa: ARG001  the shape of a view
    """Say whether the point is open today, and how much room it has."""
    place, today = device.place, clock.today()
    calendar = calendar_for(place, today, today)
    return JsonResponse(
        {
            "place": {"code": place.code, "name": place.name},
            "date": today,
            "is_open": calendar.is_open_on(today),
            "hours": [{"opens": one.starts, "closes": one.ends} for one in calendar.openings_on(today)],
            "capacity": capacities([place.pk]).get(place.pk),
            "free": room_left([place.pk]).get(place.pk),
        }
    )


@resource("GET", asks=("month",))
def tally(request: HttpRequest, device: Device) -> HttpResponse:
    """Count a month at the point, day by day."""
    month = request.GET.get("month") or f"{clock.today():%Y-%m}"
    if not MONTH.fullmatch(month):
        raise Refused(HTTPStatus.BAD_REQUEST, "bad_month", "month is written like 2026-03")
    counted = tally_of(device.place, dt.date.fromisoformat(f"{month}-01"))
    return JsonResponse(
        {
            "month": month,
            "total": counted.total.figures(),
            "days": [{"date": row.day, **row.figures()} for row in counted.days],
        }
    )


# --- What has happened there


@resource("POST")
def reports(request: HttpRequest, device: Device) -> HttpResponse:
    """Record what has happened, each report once however often it is sent."""
    try:
        batch = read_reports(request, device)
    except BatchRefused as refusal:
        raise Refused(HTTPStatus(refusal.status), refusal.code, refusal.detail) from None
    return JsonResponse({"results": apply_batch(device, batch)})


@resource("GET")
def report(request: HttpRequest, device: Device, key: str) -> HttpResponse:  # noqa: ARG001  the shape of a view
    """Say again what became of a report that this token has sent."""
    found = Report.objects.filter(device=device, request_key=key).first() if KEY.fullmatch(key) else None
    if found is None:
        raise Refused(HTTPStatus.NOT_FOUND, "unknown_report", "this token has sent no report with this key: send it")
    if found.outcome == ReportOutcome.RECEIVED:
        return JsonResponse({**result_of(key, told_before(found), what=""), "outcome": "again"})
    return JsonResponse(result_of(key, told_before(found), what=str(found.payload.get("what", ""))))
