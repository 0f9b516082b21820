"""The pages about closures, and their addresses inside the admin site."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loans import closing_views as views
from milanolib.adminsite import DeskPage, register_desk_page


def register_pages() -> None:
    """Tell the admin site of the pages about closures."""
    register_desk_page(DeskPage("banco/chiusure/", "desk_closures", _("Closures"), views.closures, views.PERMISSION))
    behind = (
        ("banco/chiusure/luogo/<int:place_id>/", "desk_closures_of", views.of_place),
        ("banco/chiusure/<int:closure_id>/", "desk_closure", views.closure),
        ("banco/chiusure/<int:closure_id>/applica/", "desk_closure_apply", views.apply),
        ("banco/chiusure/<int:closure_id>/altrove/", "desk_closure_clear", views.clear),
        ("banco/chiusure/<int:closure_id>/pronti/", "desk_closure_kept", views.kept),
        ("banco/chiusure/<int:closure_id>/pronti/<int:hold_id>/", "desk_closure_move", views.move),
        ("banco/chiusure/applicate/<int:batch_id>/", "desk_closure_batch", views.batch),
        ("banco/chiusure/applicate/<int:batch_id>/annulla/", "desk_closure_undo", views.undo),
    )
    for route, name, view in behind:
        register_desk_page(DeskPage(route, name, "", view, views.PERMISSION, in_menu=False))
