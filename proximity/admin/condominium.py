"""Registers of the condominium libraries: what each says of itself, the news, the requests to open one."""

import csv
import io

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from branches.models import Place, PlaceKind
from branches.permissions import can_keep_place, places_kept_by
from branches.public_texts import ByLanguageForm
from milanolib.errors import DomainError
from milanolib.registers import Kept, Register
from proximity.models import CondominiumEvent, CondominiumLibrary, NetworkNews, StartRequest, TodaysWord
from proximity.start_requests import move_request
from proximity.states import REQUEST_MOVES, RequestStatus

LARGEST_LIST = 1024 * 1024


def _area(label, **options):
    return forms.CharField(label=label, required=False, widget=forms.Textarea(attrs={"rows": 3}), **options)


def _line(label, **options):
    return forms.CharField(label=label, widget=forms.TextInput(attrs={"class": "vTextField"}), **options)


class LibraryForm(ByLanguageForm):
    """A condominium library; the list of its own books may come as a file, text or CSV."""

    text_field = "hours_in_words"
    italian = _area(_("Hours in plain words, Italian"), max_length=400)
    english = _area(_("Hours in plain words, English"), max_length=400)
    list_file = forms.FileField(
        label=_("List of the own books, as a file"),
        required=False,
        help_text=_("Text or CSV in UTF-8, one book a line, at most 1 MB. It replaces the list below."),
        widget=forms.FileInput(attrs={"accept": ".txt,.csv,text/plain,text/csv"}),
    )

    class Meta:
        model = CondominiumLibrary
        fields = ["place", "since_year", "own_books", "own_list_link", "own_list"]

    def clean_list_file(self):
        """Return the list as lines of text, None when no file was chosen."""
        upload = self.cleaned_data.get("list_file")
        if not upload:
            return None
        if upload.size > LARGEST_LIST:
            raise ValidationError(_("The file is larger than 1 MB: put the list on a page and write its link."))
        try:
            text = upload.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ValidationError(_("This is no text in UTF-8: save the list as “CSV UTF-8” and try again.")) from None
        if "\x00" in text:
            raise ValidationError(_("This is no text in UTF-8: save the list as “CSV UTF-8” and try again."))
        return lines_of(text, is_table=upload.name.lower().endswith(".csv"))

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("list_file") is not None:
            cleaned["own_list"] = cleaned["list_file"]
            self.instance.own_list = cleaned["list_file"]
        return cleaned


def lines_of(text, *, is_table):
    """Return a list of books as text, one a line; the cells of a table's row are joined by a comma."""
    if is_table:
        separator = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
        rows = csv.reader(io.StringIO(text), delimiter=separator)
        lines = (", ".join(cell.strip() for cell in row if cell.strip()) for row in rows)
    else:
        lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


class TitleAndTextForm(ByLanguageForm):
    """What has a title and a text, each by language."""

    texts = {"title": ("title_italian", "title_english"), "text": ("text_italian", "text_english")}
    title_italian = _line(_("Title, Italian"), max_length=160)
    title_english = _line(_("Title, English"), max_length=160, required=False)
    text_italian = _area(_("Text, Italian"), max_length=600)
    text_english = _area(_("Text, English"), max_length=600)


class EventForm(TitleAndTextForm):
    """An event."""

    class Meta:
        model = CondominiumEvent
        fields = ["on", "starts"]


BY_LANGUAGE = ["title_italian", "title_english", "text_italian", "text_english"]


class EventInline(admin.StackedInline):
    model = CondominiumEvent
    form = EventForm
    extra = 0
    fields = [("on", "starts"), *BY_LANGUAGE]


@admin.register(CondominiumLibrary)
class CondominiumLibraryAdmin(Kept):
    """What stands on the page of a condominium library. Volunteers write a part of it from their phones.

    Their phones are invited and cut off under *Devices of points*; who may enter, pickup and returns stand with the
    place itself.
    """

    form = LibraryForm
    list_display = ["place", "since_year", "own_books"]
    list_select_related = ["place"]
    search_fields = ["place__name", "place__address"]
    ordering = ["place__name"]
    inlines = [EventInline]
    fields = ["place", "since_year", "italian", "english", "own_books", "own_list_link", "list_file", "own_list"]

    def get_fields(self, request, obj=None):
        if obj is not None and not self.has_change_permission(request, obj):
            return ["place", "since_year", "own_books", "own_list_link", "own_list"]
        return super().get_fields(request, obj)

    def get_readonly_fields(self, request, obj=None):
        return ["place"] if obj is not None else []

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or can_keep_place(request.user, obj.place))

    def has_delete_permission(self, request, obj=None):
        return False

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "place":
            kwargs["queryset"] = (
                places_kept_by(request.user)
                .filter(kind=PlaceKind.CONDOMINIUM, condominium_library=None)
                .order_by("name")
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(TodaysWord)
class TodaysWordAdmin(Register):
    """What volunteers said of single days."""

    list_display = ["on", "library", "until", "device", "said_at"]
    list_select_related = ["library__place", "device"]
    date_hierarchy = "on"
    ordering = ["-on"]


class NewsForm(TitleAndTextForm):
    """A piece of news."""

    class Meta:
        model = NetworkNews
        fields = ["code", "year", "on", "sources"]


@admin.register(NetworkNews)
class NetworkNewsAdmin(Kept):
    """How the network grew, as the page of all condominium libraries tells it."""

    form = NewsForm
    list_display = ["year", "on", "code"]
    fields = ["code", "year", "on", *BY_LANGUAGE, "sources"]


class RequestForm(forms.ModelForm):
    """The next step of a request, with a word for who asked."""

    class Meta:
        model = StartRequest
        fields = ["status", "answer", "library"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "status" in self.fields:
            possible = (self.instance.status, *REQUEST_MOVES[self.instance.status])
            self.fields["status"].choices = [(one.value, one.label) for one in RequestStatus if one in possible]
            self.fields["library"].queryset = Place.objects.filter(kind=PlaceKind.CONDOMINIUM).order_by("name")

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("status") == RequestStatus.OPENED and cleaned.get("library") is None:
            self.add_error("library", _("Choose the library that came of it; add it among the places first."))
        return cleaned


@admin.register(StartRequest)
class StartRequestAdmin(Kept):
    """Who wants to open a library, and how far it is. The list shows no name: it is read when a request is opened."""

    form = RequestForm
    list_display = ["received_at", "municipio", "status", "moved_at"]
    list_filter = ["status", "municipio"]
    ordering = ["-received_at"]
    fields = ["received_at", "name", "email", "phone", "address", "municipio", "text", "status", "answer", "library"]
    readonly_fields = ["received_at", "name", "email", "phone", "address", "municipio", "text"]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        said = form.cleaned_data
        asked = StartRequest.objects.get(pk=obj.pk)  # what came with the form is not trusted
        try:
            move_request(asked, said["status"], answer=said["answer"], library=said["library"], actor=request.user)
        except DomainError as refusal:
            messages.error(request, str(refusal))

    def log_change(self, request, obj, message):
        """Keep no second log: `move_request` writes the act, without a name."""
