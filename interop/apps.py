"""Interfaces for other programs: thin adapters without models and without rules."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InteropConfig(AppConfig):
    """Other programs."""

    name = "interop"
    verbose_name = _("Interfaces")
