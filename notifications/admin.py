"""Registers of messages, and what people write to us."""

from django.contrib import admin

from accounts.registers import NotesViews
from milanolib.registers import Kept, Register
from notifications.models import Feedback, Message


@admin.register(Message)
class MessageAdmin(NotesViews, Register):
    """The ledger: kinds and ids, no text. A reader is named on one row's page only."""

    list_display = ["kind", "channel", "status", "created_at", "sent_at", "attempts", "may_be_double", "last_error"]
    list_filter = ["status", "may_be_double"]
    search_fields = ["=key", "=kind", "=message_id"]
    ordering = ["-id"]


@admin.register(Feedback)
class FeedbackAdmin(Kept):
    """What people wrote; who answers says when."""

    list_display = ["case_number", "topic", "received_at", "answered_at"]
    list_filter = [("answered_at", admin.EmptyFieldListFilter), "topic"]
    search_fields = ["=case_number"]
    readonly_fields = ["case_number", "topic", "text", "page", "email", "received_at"]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
