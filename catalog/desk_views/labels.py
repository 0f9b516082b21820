"""Labels to print: for chosen copies, a range of barcodes, or what was added today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from branches.desk_frame import at_desk_with, desk_page
from catalog.barcodes import barcodes_between
from catalog.labels_pdf import BOTH, KINDS, LAYOUTS, labels_pdf
from catalog.models import Copy
from milanolib import clock

if TYPE_CHECKING:
    from typing import Any

    from branches.models import Place
    from milanolib.http import Request

PERMISSION = "catalog.change_title"
MOST_LABELS = 480
TODAY, CHOSEN, RANGE = "today", "chosen", "range"


class LabelsForm(forms.Form):
    """Which copies, and on what paper."""

    which = forms.ChoiceField(
        label=_("Of which copies"),
        choices=(
            (TODAY, _("added today at my library")),
            (CHOSEN, _("those whose barcodes stand below")),
            (RANGE, _("from one barcode to another")),
        ),
        initial=TODAY,
        widget=forms.RadioSelect,
    )
    barcodes = forms.CharField(
        label=_("Barcodes"),
        required=False,
        help_text=_("Scan one after the other; one a line, or with blanks between them."),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"}),
    )
    first = forms.CharField(label=_("From barcode"), required=False, max_length=40)
    last = forms.CharField(label=_("To barcode"), required=False, max_length=40)
    kind = forms.ChoiceField(label=_("Labels"), choices=list(KINDS.items()), initial=BOTH)
    layout = forms.ChoiceField(label=_("Paper"), choices=[(code, one.name) for code, one in LAYOUTS.items()])
    start = forms.IntegerField(
        label=_("First free label of the sheet"),
        min_value=1,
        max_value=max(one.per_page for one in LAYOUTS.values()),
        initial=1,
        required=False,
        help_text=_("Counted from the top, left to right: for a sheet of which some labels are gone."),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place = place
        self.copies: list[Copy] = []

    def clean(self) -> dict[str, Any]:
        """Find the copies; say which barcodes no copy has."""
        cleaned = super().clean() or {}
        match cleaned.get("which"):
            case "chosen":
                self._chosen("barcodes", "".join(cleaned.get("barcodes", "").replace("\x00", "")).upper().split())
            case "range":
                ends = ["".join(cleaned.get(name, "").split()).upper() for name in ("first", "last")]
                wanted = []
                for barcode in barcodes_between(*ends):
                    wanted.append(barcode)
                    if len(wanted) > 100 * MOST_LABELS:
                        break
                self.copies = self._found(wanted)
                if not self.copies:
                    self.add_error("first", _now("No copy has a barcode from the first to the last one."))
            case "today":
                self.copies = list(self._all().filter(home=self.place, added_on=clock.today())[: MOST_LABELS + 1])
                if not self.copies:
                    self.add_error("which", _now("Nothing was added at your library today."))
        if len(self.copies) > MOST_LABELS:
            self.add_error(
                None, _now("That is more than %(most)s copies. Print them in parts.") % {"most": MOST_LABELS}
            )
        return cleaned

    def _chosen(self, field: str, wanted: list[str]) -> None:
        self.copies = self._found(wanted)
        unknown = sorted(set(wanted) - {copy.barcode.upper() for copy in self.copies})
        if unknown:
            words = _now("No copy has these barcodes: %(barcodes)s.")
            self.add_error(field, words % {"barcodes": ", ".join(unknown[:10])})
        elif not wanted:
            self.add_error(field, _now("Scan at least one barcode."))

    def _found(self, wanted: list[str]) -> list[Copy]:
        order = {barcode: number for number, barcode in enumerate(dict.fromkeys(wanted))}
        copies = list(self._all().filter(barcode__in=order)[: MOST_LABELS + 1])
        return sorted(copies, key=lambda copy: order[copy.barcode])

    def _all(self) -> Any:
        return Copy.objects.select_related("title", "home").defer("title__record", "title__summary").order_by("barcode")


@at_desk_with(PERMISSION)
def labels(request: Request, place: Place) -> HttpResponse:
    """Ask which labels, and give them as a PDF."""
    chosen = request.GET.get("copies", "")
    initial = {"which": CHOSEN, "barcodes": chosen} if chosen else {}
    form = LabelsForm(request.POST or None, place=place, initial=initial)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            cleaned = form.cleaned_data
            pdf = labels_pdf(
                form.copies, layout=cleaned["layout"], kind=cleaned["kind"], start=cleaned.get("start") or 1
            )
            answer = HttpResponse(pdf, content_type="application/pdf")
            answer["Content-Disposition"] = 'inline; filename="labels.pdf"'
            return answer
        status = 422
    return desk_page(request, "catalog/desk/labels.html", _now("Labels"), {"form": form}, place=place, status=status)
