"""The librarian's pages of the proximity network, and their addresses inside the admin site."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from milanolib.adminsite import DeskPage, register_desk_page
from proximity import desk_views
from proximity.desk_views import PERMISSION

BASE = "punti-partner/"


def register_pages() -> None:
    """Tell the admin site of them."""
    title = _("Partners' points")
    register_desk_page(
        DeskPage(BASE, "partners_points", title, desk_views.all_points, PERMISSION, in_menu=False, group="desk")
    )
    behind = (
        ("<slug:code>/", "partners_months", desk_views.months),
        ("<slug:code>/codice/", "partners_new_code", desk_views.new_code),
        ("<slug:code>/dispositivi/<int:device_id>/revoca/", "partners_revoke", desk_views.revoke),
        ("<slug:code>/<slug:month>.csv", "partners_month_table", desk_views.month_table),
        ("<slug:code>/<slug:month>.pdf", "partners_month_pdf", desk_views.month_pdf),
    )
    for route, name, view in behind:
        register_desk_page(DeskPage(f"{BASE}{route}", name, "", view, PERMISSION, in_menu=False))
