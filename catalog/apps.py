"""Titles, copies, import and search."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    """The catalogue."""

    name = "catalog"
    verbose_name = _("Catalogue")
