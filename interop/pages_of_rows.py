"""Lists in pages: a cursor that nobody can make up says after which row the next page begins."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from django.core import signing
from django.http import JsonResponse

from interop.door import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, HttpResponse

Row = TypeVar("Row", bound="Model")

SALT = "interop.cursor"
USUAL, MOST = 50, 200


def page_of(
    request: HttpRequest, rows: QuerySet[Row], told: Callable[[Row], dict[str, Any]], *, of: list[Any]
) -> HttpResponse:
    """Answer with a page of rows by their keys, and the cursor of the next; `of` names the list it is good for.

    What is added or taken away meanwhile moves no other row from one page to another. Raises Refused.
    """
    limit = _limit(request.GET.get("limit"))
    after = _after(request.GET.get("cursor"), of)
    found = list(rows.filter(pk__gt=after).order_by("pk")[: limit + 1])
    shown = found[:limit]
    following = signing.dumps([*of, shown[-1].pk], salt=SALT) if len(found) > limit else None
    return JsonResponse({"items": [told(row) for row in shown], "next": following})


def _limit(given: str | None) -> int:
    if given is None:
        return USUAL
    if given.isascii() and given.isdigit() and len(given) <= len(str(MOST)) and 1 <= int(given) <= MOST:
        return int(given)
    raise Refused(HTTPStatus.BAD_REQUEST, "bad_limit", f"limit is a number from 1 to {MOST}")


def _after(cursor: str | None, of: list[Any]) -> int:
    if cursor is None:
        return 0
    try:
        *made_for, last = signing.loads(cursor, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        made_for, last = None, 0
    if made_for != of:
        raise Refused(HTTPStatus.BAD_REQUEST, "unknown_cursor", "begin again without a cursor")
    return int(last)
