"""Refusals: what the library's rules say no to, named by the fact and told in the reader's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import Promise


class DomainError(Exception):
    """A rule said no.

    `code` is for machines and never changes; `message` is one translated sentence that says what happened and
    what to do next. Subclasses are named by the fact. HTTP knows nothing of them and they know nothing of HTTP.
    """

    code: ClassVar[str] = "refused"
    is_overridable: ClassVar[bool] = False  # by authorised staff, with a reason that is kept
    message: str | Promise = _("This cannot be done. Ask a librarian.")

    def __init__(self, **params: object) -> None:
        super().__init__(self.code)
        self.params = params

    def __str__(self) -> str:
        return str(self.message % self.params) if self.params else str(self.message)


class GoneMeanwhile(DomainError):
    """What a verb was to change was removed while it waited, as a reader who is erased; `row` is model and number."""

    code = "gone_meanwhile"
    message = _("This is no longer there: it was removed a moment ago, and nothing was done. Go back and start again.")


class RequestKeyReused(DomainError):
    """The same request key came with another payload."""

    code = "request_key_reused"
    message = _("This request was already used for something else. Load the page again and repeat.")
