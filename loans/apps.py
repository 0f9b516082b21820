"""Holds, loans, routing, custody and the desk."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LoansConfig(AppConfig):
    """Circulation."""

    name = "loans"
    verbose_name = _("Circulation")

    def ready(self) -> None:
        """Register what follows events, the desk's pages, and what hangs on a place or on a reader's card."""
        from accounts import hanging as on_cards
        from accounts.movers import register_mover
        from accounts.own_data import register_part
        from branches.hanging import register_closing, register_hanging
        from loans import closing_desk, closing_messages, desk, handlers, keeping_desk, reader_desk
        from loans.hanging import circulation_at, circulation_on, hanging_on_closure, moved_by_closure
        from loans.own_data import CirculationPart
        from loans.reader_merging import CirculationMover, DelegationMover

        handlers.register_all()
        closing_messages.register_all()
        desk.register_pages()
        closing_desk.register_pages()
        keeping_desk.register_pages()
        reader_desk.register_pages()
        register_hanging(circulation_at)
        register_closing(hanging_on_closure, moved_by_closure)
        on_cards.register_hanging(circulation_on)
        register_mover(CirculationMover)
        register_mover(DelegationMover)
        register_part(CirculationPart)
