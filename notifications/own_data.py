"""What the ledger of messages keeps about a person."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import CharField, Q, Value
from django.db.models.functions import Cast, Concat, Lower, TruncDay
from django.utils.translation import gettext as _

from accounts.encryption import address_hash, open_tax_code
from accounts.own_data import WORK, Area, Column, Part
from notifications.kinds import name_of
from notifications.models import (
    AddressMark,
    Call,
    Channel,
    Feedback,
    KindChoice,
    Message,
    MessageStatus,
    Preference,
    PushSubscription,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet


class MessagePart(Part):
    """What was written to somebody, how they want to be told, and what they wrote to us."""

    covers = (
        "notifications.Message.user",
        "notifications.Message.reader",
        "notifications.Preference.reader",
        "notifications.KindChoice.reader",
        "notifications.PushSubscription.user",
    )
    left_out = {"notifications.Call.called_by": WORK}

    def areas(self) -> Iterable[Area]:
        """Return messages, calls, choices, browsers, feedback."""
        mine = Message.objects.filter(Q(user__in=self.users) | Q(reader__in=self.readers))
        yield Area(
            "messages",
            _("Messages to you"),
            _("Of which kind, by which way, when, and what became of them. Their text is not kept."),
            mine,
            Column("kind", label=_("message"), say=name_of),
            "channel",
            "created_at",
            "status",
            "sent_at",
        )
        yield Area(
            "calls",
            _("Calls to you"),
            _("When a librarian called because nothing else reached you, and how the call ended."),
            Call.objects.filter(message__in=mine),
            "called_at",
            "outcome",
        )
        yield from self._choices()
        yield Area(
            "feedback",
            _("What you wrote to us"),
            _("What was sent through “Tell us” with an e-mail address of yours."),
            self._feedback(),
            "case_number",
            "topic",
            "text",
            "page",
            "email",
            "received_at",
            "answered_at",
        )

    def _choices(self) -> Iterable[Area]:
        yield Area(
            "preferences",
            _("How you want to be told"),
            _("Ways, hours and words that you have chosen, as long as you have the card."),
            Preference.objects.filter(reader__in=self.readers),
            "channels",
            "digest_hour",
            "has_quiet_hours",
            "quiet_from",
            "quiet_until",
            "reads_simple_words",
        )
        yield Area(
            "preferences_by_kind",
            _("How you want to be told of single things"),
            _("Where you have chosen other ways for a kind of message."),
            KindChoice.objects.filter(reader__in=self.readers),
            Column("kind", label=_("message"), say=name_of),
            "channels",
        )
        yield Area(
            "browsers",
            _("Browsers that take notices"),
            _("Until you switch them off. A browser's keys are not told: whoever has them could read your notices."),
            PushSubscription.objects.filter(user__in=self.users),
            "created_at",
        )

    def erase(self) -> None:
        """Blank what was written to them, send nothing more, and delete what they wrote to us.

        The rows stay, without a person and by the day, for the volumes by kind and channel.
        """
        mine = Message.objects.filter(Q(user__in=self.users) | Q(reader__in=self.readers))
        mine.filter(status=MessageStatus.WAITING).update(status=MessageStatus.MOOT)
        mine.update(
            user=None,
            reader=None,
            language=settings.LANGUAGE_CODE,
            params={},
            bundle="",
            message_id="",
            key=Concat(Value("forgotten:"), Cast("pk", CharField())),
            created_at=TruncDay("created_at", tzinfo=dt.UTC),
            due_at=TruncDay("due_at", tzinfo=dt.UTC),
            sent_at=TruncDay("sent_at", tzinfo=dt.UTC),
        )
        self._feedback().delete()
        known = [address_hash(Channel.EMAIL, address) for address in self.person.addresses]
        for reader in self.readers:
            known += [address_hash(Channel.SMS, reader.phone)] if reader.phone else []
            if reader.tax_code_encrypted is not None:  # by which App IO knows them
                known.append(address_hash(Channel.IO, open_tax_code(bytes(reader.tax_code_encrypted))))
        AddressMark.objects.filter(address_hash__in=known).delete()

    def _feedback(self) -> QuerySet[Feedback]:
        return Feedback.objects.alias(address=Lower("email")).filter(address__in=self.person.addresses)
