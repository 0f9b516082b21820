"""Refusals that concern how somebody is told."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from milanolib.errors import DomainError


class BrowserNotUsable(DomainError):
    """What the browser gave is no subscription of a push service that we know."""

    code = "browser_not_usable"
    message = _("This browser cannot take our notices. Use another one, or let us write to you by e-mail.")
