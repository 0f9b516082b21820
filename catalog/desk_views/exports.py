"""Export of what a search finds, or of what a library has: a file to take away."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from branches.desk_frame import desk_page, for_staff
from branches.models import Place
from catalog.exporting import ISO2709, MARCXML, export_titles
from catalog.importing.copies import OWNERS
from catalog.importing.readers import MARC21, UNIMARC
from catalog.models import Title
from catalog.search import titles_found

if TYPE_CHECKING:
    from typing import Any

    from catalog.exporting import ExportReport
    from milanolib.http import Request

PERMISSION = "catalog.view_title"
MOST_TITLES = 5000  # what a page waits for; more by `manage.py export_marc`


class ExportForm(forms.Form):
    """Which titles, in which shape."""

    words = forms.CharField(
        label=_("Titles that a search finds"),
        required=False,
        max_length=200,
        help_text=_("Words of the title or of people, or an ISBN. Empty for all."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    library = forms.ModelChoiceField(
        label=_("Of which this library has a copy"),
        required=False,
        queryset=Place.objects.none(),
        empty_label=_("any library"),
    )
    container = forms.ChoiceField(
        label=_("File"), choices=((MARCXML, _("MARCXML")), (ISO2709, _("ISO 2709"))), initial=MARCXML
    )
    dialect = forms.ChoiceField(
        label=_("Records"),
        required=False,
        choices=(
            ("", _("each as it is kept")),
            (UNIMARC, _("only those in UNIMARC")),
            (MARC21, _("only those in MARC21")),
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["library"].queryset = Place.objects.filter(kind__in=OWNERS).order_by("name")  # type: ignore[attr-defined]
        self.ids: list[int] = []

    def clean(self) -> dict[str, Any]:
        """Find the titles; say when there are none, or too many for a page."""
        cleaned = super().clean() or {}
        words, library = cleaned.get("words", "").strip(), cleaned.get("library")
        titles = (titles_found(words) if words else Title.objects.all()).filter(merged_into=None)
        if library is not None:
            titles = titles.filter(copies__home=library).distinct()
        self.ids = list(titles.order_by("pk").values_list("pk", flat=True)[: MOST_TITLES + 1])
        if not self.ids:
            self.add_error("words", _now("No title is found so."))
        elif len(self.ids) > MOST_TITLES:
            self.add_error(
                None,
                _now("That is more than %(most)s titles. Say more about them, or ask whoever runs the server for all.")
                % {"most": MOST_TITLES},
            )
        return cleaned


@for_staff(PERMISSION)
def exports(request: Request) -> HttpResponse:
    """Ask which titles, and give the file."""
    form = ExportForm(request.POST or None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            return _file(form.ids, form.cleaned_data["container"], form.cleaned_data["dialect"])
        status = 422
    return desk_page(request, "catalog/desk/exports.html", _now("Export records"), {"form": form}, status=status)


def _file(ids: list[int], container: str, dialect: str) -> HttpResponse:
    """Return the records; two files in one, with a word about them, where one kind of file could not hold all."""
    out, beside = io.BytesIO(), io.BytesIO()
    report = export_titles(ids, out, container=container, dialect=dialect, beside=beside)
    name = "titles.xml" if container == MARCXML else "titles.mrc"
    if not (report.as_xml or report.changed):
        kind = "application/marcxml+xml" if container == MARCXML else "application/marc"
        return _download(name, out.getvalue(), kind)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr(name, out.getvalue())
        if beside.getvalue():
            bundle.writestr("titles-beside.xml", beside.getvalue())
        bundle.writestr("README.txt", _told(report))
    return _download("titles.zip", packed.getvalue(), "application/zip")


def _told(report: ExportReport) -> str:
    lines = []
    if report.as_xml:
        lines.append(_now("These records are too long or too odd for ISO 2709 and are in titles-beside.xml:"))
        lines += report.as_xml
    if report.changed:
        lines.append(_now("These records hold characters or tags that XML cannot hold; they are written without them:"))
        lines += report.changed
    return "\n".join(lines) + "\n"


def _download(name: str, content: bytes, kind: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
