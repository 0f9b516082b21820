"""Registers of the network: places and all that hangs on them are kept here, rounds and reports are only read."""

from branches.admin import places, registers

__all__ = ["places", "registers"]
