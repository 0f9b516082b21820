"""The certificates that the national register issues to people themselves; which one somebody wants is only counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext_lazy as _

from milanolib import clock

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from registry.models import Kiosk

CERTIFICATES: dict[str, str | Promise] = {
    "residence": _("residence"),
    "residence_in_community": _("residence in a community"),
    "family": _("family status"),
    "family_with_kinship": _("family status with kinship"),
    "family_and_civil_status": _("family and civil status"),
    "civil_status": _("civil status"),
    "unmarried": _("free civil status"),
    "birth": _("birth"),
    "marriage": _("marriage"),
    "civil_union": _("civil union"),
    "cohabitation": _("cohabitation agreement"),
    "citizenship": _("citizenship"),
    "existence": _("being alive"),
    "political_rights": _("enjoyment of political rights"),
    "electoral_roll": _("entry in the electoral roll"),
    "contextual": _("several in one certificate"),
}


def count_certificate(kiosk: Kiosk, kind: str) -> None:
    """Count that somebody asked for a kind of certificate at a workstation this month; an unknown kind is passed over.

    By the month: nothing joins it with a booking.
    """
    if kind not in CERTIFICATES:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO registry_certificatecount (kiosk_id, month, kind, number) VALUES (%s, %s, %s, 1)
               ON CONFLICT (kiosk_id, month, kind) DO UPDATE SET number = registry_certificatecount.number + 1""",
            [kiosk.pk, clock.today().replace(day=1), kind],
        )
