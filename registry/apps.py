"""Registry workstations in libraries, and the engine of slots behind them."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistryConfig(AppConfig):
    """Kiosks and slots."""

    name = "registry"
    verbose_name = _("Registry workstations")

    def ready(self) -> None:
        """Register what follows events, and the pages of the desk."""
        from registry import desk, handlers

        handlers.register_all()
        desk.register_pages()
