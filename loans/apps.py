"""Holds, loans, routing, custody and the desk."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LoansConfig(AppConfig):
    """Circulation."""

    name = "loans"
    verbose_name = _("Circulation")

    def ready(self) -> None:
        """Register what follows events, and the desk's pages."""
        from loans import desk, handlers

        handlers.register_all()
        desk.register_pages()
