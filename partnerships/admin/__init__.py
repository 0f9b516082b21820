"""Registers of institutions, agreements and initiatives."""

from partnerships.admin import agreements, initiatives, institutions, proposals

__all__ = ["agreements", "initiatives", "institutions", "proposals"]
