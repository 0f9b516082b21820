"""Places, hours, capacity, devices, Bibliobus visits and van rounds."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BranchesConfig(AppConfig):
    """The network."""

    name = "branches"
    verbose_name = _("Network")

    def ready(self) -> None:
        """Register the pages of shared desks, what moves when two readers become one, what is kept."""
        from accounts.movers import register_mover
        from accounts.own_data import register_part
        from branches import desk, shared_desks
        from branches.moving import PointMover
        from branches.own_data import PointPart

        register_mover(PointMover)
        register_part(PointPart)
        shared_desks.register()
        desk.register_pages()
