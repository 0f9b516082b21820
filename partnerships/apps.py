"""Agreements with cinemas, theatres and museums, and the pass with which readers use them."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartnershipsConfig(AppConfig):
    """Agreements."""

    name = "partnerships"
    verbose_name = _("Agreements")

    def ready(self) -> None:
        """Register what owners of agreements are told, and all that follows a booking."""
        from partnerships import told
        from partnerships.initiatives import desk, handlers, tasks  # noqa: F401  the worker finds its tasks by this

        told.register_all()
        handlers.register_all()
        desk.register_pages()
