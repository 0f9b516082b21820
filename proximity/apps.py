"""Partners and their phone page."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProximityConfig(AppConfig):
    """The proximity network."""

    name = "proximity"
    verbose_name = _("Proximity network")

    def ready(self) -> None:
        """Register the librarian's pages."""
        from proximity import desk

        desk.register_pages()
