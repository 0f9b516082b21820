"""The ledger's pages inside the admin site."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from milanolib.adminsite import DeskPage, register_desk_page
from notifications.ledger_views import PERMISSION, TO_ACT, overview, previews, send_again, send_test


def register_pages() -> None:
    """Tell the admin site of them; the way to them stands on the start page."""
    register_desk_page(
        DeskPage(
            "avvisi/", "messages_overview", _("Messages to readers"), overview, PERMISSION, in_menu=False, group="desk"
        )
    )
    for route, name, view, permission in (
        ("avvisi/testi/", "messages_previews", previews, PERMISSION),
        ("avvisi/prova/", "messages_test", send_test, TO_ACT),
        ("avvisi/<int:message_id>/ancora/", "messages_resend", send_again, TO_ACT),
    ):
        register_desk_page(DeskPage(route, name, "", view, permission, in_menu=False))
