"""The pages about readers, and their addresses inside the admin site."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loans.reader_views import acts, card, guardians, merge, reader, register, search
from loans.reader_views.frame import PERMISSION
from milanolib.adminsite import DeskPage, register_desk_page


def register_pages() -> None:
    """Tell the admin site of the pages about readers: the search in its menu, the others behind it."""
    register_desk_page(DeskPage("lettori/", "readers", _("Readers"), search.search, PERMISSION))
    behind = (
        ("lettori/nuovo/", "reader_register", register.register),
        ("lettori/<int:reader_id>/", "reader", reader.reader),
        ("lettori/<int:reader_id>/correggi/", "reader_correct", register.correct),
        ("lettori/<int:reader_id>/documento/", "reader_verify", acts.verify),
        ("lettori/<int:reader_id>/rinnovo/", "reader_renew", acts.renew),
        ("lettori/<int:reader_id>/smarrita/", "reader_lost", acts.lost),
        ("lettori/<int:reader_id>/chiudi/", "reader_close", acts.close),
        ("lettori/<int:reader_id>/riapri/", "reader_reopen", acts.reopen),
        ("lettori/<int:reader_id>/cancella/", "reader_erase", acts.erase),
        ("lettori/<int:reader_id>/nota/", "reader_note", acts.note),
        ("lettori/<int:reader_id>/nota/<int:note_id>/togli/", "reader_note_remove", acts.remove_note),
        ("lettori/<int:reader_id>/tutori/", "reader_guardian", guardians.link),
        ("lettori/<int:reader_id>/tutori/<int:guardianship_id>/fine/", "reader_guardian_end", guardians.end),
        ("lettori/<int:reader_id>/tutori/<int:guardianship_id>/titoli/", "reader_titles", guardians.titles),
        ("lettori/<int:reader_id>/unisci/", "reader_merge", merge.merge),
        ("lettori/<int:reader_id>/tessera.pdf", "reader_card", card.card),
    )
    for route, name, view in behind:
        register_desk_page(DeskPage(route, name, "", view, PERMISSION, in_menu=False))
