"""Titles, copies, import and search."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    """The catalogue."""

    name = "catalog"
    verbose_name = _("Catalogue")

    def ready(self) -> None:
        """Register what follows events, and the cataloguers' pages."""
        from catalog import desk, handlers
        from catalog.reading import desk as reading_desk
        from catalog.reading import told

        handlers.register_all()
        desk.register_pages()
        told.register_all()
        reading_desk.register_pages()
