"""Registry workstations in libraries, and the engine of slots behind them."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistryConfig(AppConfig):
    """Kiosks and slots."""

    name = "registry"
    verbose_name = _("Registry workstations")

    def ready(self) -> None:
        """Register what follows events, the pages of the desk, and what hangs on a place or its closures."""
        from accounts.own_data import register_part
        from branches.hanging import register_closing, register_hanging
        from registry import desk, handlers
        from registry.hanging import bookings_at, bookings_in_closure, nothing_moved
        from registry.own_data import SlotPart

        handlers.register_all()
        desk.register_pages()
        register_hanging(bookings_at)
        register_closing(bookings_in_closure, nothing_moved)
        register_part(SlotPart)
