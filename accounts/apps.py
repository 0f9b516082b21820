"""Users, readers, guardians, roles and consents."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """People."""

    name = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        """Keep the roles' permissions as written in code; say what moves when two readers become one."""
        from accounts import roles  # noqa: F401  importing registers the signal of Django's own migrations
        from accounts.merging import PeopleMover
        from accounts.movers import register_mover

        register_mover(PeopleMover)
