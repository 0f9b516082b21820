"""What the catalogue says no to."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from milanolib.errors import DomainError


class TooManySearches(DomainError):
    """A person has saved as many searches as can be kept."""

    code = "too_many_searches"
    message = _("You have saved %(most)s searches already, which is the most. Delete one that you no longer need.")


class SearchWithoutName(DomainError):
    """A saved search needs a name."""

    code = "search_without_name"
    message = _("Give the search a name, so that you recognise it later.")


class NothingToSave(DomainError):
    """The search asks for nothing: it is the whole catalogue."""

    code = "nothing_to_save"
    message = _("This is the whole catalogue. Write something or choose a filter, then save the search.")


class SearchTooLong(DomainError):
    """A search has so many words and filters that its address is not kept."""

    code = "search_too_long"
    message = _("This search has too many words or filters to be saved. Take some away, then save it.")
