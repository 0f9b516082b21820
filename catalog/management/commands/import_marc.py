"""Bring MARC records from a file into the catalogue."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from catalog.importing import FORMATS, Level, UnreadableFile, import_file

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from catalog.importing import ImportReport, Problem


class Command(BaseCommand):
    """Import a file and say what became of each record that did not come in whole.

    Exit status: 0 when something was imported or there was nothing to do, 1 when all records were refused or the
    file cannot be read.
    """

    help = _("Bring MARC records (MARC21 or UNIMARC, as ISO 2709 or MARCXML) into the catalogue. Safe to repeat.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help=_("the file to read"))
        parser.add_argument(
            "--format",
            choices=FORMATS,
            default=FORMATS[0],
            help=_("marc21 or unimarc: the dialect of every record; marcxml: the file is XML; auto: look (default)"),
        )
        parser.add_argument("--branch", metavar="CODE", help=_("library of copies that name none, or none we know"))
        parser.add_argument(
            "--source", metavar="NAME", default="", help=_("whose control numbers these are (MARC21 says it in 003)")
        )
        parser.add_argument("--dry-run", action="store_true", help=_("do everything, write nothing"))

    def handle(self, *_args: object, **options: Any) -> None:
        if options["dry_run"]:
            self.stderr.write(_("Dry run: nothing will be written."))
        # What is loaded by now stays: set aside, the collector has only records to go through.
        gc.freeze()
        try:
            report = import_file(
                options["file"],
                format=options["format"],
                branch=options["branch"],
                source=options["source"],
                dry_run=options["dry_run"],
                on_progress=self._show_progress,
                on_problem=self._show_problem,
            )
        except UnreadableFile as fault:
            raise CommandError(_("Nothing imported: %(reason)s.") % {"reason": fault}) from fault
        self._show_summary(report)
        if report.has_failed:
            raise CommandError(_("All records were refused."))

    def _show_progress(self, report: ImportReport) -> None:
        rate = report.read / report.seconds if report.seconds else 0
        self.stderr.write(_("%(read)s records read, %(rate)s a second") % {"read": report.read, "rate": round(rate)})

    def _show_problem(self, problem: Problem) -> None:
        """Write one line: what happened, which record, why."""
        words = {
            Level.REFUSED: _("REFUSED"),
            Level.COPY: _("COPY REFUSED"),
            Level.WARNING: _("warning"),
        }
        where = _("record %(position)s") % {"position": problem.position}
        if problem.offset is not None:
            where = _("%(where)s at byte %(offset)s") % {"where": where, "offset": problem.offset}
        if problem.control_number:
            where = f"{where} ({problem.control_number})"
        self.stdout.write(f"{words[problem.level]}: {where}: {problem.reason}")

    def _show_summary(self, report: ImportReport) -> None:
        self.stdout.write(
            _(
                "Records: %(read)s read, %(created)s created, %(updated)s updated, %(unchanged)s unchanged, "
                "%(refused)s refused, %(superseded)s repeated; %(warnings)s warnings"
            )
            % {
                "read": report.read,
                "created": report.created,
                "updated": report.updated,
                "unchanged": report.unchanged,
                "refused": report.refused,
                "superseded": report.superseded,
                "warnings": report.warnings,
            }
        )
        self.stdout.write(
            _("Copies: %(created)s created, %(updated)s updated, %(unchanged)s unchanged, %(refused)s refused")
            % {
                "created": report.copies_created,
                "updated": report.copies_updated,
                "unchanged": report.copies_unchanged,
                "refused": report.copies_refused,
            }
        )
        if report.dry_run:
            self.stdout.write(_("Dry run: nothing was written."))
