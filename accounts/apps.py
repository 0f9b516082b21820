"""Users, readers, guardians, roles and consents."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """People."""

    name = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        """Keep the roles' permissions as in code; say what is kept, and what moves when two readers become one."""
        from accounts import handlers, roles  # noqa: F401  importing registers the signal of Django's own migrations
        from accounts.merging import PeopleMover
        from accounts.movers import register_mover
        from accounts.own_data import register_part
        from accounts.own_part import PeoplePart

        handlers.register_all()
        register_mover(PeopleMover)
        register_part(PeoplePart)
