"""What is kept of the proximity network."""

from proximity.models.contract import Contract

__all__ = ["Contract"]
