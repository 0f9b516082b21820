"""Registers of institutions and agreements."""

from partnerships.admin import agreements, institutions

__all__ = ["agreements", "institutions"]
