"""Agreements with cinemas, theatres and museums, and the pass with which readers use them."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartnershipsConfig(AppConfig):
    """Agreements."""

    name = "partnerships"
    verbose_name = _("Agreements")

    def ready(self) -> None:
        """Register pages of the desk, what owners of agreements are told, and all that follows a booking."""
        from accounts.movers import register_mover
        from accounts.own_data import register_part
        from branches.hanging import register_closing, register_hanging
        from partnerships import desk, told
        from partnerships.initiatives import desk as initiatives_desk
        from partnerships.initiatives import handlers, tasks  # noqa: F401  the worker finds its tasks by this
        from partnerships.initiatives.hanging import dates_at, dates_in_closure, nothing_moved
        from partnerships.initiatives.moving import InitiativeMover
        from partnerships.initiatives.own_data import InitiativePart

        desk.register_pages()
        told.register_all()
        handlers.register_all()
        initiatives_desk.register_pages()
        register_mover(InitiativeMover)
        register_part(InitiativePart)
        register_hanging(dates_at)
        register_closing(dates_in_closure, nothing_moved)
