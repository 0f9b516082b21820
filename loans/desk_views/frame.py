"""What every page of the desk shares: who may come in, at which desk, in which frame."""

from __future__ import annotations

from branches.desk_frame import LONGEST_SCAN, DeskChanged, at_desk_with, desk_page, go, scanned

__all__ = ["LONGEST_SCAN", "PERMISSION", "DeskChanged", "at_desk", "desk_page", "go", "scanned"]

PERMISSION = "loans.work_at_desk"
at_desk = at_desk_with(PERMISSION)
