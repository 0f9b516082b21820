"""What a partner types or scans. A scanner is a keyboard that ends with Enter."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

from branches.devices import CROCKFORD, normalised_code
from loans.counts import MOST_COUNTED, number_of
from loans.crates import could_be_crate
from loans.handing import is_card
from loans.parcels import TAG_LENGTH
from loans.records import DAMAGED, HAND_OVER, MISSING, WRONG, Act

if TYPE_CHECKING:
    from branches.models import Device

CODE_LENGTH = 8
FORM_KEY = re.compile(r"[A-Za-z0-9_-]{16,43}")


def new_form_key() -> str:
    """Return what makes a form sent twice one act."""
    return secrets.token_urlsafe(16)


def typed(**attrs: str) -> forms.TextInput:
    """Return a field for codes: large, no help from the phone's spelling, ready for the scanner."""
    return forms.TextInput(
        attrs={
            "autocomplete": "off",
            "autocapitalize": "characters",
            "autocorrect": "off",
            "spellcheck": "false",
            "maxlength": "60",
            "aria-describedby": "told",
            **attrs,
        }
    )


class KeyedForm(forms.Form):
    """A form that may be sent twice: the hidden key says that it is the same one."""

    key = forms.CharField(widget=forms.HiddenInput, required=False, initial=new_form_key, max_length=200)

    def clean_key(self) -> str:
        """Take a key that is none of ours for no key at all."""
        key: str = self.cleaned_data["key"]
        return key if FORM_KEY.fullmatch(key) else new_form_key()


class ActivationForm(KeyedForm):
    """The code that the library gave."""

    code = forms.CharField(
        label=_("Activation code"),
        widget=typed(autofocus=""),
        max_length=60,
        error_messages={"required": _("Type the activation code.")},
    )


class ScanForm(KeyedForm):
    """One thing in the partner's hand, by what is printed on it."""

    what: forms.CharField

    def to_act(self, act: str) -> Act:
        """Return the act to record.

        The key holds for this form and this thing: when an answer is lost and the next thing is scanned into the
        same form, that is another act and not the first one changed.
        """
        what = self.cleaned_data["what"]
        digest = hashlib.sha256(f"{act}:{what}".encode()).hexdigest()[:16]
        return Act(key=f"{self.cleaned_data['key']}-{digest}", act=act, what=what)


class TagForm(ScanForm):
    """A parcel's tag, or the code of a crate."""

    what = forms.CharField(
        label=_("Tag on the parcel"),
        widget=typed(autofocus="", enterkeyhint="done"),
        max_length=60,
        error_messages={"required": _("Scan the tag, or type its letters and digits.")},
    )

    def clean_what(self) -> str:
        """Return the tag as printed; what can be neither a tag nor a crate's code troubles no librarian."""
        tag = normalised_code(self.cleaned_data["what"])
        if not _is_code(tag, TAG_LENGTH) and not could_be_crate(tag):
            raise forms.ValidationError(
                _("This is not a parcel's tag: a tag has 8 letters and digits. Scan the tag, not the book."),
                code="not_a_tag",
            )
        return tag


class TakeInForm(TagForm):
    """What has come; of a crate also how many parcels were in it, where somebody counted."""

    counted = forms.IntegerField(
        label=_("Parcels counted, if it is a crate and you count it"),
        required=False,
        min_value=0,
        max_value=MOST_COUNTED,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": "4"}),
        error_messages={"invalid": _("Type a number in digits, for example 12.")},
    )

    def to_act(self, act: str) -> Act:
        """Return the act to record; a count belongs to a crate alone. Another count is another act."""
        said, counted = super().to_act(act), self.cleaned_data["counted"]
        if counted is None or not could_be_crate(said.what):
            return said
        return replace(said, key=f"{said.key}-{counted}", counted=counted)


class BarcodeForm(ScanForm):
    """A copy's barcode."""

    what = forms.CharField(
        label=_("Barcode on the item"),
        widget=typed(autofocus="", enterkeyhint="done"),
        max_length=60,
        error_messages={"required": _("Scan the barcode, or type the number below it.")},
    )


class FaultForm(TagForm):
    """A parcel that is not as it should be, and what is wrong with it."""

    act = forms.ChoiceField(
        label=_("What is wrong"),
        choices=[
            (MISSING, _("Not there, or empty")),
            (WRONG, _("Something else is in it")),
            (DAMAGED, _("Damaged")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Say what is wrong with the parcel.")},
    )


class CountForm(ScanForm):
    """How many things there are."""

    what = forms.CharField(
        label=_("How many have you counted?"),
        widget=typed(autofocus="", inputmode="numeric", enterkeyhint="done"),
        max_length=60,
        error_messages={"required": _("Type how many there are, 0 if there is nothing.")},
    )

    def clean_what(self) -> str:
        """Return the count in digits."""
        counted: str = self.cleaned_data["what"].strip()
        if number_of(counted) is None:
            raise forms.ValidationError(_("Type a number in digits, for example 12."), code="not_a_count")
        return counted


class CodeForm(KeyedForm):
    """A reader's pickup code. It is asked, not reported: nothing happens by it but that a wrong one is counted."""

    code = forms.CharField(
        label=_("The reader's code or card"),
        widget=typed(autofocus="", enterkeyhint="search"),
        max_length=60,
        error_messages={"required": _("Type the reader's code.")},
    )

    def clean_code(self) -> str:
        """Return the code or card as it was sent; one that is too short or too long is a slip, not a guess."""
        if is_card(self.cleaned_data["code"]):
            return self.cleaned_data["code"]
        code = normalised_code(self.cleaned_data["code"])
        if not _is_code(code, CODE_LENGTH):
            raise forms.ValidationError(_("The reader's code has 8 letters and digits. Check it."), code="not_a_code")
        return code


class HandOverForm(forms.Form):
    """The parcel that a right code has shown, sealed: this button hands over no other one."""

    parcel = forms.CharField(widget=forms.HiddenInput, max_length=400)

    def __init__(self, *args: Any, device: Device, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.salt = f"proximity.hand_over:{device.pk}"

    def sealed(self, tag: str) -> str:
        """Return what the hidden field holds for the parcel with this tag, with a request key of its own."""
        return signing.dumps({"tag": tag, "key": new_form_key()}, salt=self.salt)

    def clean_parcel(self) -> Act:
        """Return the act to record."""
        try:
            sealed = signing.loads(self.cleaned_data["parcel"], salt=self.salt)
        except signing.BadSignature:
            raise forms.ValidationError(_("Type the reader's code again, please."), code="not_sealed") from None
        return Act(key=sealed["key"], act=HAND_OVER, what=sealed["tag"])


def _is_code(text: str, length: int) -> bool:
    return len(text) == length and set(text) <= set(CROCKFORD)


def in_fours(code: str) -> str:
    """Return a tag as it is easiest to read: 'K7M2 9QXZ'."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))
