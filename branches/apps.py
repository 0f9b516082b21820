"""Places, hours, capacity, devices, Bibliobus visits and van rounds."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BranchesConfig(AppConfig):
    """The network."""

    name = "branches"
    verbose_name = _("Network")

    def ready(self) -> None:
        """Register the pages of shared desks, and what moves when two readers become one."""
        from accounts.movers import register_mover
        from branches import desk, shared_desks
        from branches.moving import PointMover

        register_mover(PointMover)
        shared_desks.register()
        desk.register_pages()
