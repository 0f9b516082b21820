"""The registry's pages of the desk, and their addresses inside the admin site."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from milanolib.adminsite import DeskPage, register_desk_page
from registry import desk_views as views
from registry.desk_views import PERMISSION


def register_pages() -> None:
    """Tell the admin site of them."""
    register_desk_page(
        DeskPage(
            "banco/anagrafe/",
            "desk_registry",
            _("Registry workstations"),
            views.kiosks,
            PERMISSION,
            in_menu=False,
            group="desk",
        )
    )
    behind = (
        ("banco/anagrafe/numeri/", "desk_registry_figures", views.figures),
        ("banco/anagrafe/numeri.csv", "desk_registry_csv", views.figures_csv),
        ("banco/anagrafe/<slug:code>/", "desk_registry_day", views.day),
        ("banco/anagrafe/<slug:code>/passo/<int:booking_id>/", "desk_registry_step", views.step),
        ("banco/anagrafe/<slug:code>/ora/", "desk_registry_walk_in", views.walk_in),
        ("banco/anagrafe/<slug:code>/telefono/", "desk_registry_telephone", views.telephone),
        ("banco/anagrafe/<slug:code>/blocca/", "desk_registry_block", views.block),
        ("banco/anagrafe/<slug:code>/sblocca/<int:block_id>/", "desk_registry_unblock", views.unblock),
        ("banco/anagrafe/<slug:code>/sposta/", "desk_registry_move", views.move),
    )
    for route, name, view in behind:
        register_desk_page(DeskPage(route, name, "", view, PERMISSION, in_menu=False))
