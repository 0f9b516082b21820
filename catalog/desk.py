"""The cataloguers' pages and their addresses inside the admin site."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.desk_views import covers, exports, imports, labels, start, titles
from milanolib.adminsite import DeskPage, register_desk_page

GROUP = "catalogue"

# Where each stands among the tiles of its group, which another app fills too.
ORDER = {
    "title_add": 10,
    "labels": 30,
    "covers": 50,
    "exports": 60,
    "imports": 70,
    "title_edit": 10,
    "title_lines": 20,
    "title_cover": 40,
}


def register_pages() -> None:
    """Tell the admin site of the catalogue's pages: one in its menu, the others as tiles or behind those."""
    register_desk_page(DeskPage("catalogo/", "catalogue", _("Catalogue"), start.start, "catalog.view_title"))
    tiles = (
        ("catalogo/titolo/nuovo/", "title_add", _("Add a title"), titles.add, titles.ADD),
        ("catalogo/etichette/", "labels", _("Labels"), labels.labels, labels.PERMISSION),
        ("catalogo/copertine/", "covers", _("Covers"), covers.many, covers.PERMISSION),
        ("catalogo/esportazione/", "exports", _("Export records"), exports.exports, exports.PERMISSION),
        ("catalogo/importazioni/", "imports", _("Import records"), imports.imports, imports.PERMISSION),
    )
    of_a_title = (
        ("catalogo/titolo/<int:title_id>/", "title_edit", _("Common fields"), titles.edit, titles.VIEW),
        ("catalogo/titolo/<int:title_id>/campi/", "title_lines", _("All fields"), titles.lines, titles.VIEW),
        ("catalogo/titolo/<int:title_id>/copertina/", "title_cover", _("Cover"), covers.of_title, covers.PERMISSION),
    )
    behind = (
        ("catalogo/titolo/<int:title_id>/fonte/", "title_give_up", titles.give_up, titles.CHANGE),
        ("catalogo/importazioni/<int:run_id>/", "import_run", imports.run, imports.PERMISSION),
        ("catalogo/importazioni/<int:run_id>/davvero/", "import_for_real", imports.for_real, imports.PERMISSION),
        ("catalogo/importazioni/<int:run_id>/problemi.csv", "import_problems", imports.problems, imports.PERMISSION),
    )
    for route, name, title, view, permission in tiles:
        register_desk_page(
            DeskPage(route, name, title, view, permission, in_menu=False, group=GROUP, order=ORDER[name])
        )
    for route, name, title, view, permission in of_a_title:
        register_desk_page(
            DeskPage(route, name, title, view, permission, in_menu=False, group="title", order=ORDER[name])
        )
    for route, name, view, permission in behind:
        register_desk_page(DeskPage(route, name, "", view, permission, in_menu=False))
