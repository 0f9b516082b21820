"""Places, hours, capacity, devices, Bibliobus visits and van rounds."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BranchesConfig(AppConfig):
    """The network."""

    name = "branches"
    verbose_name = _("Network")

    def ready(self) -> None:
        """Say what moves when two readers become one."""
        from accounts.movers import register_mover
        from branches.moving import PointMover

        register_mover(PointMover)
