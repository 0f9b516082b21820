"""What follows a change: events, request keys, runs of periodic jobs."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutboxConfig(AppConfig):
    """The outbox."""

    name = "outbox"
    verbose_name = _("Events and jobs")

    def ready(self) -> None:
        """Register the system checks."""
        from outbox import checks  # noqa: F401  importing registers
