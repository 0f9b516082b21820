"""What the desk is told of crates: in words first, with a colour and an icon beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loans.desk_words import Told, tell

if TYPE_CHECKING:
    from loans.crates import Unpacked
    from loans.models import Crate


def tell_put(crate: Crate, count: int) -> Told:
    """Say that something is in a crate, and how much is in it now."""
    where = _("crate %(crate)s, for %(place)s") % {"crate": crate, "place": crate.destination}
    return Told(_("In the crate"), where, tell_content(count), "crate", "truck")


def tell_taken_out(crate: Crate, count: int) -> Told:
    """Say that something was taken out of a crate, and how much is in it now."""
    where = _("crate %(crate)s, for %(place)s") % {"crate": crate, "place": crate.destination}
    return Told(_("Taken out"), where, tell_content(count), "done", "left")


def tell_content(count: int) -> str:
    """Say how much is in a crate."""
    return ngettext("%(count)s thing in it", "%(count)s things in it", count) % {"count": count}


def tell_unpacked(found: Unpacked, left: int) -> Told:
    """Say where something that came in a crate goes, and how much of the list is still to be scanned."""
    told = tell(found.outcome)
    rest = ngettext("%(count)s still to scan", "%(count)s still to scan", left) % {"count": left} if left else ""
    stranger = "" if found.is_on_list else _("It was not on the list of the crate: where it comes from they are told.")
    detail = " · ".join(part for part in (told.detail, stranger, rest) if part)
    return Told(told.step, told.where, detail, told.tone, told.icon)
