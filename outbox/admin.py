"""Registers of what follows changes; for operators."""

from django.contrib import admin

from milanolib.registers import Register
from outbox.models import Event, JobRun, Request


@admin.register(Event)
class EventAdmin(Register):
    list_display = ["kind", "key", "occurred_at", "due_at", "handled_at", "attempts", "last_error"]
    list_filter = [("handled_at", admin.EmptyFieldListFilter)]
    search_fields = ["=key", "=kind"]
    ordering = ["-id"]


@admin.register(Request)
class RequestAdmin(Register):
    list_display = ["verb", "client", "key", "created_at"]
    search_fields = ["=key", "=client", "=verb"]
    ordering = ["-id"]


@admin.register(JobRun)
class JobRunAdmin(Register):
    list_display = ["job", "due_at", "started_at", "finished_at", "outcome"]
    list_filter = ["job", ("finished_at", admin.EmptyFieldListFilter)]
    ordering = ["-due_at", "job"]
