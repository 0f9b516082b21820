"""Pages that show more than one app: home, title, the reader's own. Views and templates, no rules, no models."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    """The portal."""

    name = "portal"
    verbose_name = _("Portal")
