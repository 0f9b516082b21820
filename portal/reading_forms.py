"""Forms of lists, reviews and suggestions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from catalog.keys import isbn13
from catalog.models import ReadingList
from catalog.reading import lists, reviews, wishes
from catalog.reading.errors import IsbnWrong

if TYPE_CHECKING:
    from django.utils.functional import Promise

WORDS_OF_STARS = {
    5: _("5 stars: I recommend it warmly"),
    4: _("4 stars: very good"),
    3: _("3 stars: good"),
    2: _("2 stars: so-so"),
    1: _("1 star: not for me"),
}


class ListForm(forms.Form):
    """A list: its name, what it is about, who sees it; librarians also say what it is."""

    name = forms.CharField(label=_("Name"), max_length=lists.LONGEST_NAME)
    description = forms.CharField(
        label=_("What it is about"),
        required=False,
        max_length=lists.LONGEST_DESCRIPTION,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    visibility = forms.ChoiceField(label=_("Who sees it"), widget=forms.RadioSelect)
    kind = forms.ChoiceField(
        label=_("What it is"),
        choices=ReadingList.Kind.choices,
        required=False,
        help_text=_("For everybody to see it, choose shelf or bibliography."),
    )

    def __init__(self, *args: Any, may_publish: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        public = [(ReadingList.Visibility.PUBLIC, _("everybody, among the public lists"))] if may_publish else []
        choices: list[tuple[str, str | Promise]] = [
            (ReadingList.Visibility.PRIVATE, _("only I")),
            (ReadingList.Visibility.SHARED, _("who has the link")),
        ]
        self.fields["visibility"].choices = choices + public  # type: ignore[attr-defined]
        self.fields["visibility"].initial = ReadingList.Visibility.PRIVATE
        if not may_publish:
            del self.fields["kind"]


class AddForm(forms.Form):
    """To which list: one of one's own, or a new one."""

    to = forms.IntegerField(required=False)
    name = forms.CharField(required=False, max_length=lists.LONGEST_NAME)


class ReviewForm(forms.Form):
    """Stars, and words if somebody likes."""

    stars = forms.TypedChoiceField(
        label=_("Stars"), choices=list(WORDS_OF_STARS.items()), coerce=int, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("Your review"),
        required=False,
        max_length=reviews.LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text=_(
            "A librarian reads the words before others do. Say what you think of it, and do not tell how it ends."
        ),
    )
    signed = forms.CharField(
        label=_("Signed"),
        required=False,
        max_length=reviews.LONGEST_SIGNATURE,
        help_text=_("The name that others see, one of your choice. Left empty, it says “a reader”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class WishForm(forms.Form):
    """What the libraries should buy."""

    title = forms.CharField(label=_("Title"), max_length=wishes.LONGEST["title"])
    author = forms.CharField(label=_("Author"), required=False, max_length=wishes.LONGEST["author"])
    isbn = forms.CharField(
        label=_("ISBN"),
        required=False,
        max_length=20,
        help_text=_("The number above the bar code, if you have it at hand."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text"}),
    )
    details = forms.CharField(
        label=_("Anything else that helps"),
        required=False,
        max_length=wishes.LONGEST["details"],
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Publisher, year, language, or where you heard of it."),
    )

    def clean_isbn(self) -> str:
        """Return the ISBN as 13 digits; its check digit tells a slip."""
        typed = self.cleaned_data["isbn"]
        number = isbn13(typed)
        if typed.strip() and not number:
            raise forms.ValidationError(str(IsbnWrong()))
        return number


ROOM_IN_WORDS = ngettext_lazy(
    "You can send %(count)s more suggestion; when one is answered there is room for the next.",
    "You can send %(count)s more suggestions; when one is answered there is room for the next.",
    "count",
)
