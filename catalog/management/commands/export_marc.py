"""Write records of the catalogue to a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from branches.models import Place
from catalog.exporting import CONTAINERS, ISO2709, export_titles
from catalog.importing.readers import MARC21, UNIMARC
from catalog.models import Title
from catalog.search import titles_found

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Export titles; what ISO 2709 cannot hold goes to a file of the same name that ends in .xml, and is told."""

    help = _("Write records as they are kept, with the copies that are there now, to a file.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help=_("the file to write; one that is there is written over"))
        parser.add_argument("--container", choices=CONTAINERS, default=ISO2709, help=_("iso2709 (default) or marcxml"))
        parser.add_argument("--dialect", choices=(MARC21, UNIMARC), default="", help=_("only records of this dialect"))
        parser.add_argument("--library", metavar="CODE", default="", help=_("only titles of which it has a copy"))
        parser.add_argument("--search", metavar="WORDS", default="", help=_("only titles that a search finds"))

    def handle(self, *_args: object, **options: Any) -> None:
        titles = titles_found(options["search"]) if options["search"] else Title.objects.all()
        titles = titles.filter(merged_into=None)
        if options["library"]:
            place = Place.objects.filter(code__iexact=options["library"]).first()
            if place is None:
                raise CommandError(_("There is no library with the code %(code)s.") % {"code": options["library"]})
            titles = titles.filter(copies__home=place).distinct()
        path = Path(options["file"])
        beside = path.with_name(path.name + ".xml")
        with path.open("wb") as out, beside.open("wb") as other:
            report = export_titles(
                titles.order_by("pk").values_list("pk", flat=True),
                out,
                container=options["container"],
                dialect=options["dialect"],
                beside=other,
            )
        if not report.as_xml:
            beside.unlink()
        for number in report.as_xml:
            self.stdout.write(_("as MARCXML: %(number)s, which ISO 2709 cannot hold") % {"number": number})
        for number in report.changed:
            self.stdout.write(
                _("not as it is kept: %(number)s, with characters or tags that XML cannot hold") % {"number": number}
            )
        self.stdout.write(
            _("Titles: %(written)s written, %(xml)s in %(beside)s, %(left)s of another dialect left out")
            % {
                "written": report.written - len(report.as_xml),
                "xml": len(report.as_xml),
                "beside": beside.name,
                "left": report.left_out,
            }
        )
