"""Messages, channels and delivery. Knows no loan and no hold."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """Messages."""

    name = "notifications"
    verbose_name = _("Messages")

    def ready(self) -> None:
        """Register the channels, the messages for events of `accounts`, which lies below, and what moves."""
        from accounts.movers import register_mover
        from notifications import channels, handlers
        from notifications.channels.email import EmailCarrier
        from notifications.channels.inbox import InboxCarrier
        from notifications.models import Channel
        from notifications.moving import MessageMover

        channels.register(Channel.EMAIL, EmailCarrier)
        channels.register(Channel.INBOX, InboxCarrier)
        handlers.register_all()
        register_mover(MessageMover)
