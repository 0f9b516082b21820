"""The ledger of messages, what readers choose of it, their addresses, and what they write to us."""

from notifications.models.address import AddressMark, PushSubscription
from notifications.models.call import Call, CallOutcome
from notifications.models.feedback import Feedback
from notifications.models.message import Channel, Message, MessageStatus
from notifications.models.pace import ChannelPace
from notifications.models.preference import KindChoice, Preference

__all__ = [
    "AddressMark",
    "Call",
    "CallOutcome",
    "Channel",
    "ChannelPace",
    "Feedback",
    "KindChoice",
    "Message",
    "MessageStatus",
    "Preference",
    "PushSubscription",
]
