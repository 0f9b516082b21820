"""The initiatives' pages of the desk, and their addresses inside the admin site."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from milanolib.adminsite import DeskPage, register_desk_page
from partnerships.initiatives import desk_views as views
from partnerships.initiatives.desk_views import PERMISSION


def register_pages() -> None:
    """Tell the admin site of them."""
    register_desk_page(
        DeskPage(
            "banco/iniziative/",
            "desk_initiatives",
            _("Initiatives"),
            views.month,
            PERMISSION,
            in_menu=False,
            group="desk",
        )
    )
    behind = (
        ("banco/iniziative/numeri/", "desk_initiatives_figures", views.figures),
        ("banco/iniziative/numeri.csv", "desk_initiatives_csv", views.figures_csv),
        ("banco/iniziative/numeri.pdf", "desk_initiatives_pdf", views.figures_pdf),
        ("banco/iniziative/<int:date_id>/", "desk_initiatives_door", views.door),
        ("banco/iniziative/<int:date_id>/arrivi/", "desk_initiatives_come", views.come),
        ("banco/iniziative/<int:date_id>/presenze/", "desk_initiatives_attendance", views.attendance),
        ("banco/iniziative/<int:date_id>/telefono/", "desk_initiatives_telephone", views.telephone),
    )
    for route, name, view in behind:
        register_desk_page(DeskPage(route, name, "", view, PERMISSION, in_menu=False))
