"""The certificates that the national register issues to people themselves; which one somebody wants is only counted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection

from branches.public_texts import PublicText, public_text
from milanolib import clock

if TYPE_CHECKING:
    from registry.models import Kiosk


@dataclass(frozen=True)
class Certificate:
    """A kind of certificate, as `data/certificates.json` describes it."""

    code: str
    has_self_declaration: bool  # towards public offices one's own signed declaration is enough
    stamp_duty: int  # euros, unless the use is exempt; 0 where it is free
    names: dict[str, str]
    notes: dict[str, str]
    things: tuple[dict[str, str], ...]

    @property
    def name(self) -> PublicText:
        """Return its name in the language of the page."""
        return public_text(self.names)

    @property
    def note(self) -> PublicText:
        """Return what is to be known of it alone, if anything."""
        return public_text(self.notes)

    @property
    def bring(self) -> list[PublicText]:
        """Return what to bring for it."""
        return [public_text(one) for one in self.things]


@cache
def certificates() -> dict[str, Certificate]:
    """Return the kinds of certificates by their codes, in the order of the file."""
    told = json.loads((settings.BASE_DIR / "data" / "certificates.json").read_text())
    return {
        one["code"]: Certificate(
            one["code"],
            one["self_declaration"],
            told["stamp_duty_euros"] if one["stamp_duty"] else 0,
            one["name"],
            one["note"],
            tuple(told["bring"][thing] for thing in one["bring"]),
        )
        for one in told["certificates"]
    }


def name_of_certificate(code: str) -> str:
    """Return the name of a kind in the language of the page; the code itself for one that is in the file no more."""
    found = certificates().get(code)
    return found.name.text if found is not None else code


def count_certificate(kiosk: Kiosk, kind: str) -> None:
    """Count that somebody asked for a kind of certificate at a workstation this month; an unknown kind is passed over.

    By the month: nothing joins it with a booking.
    """
    if kind not in certificates():
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO registry_certificatecount (kiosk_id, month, kind, number) VALUES (%s, %s, %s, 1)
               ON CONFLICT (kiosk_id, month, kind) DO UPDATE SET number = registry_certificatecount.number + 1""",
            [kiosk.pk, clock.today().replace(day=1), kind],
        )
