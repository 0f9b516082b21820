"""What is kept of the proximity network."""

from proximity.models.condominium import CondominiumEvent, CondominiumLibrary, NetworkNews, StartRequest, TodaysWord
from proximity.models.contract import Contract

__all__ = ["CondominiumEvent", "CondominiumLibrary", "Contract", "NetworkNews", "StartRequest", "TodaysWord"]
