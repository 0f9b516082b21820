"""Registers of the proximity network: contracts with partners, condominium libraries."""

from proximity.admin import condominium, contracts

__all__ = ["condominium", "contracts"]
