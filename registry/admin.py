"""The register of the workstations: a new library is a row, with the day on which it opens to the public."""

from itertools import combinations

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.text import format_lazy
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from branches.models import PlaceKind, Service, Weekday
from branches.permissions import keeps_all_places, places_kept_by
from milanolib import clock
from milanolib.registers import Kept, NamedRows, Table
from registry.errors import BlockEndsBeforeItBegins, BookingsInTheWay
from registry.free import out_of_hours
from registry.models import Block, Kiosk, KioskService, ResourceKind, WeeklyRule
from registry.running import block_hours, in_the_way, unblock_hours

TAKEN_WORDS = ("inviata", "prenotazione", "numeri")  # of addresses beside the workstations' own
SLOT_MINUTES, BUFFER_MINUTES = (5, 480), (0, 120)


class KioskForm(forms.ModelForm):
    """A workstation; while people are booked there it stays at its library."""

    services = forms.MultipleChoiceField(
        label=_("Services"), choices=KioskService.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    municipio = forms.TypedChoiceField(
        label=_("Municipio"), coerce=int, choices=[(number, str(number)) for number in range(1, 10)]
    )
    slot_minutes = forms.IntegerField(
        label=_("Minutes of a slot"), min_value=SLOT_MINUTES[0], max_value=SLOT_MINUTES[1], initial=20
    )
    buffer_minutes = forms.IntegerField(
        label=_("Minutes between two slots"), min_value=BUFFER_MINUTES[0], max_value=BUFFER_MINUTES[1], initial=5
    )

    class Meta:
        model = Kiosk
        fields = ["name", "code", "place", "municipio", "opens_on", "step_free", "services"]
        fields += ["slot_minutes", "buffer_minutes"]
        help_texts = {
            "code": _("The last part of its address: small letters, digits and hyphens. It stays for life."),
            "place": _("Empty as long as the library is to be confirmed: nobody can book, and the page says so."),
            "opens_on": _("Shown to the public; before this day nobody can book. Empty: it is in use."),
        }

    def clean_code(self):
        code = self.cleaned_data["code"]
        if code in TAKEN_WORDS:
            raise ValidationError(_("This word stands in other addresses already: choose another one."))
        return code

    def clean(self):
        cleaned = super().clean()
        place = cleaned.get("place")
        if place is not None and place.municipio and cleaned.get("municipio") not in {None, place.municipio}:
            self.add_error(
                "municipio",
                _("%(place)s is in Municipio %(number)s.") % {"place": place, "number": place.municipio},
            )
        if "place" in self.changed_data and self.instance.pk and self.instance.bookings.coming().exists():
            self.add_error("place", _("People are booked here: move their days first, then the workstation."))
        return cleaned


class RuleFormSet(NamedRows):
    """Hours of one weekday: two of one kind may not overlap."""

    def clean(self):
        super().clean()
        rows = [row for row in map(_row, self.forms) if row]
        for one, other in combinations(rows, 2):
            is_same = one["weekday"] == other["weekday"] and one["is_assisted"] == other["is_assisted"]
            if is_same and one["starts"] < other["ends"] and other["starts"] < one["ends"]:
                raise ValidationError(
                    _("%(weekday)s: %(first)s and %(second)s overlap. Join them, or change one.")
                    % {"weekday": Weekday(one["weekday"]).label, "first": _span(one), "second": _span(other)}
                )


class RuleForm(forms.ModelForm):
    """From when to when on a weekday."""

    class Meta:
        model = WeeklyRule
        fields = ["weekday", "starts", "ends", "is_assisted"]

    def clean(self):
        cleaned = super().clean()
        starts, ends = cleaned.get("starts"), cleaned.get("ends")
        if starts and ends and ends <= starts:
            self.add_error("ends", BlockEndsBeforeItBegins.message)
        return cleaned


class RuleInline(Table):
    model = WeeklyRule
    form = RuleForm
    formset = RuleFormSet
    ordering = ["weekday", "starts"]


class BlockForm(forms.ModelForm):
    """Days or hours in which the workstation alone is closed; refused while people are booked into them."""

    starts = forms.SplitDateTimeField(label=_("From"), widget=AdminSplitDateTime)
    ends = forms.SplitDateTimeField(label=_("To"), widget=AdminSplitDateTime)

    class Meta:
        model = Block
        fields = ["reason"]

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for name in ("starts", "ends"):
            label = self.fields[name].label
            for widget, part in zip(self.fields[name].widget.widgets, (_("date"), _("time")), strict=True):
                widget.attrs["aria-label"] = format_lazy("{}, {}", label, part)
        if self.instance.pk:
            self.initial |= {"starts": self.instance.during.lower, "ends": self.instance.during.upper}
            for field in self.fields.values():
                field.disabled = True

    def clean(self):
        cleaned = super().clean()
        starts, ends = cleaned.get("starts"), cleaned.get("ends")
        if starts and ends and not self.instance.pk:
            if ends <= starts:
                self.add_error("ends", BlockEndsBeforeItBegins.message)
            elif self.instance.resource_id and (number := in_the_way(self.instance.resource, starts, ends)):
                self.add_error(None, str(BookingsInTheWay(number=number)))
            else:
                self.instance.during = DateTimeTZRange(starts, ends)
        return cleaned


class BlockInline(admin.StackedInline):
    """What is over is not shown; a row is added or deleted, never changed."""

    model = Block
    form = BlockForm
    formset = NamedRows
    extra = 0
    fields = [("starts", "ends"), "reason"]

    def get_queryset(self, request):
        return super().get_queryset(request).filter(during__endswith__gt=clock.now()).order_by("during")


@admin.register(Kiosk)
class KioskAdmin(Kept):
    """A workstation of the register, with its weekly hours and the hours in which it alone is closed.

    A librarian writes those of the libraries that she keeps. The library's own hours and closures cut all of them.
    """

    form = KioskForm
    list_display = ["name", "municipio", "place", "opens_on"]
    list_filter = ["municipio", ("place", admin.EmptyFieldListFilter)]
    list_select_related = ["place"]
    search_fields = ["name", "place__name"]
    ordering = ["municipio", "name"]
    inlines = [RuleInline, BlockInline]
    fieldsets = [
        (None, {"fields": ["name", "code"]}),
        (_("Where"), {"fields": ["place", "municipio", "step_free", "services"]}),
        (_("When"), {"fields": ["opens_on", "slot_minutes", "buffer_minutes"]}),
    ]

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or self._keeps(request, obj))

    def has_delete_permission(self, request, obj=None):
        return False

    def get_readonly_fields(self, request, obj=None):
        return [] if obj is None else ["code"]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "place":
            kept = places_kept_by(request.user).filter(kind=PlaceKind.BRANCH, closed_on=None)
            kwargs["queryset"] = kept.order_by("name")
            kwargs["required"] = not keeps_all_places(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        obj.kind = ResourceKind.KIOSK
        super().save_model(request, obj, form, change)

    def save_formset(self, request, form, formset, change):
        if formset.model is not Block:
            super().save_formset(request, form, formset, change)
            return
        for block in formset.save(commit=False):
            during = block.during
            block_hours(block.resource, during.lower, during.upper, reason=block.reason, actor=request.user)
        for block in formset.deleted_objects:
            unblock_hours(block, actor=request.user)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        kiosk = form.instance
        if number := len(out_of_hours(kiosk)):
            told = ngettext(
                "%(number)s booking stands outside these hours and stays. Move its day, or call.",
                "%(number)s bookings stand outside these hours and stay. Move their days, or call.",
                number,
            )
            messages.warning(request, told % {"number": number})
        if kiosk.place is not None and Service.REGISTRY not in kiosk.place.services:
            told = gettext("%(place)s does not say yet that it has a workstation: tick it among its services.")
            messages.warning(request, told % {"place": kiosk.place})

    @staticmethod
    def _keeps(request, kiosk):
        return keeps_all_places(request.user) or (
            kiosk.place_id is not None and places_kept_by(request.user).filter(pk=kiosk.place_id).exists()
        )


def _row(form):
    """Return what a row says, None when it is empty, faulty, or about to be deleted."""
    data = getattr(form, "cleaned_data", None) or {}
    is_whole = all(data.get(name) is not None for name in ("weekday", "starts", "ends"))
    return data if is_whole and not data.get("DELETE") else None


def _span(row):
    return format_lazy("{}–{}", f"{row['starts']:%H:%M}", f"{row['ends']:%H:%M}")
