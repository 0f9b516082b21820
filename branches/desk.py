"""The pages of shared desks, and their addresses inside the admin site."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from branches.shared_desk_views import badge, switch
from milanolib.adminsite import DeskPage, register_desk_page

PERMISSION = "accounts.serve_reader"


def register_pages() -> None:
    """Tell the admin site of them; the way to them stands beside the name of who is signed in."""
    register_desk_page(DeskPage("banco/cambio/", "desk_switch", "", switch, PERMISSION, in_menu=False))
    register_desk_page(
        DeskPage("banco/badge/", "desk_badge", _("My badge"), badge, PERMISSION, in_menu=False, group="desk")
    )
