"""The librarian's pages of the agreements and of the pass, and their addresses inside the admin site."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from milanolib.adminsite import DeskPage, register_desk_page
from partnerships import desk_views as views
from partnerships import sheet_views
from partnerships.desk_views import PERMISSION

BASE = "convenzioni/usi"


def register_pages() -> None:
    """Tell the admin site of them."""
    title = _("Uses of agreements")
    register_desk_page(
        DeskPage(f"{BASE}/", "agreement_uses", title, views.uses, PERMISSION, in_menu=False, group="desk")
    )
    for end, name, view in (
        ("csv", "agreement_uses_table", views.uses_table),
        ("pdf", "agreement_uses_pdf", views.uses_pdf),
    ):
        register_desk_page(DeskPage(f"{BASE}.{end}", name, "", view, PERMISSION, in_menu=False))
    title = _("Pass on paper")
    register_desk_page(
        DeskPage(
            "lettori/<int:reader_id>/pass/",
            "reader_pass",
            title,
            sheet_views.sheet,
            sheet_views.PERMISSION,
            in_menu=False,
            group="reader",
        )
    )
