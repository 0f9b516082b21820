"""Registers of the network: places, the van and all that hangs on them are kept here, reports are only read."""

from branches.admin import places, registers, routes

__all__ = ["places", "registers", "routes"]
