"""MARC records under a cataloguer's hand: common fields with labels, all fields as lines, what is wrong with them."""

from catalog.records.checks import LineFault, check
from catalog.records.common import Values, blank, changed, version_of
from catalog.records.lines import as_lines, from_lines

__all__ = ["LineFault", "Values", "as_lines", "blank", "changed", "check", "from_lines", "version_of"]
