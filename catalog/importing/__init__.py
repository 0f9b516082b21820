"""Bringing MARC records from files into the catalogue. The command is `manage.py import_marc`."""

from catalog.importing.importer import import_file
from catalog.importing.readers import FORMATS
from catalog.importing.report import ImportReport, Level, Problem, UnreadableFile

__all__ = ["FORMATS", "ImportReport", "Level", "Problem", "UnreadableFile", "import_file"]
