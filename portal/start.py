"""Where somebody starts from today, for the pages of the portal; the network keeps it."""

from branches.start import chosen_start, remember_start, start_of_request

__all__ = ["chosen_start", "remember_start", "start_of_request"]
