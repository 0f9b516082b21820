"""Messages, channels and delivery. Knows no loan and no hold."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """Messages."""

    name = "notifications"
    verbose_name = _("Messages")

    def ready(self) -> None:
        """Register the channels, the messages for events of `accounts` (it lies below), desk pages, what moves."""
        from accounts.movers import register_mover
        from accounts.own_data import register_part
        from notifications import desk, handlers, mending
        from notifications.channels.registering import register_channels
        from notifications.moving import MessageMover
        from notifications.own_data import MessagePart

        register_channels()
        handlers.register_all()
        mending.register_all()
        desk.register_pages()
        register_mover(MessageMover)
        register_part(MessagePart)
