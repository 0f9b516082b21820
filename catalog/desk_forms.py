"""Forms of the cataloguers' pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from branches.models import Place
from catalog.import_runs import LARGEST
from catalog.importing.copies import OWNERS
from catalog.importing.drafts import LONGEST_SOURCE
from catalog.importing.readers import AUTO, MARC21, MARCXML, UNIMARC

MEGABYTE = 1024 * 1024
FORMATS = (
    (AUTO, _("see by looking at the file")),
    (MARC21, _("every record is MARC21")),
    (UNIMARC, _("every record is UNIMARC")),
    (MARCXML, _("the file is XML")),
)


class ImportForm(forms.Form):
    """A file of records, and how to take it."""

    file = forms.FileField(
        label=_("File of records"),
        help_text=_("ISO 2709 (.mrc, .dat, .iso) or MARCXML, MARC21 or UNIMARC, up to 200 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".mrc,.dat,.iso,.marc,.xml,application/marc"}),
    )
    format = forms.ChoiceField(label=_("Format"), choices=FORMATS, initial=AUTO)
    source = forms.CharField(
        label=_("Source"),
        required=False,
        max_length=LONGEST_SOURCE,
        help_text=_(
            "Whose control numbers these are, such as sbn. The same number of the same source is the same title."
        ),
    )
    branch = forms.ModelChoiceField(
        label=_("Library for copies without one"),
        required=False,
        queryset=Place.objects.none(),
        empty_label=_("none: such copies are told of and left out"),
    )
    is_trial = forms.TypedChoiceField(
        label=_("How"),
        choices=(("1", _("as a trial: everything is checked, nothing is kept")), ("0", _("in earnest"))),
        coerce=lambda value: value == "1",
        initial="1",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["branch"].queryset = Place.objects.filter(kind__in=OWNERS).order_by("name")  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        """Refuse what is too large for the web; an empty file Django refuses itself."""
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST:
            raise forms.ValidationError(
                _("This file is larger than %(limit)s MB. Cut it into parts, or ask whoever runs the server."),
                params={"limit": LARGEST // MEGABYTE},
            )
        return upload
