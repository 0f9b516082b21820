"""Partners and their phone page."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProximityConfig(AppConfig):
    """The proximity network."""

    name = "proximity"
    verbose_name = _("Proximity network")

    def ready(self) -> None:
        """Register the librarian's pages, and what whoever wants to open a library is told."""
        from accounts.own_data import register_part
        from proximity import desk, told
        from proximity.own_data import RequestPart

        desk.register_pages()
        told.register_all()
        register_part(RequestPart)
