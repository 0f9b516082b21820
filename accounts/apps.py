"""Users, readers, guardians, roles and consents."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """People."""

    name = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        """Keep the roles' permissions as written in code."""
        from accounts import roles  # noqa: F401  importing registers the signal of Django's own migrations
