"""Which channels there are: mail and the reader's page always, the others where the environment names them."""

from __future__ import annotations

from django.conf import settings

from notifications import channels
from notifications.channels.app_io import AppIoCarrier
from notifications.channels.email import EmailCarrier
from notifications.channels.inbox import InboxCarrier
from notifications.channels.push import PushCarrier
from notifications.channels.sms import SmsCarrier
from notifications.models import Channel


def register_channels() -> None:
    """Register what is set up; readers are offered nothing else."""
    channels.register(Channel.EMAIL, EmailCarrier)
    channels.register(Channel.INBOX, InboxCarrier)
    if settings.VAPID_KEY:
        channels.register(Channel.PUSH, PushCarrier)
    if settings.SMS_URL:
        channels.register(Channel.SMS, SmsCarrier)
    if settings.APP_IO_URL:
        channels.register(Channel.IO, AppIoCarrier)
