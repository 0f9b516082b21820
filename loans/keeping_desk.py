"""The pages about copies, and their addresses inside the admin site: tiles of the catalogue's page."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loans.desk_views.frame import PERMISSION as AT_DESK
from loans.keeping_views import copies, merge, stocktake
from loans.stocktakes import PERMISSION as STOCKTAKE
from milanolib.adminsite import DeskPage, register_desk_page

# Where each stands among the tiles of its group, which another app fills too.
ORDER = {"copy_find": 20, "stocktakes": 40, "duplicates": 65, "title_copies": 30, "title_merge": 60}


def register_pages() -> None:
    """Tell the admin site of the pages about copies."""
    tiles = (
        ("catalogo/copie/", "copy_find", _("Copies"), copies.find, copies.VIEW),
        ("catalogo/inventario/", "stocktakes", _("Stocktake"), stocktake.stocktakes, STOCKTAKE),
        ("catalogo/doppioni/", "duplicates", _("Likely duplicates"), merge.duplicates, merge.PERMISSION),
    )
    of_a_title = (
        ("catalogo/titolo/<int:title_id>/copie/", "title_copies", _("Copies"), copies.of_title, copies.VIEW),
        ("catalogo/titolo/<int:title_id>/unisci/", "title_merge", _("Merge"), merge.merge, merge.PERMISSION),
    )
    behind = (
        ("catalogo/inventario/<int:stocktake_id>/", "stocktake", stocktake.stocktake, STOCKTAKE),
        ("catalogo/inventario/<int:stocktake_id>/chiudi/", "stocktake_close", stocktake.close, STOCKTAKE),
        ("catalogo/inventario/<int:stocktake_id>/mancanti/", "stocktake_mark", stocktake.mark, STOCKTAKE),
        ("catalogo/inventario/<int:stocktake_id>/tabella.csv", "stocktake_table", stocktake.table, STOCKTAKE),
        ("catalogo/copie/<int:copy_id>/", "copy_edit", copies.edit, copies.VIEW),
        ("catalogo/copie/<int:copy_id>/fatto/<slug:code>/", "copy_trouble", copies.trouble, AT_DESK),
        ("catalogo/copie/<int:copy_id>/correggi/", "copy_correct", copies.correct, copies.CHANGE),
        ("catalogo/copie/<int:copy_id>/sposta/", "copy_relocate", copies.relocate, copies.CHANGE),
        ("catalogo/copie/<int:copy_id>/scarta/", "copy_withdraw", copies.withdraw, copies.CHANGE),
    )
    for route, name, title, view, permission in tiles:
        register_desk_page(
            DeskPage(route, name, title, view, permission, in_menu=False, group="catalogue", order=ORDER[name])
        )
    for route, name, title, view, permission in of_a_title:
        register_desk_page(
            DeskPage(route, name, title, view, permission, in_menu=False, group="title", order=ORDER[name])
        )
    for route, name, view, permission in behind:
        register_desk_page(DeskPage(route, name, "", view, permission, in_menu=False))
