"""Giving records away: as they are kept, with the copies that are there now. The command is `manage.py export_marc`."""

from catalog.exporting.exporter import CONTAINERS, ISO2709, MARCXML, ExportReport, export_titles

__all__ = ["CONTAINERS", "ISO2709", "MARCXML", "ExportReport", "export_titles"]
