"""Titles, copies, import and search."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    """The catalogue."""

    name = "catalog"
    verbose_name = _("Catalogue")

    def ready(self) -> None:
        """Register what follows events, the cataloguers' pages, and what moves when two readers become one."""
        from accounts.movers import register_mover
        from accounts.own_data import register_part
        from catalog import desk, handlers
        from catalog.reading import desk as reading_desk
        from catalog.reading import told
        from catalog.reading.moving import ReadingMover
        from catalog.reading.own_data import ReadingPart

        handlers.register_all()
        desk.register_pages()
        told.register_all()
        reading_desk.register_pages()
        register_mover(ReadingMover)
        register_part(ReadingPart)
