"""The register of agreements, with the steps from draft to ended and the papers that only staff see."""

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from branches.models import Weekday
from branches.public_texts import ByLanguageForm
from milanolib import clock
from milanolib.registers import Kept
from partnerships.admin.steps import Step, StepsMixin
from partnerships.agreeing import (
    activate_agreement,
    end_agreement,
    renew_agreement,
    review_agreement,
    send_back_agreement,
)
from partnerships.links import proposing_link
from partnerships.models import Agreement, AgreementDocument, Audience, OfferKind
from partnerships.states import AgreementStatus

LARGEST_DOCUMENT = 10 * 1024 * 1024
PDF = b"%PDF-"
REVIEW, ACTIVATE = "partnerships.review_agreement", "partnerships.activate_agreement"
STEPS = {
    "review": Step(_("Save and mark as reviewed"), REVIEW, (AgreementStatus.DRAFT,), review_agreement),
    "send_back": Step(_("Send back to draft"), REVIEW, (AgreementStatus.REVIEWED,), send_back_agreement),
    "activate": Step(_("Activate: readers see it"), ACTIVATE, (AgreementStatus.REVIEWED,), activate_agreement),
    "end": Step(
        _("End it now"),
        ACTIVATE,
        (AgreementStatus.DRAFT, AgreementStatus.REVIEWED, AgreementStatus.ACTIVE),
        end_agreement,
    ),
    "renew": Step(
        _("Copy with the next period"),
        REVIEW,
        (AgreementStatus.ACTIVE, AgreementStatus.ENDED),
        renew_agreement,
    ),
}


class AgreementForm(ByLanguageForm):
    """A draft: texts by language, and the offer as data that fits together."""

    texts = {"title": ("title_italian", "title_english"), "terms": ("terms_italian", "terms_english")}
    title_italian = forms.CharField(
        label=_("Title, Italian"), max_length=120, widget=forms.TextInput(attrs={"class": "vTextField"})
    )
    title_english = forms.CharField(
        label=_("Title, English"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    terms_italian = forms.CharField(
        label=_("Terms, Italian"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    terms_english = forms.CharField(
        label=_("Terms, English"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days of the week"),
        required=False,
        coerce=int,
        choices=Weekday.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: every day."),
    )

    class Meta:
        model = Agreement
        fields = [
            "institution",
            "owner",
            "offer",
            "percent",
            "price",
            "audience",
            "age_from",
            "age_to",
            "with_companion",
            "adults_only",
            "weekdays",
            "not_on_holidays",
            "starts_on",
            "ends_on",
            "quota",
        ]

    def clean(self):
        cleaned = super().clean()
        self._needs("percent", needed=cleaned.get("offer") == OfferKind.PERCENTAGE)
        self._needs("price", needed=cleaned.get("offer") == OfferKind.FIXED_PRICE)
        ages = [cleaned.get(name) for name in ("age_from", "age_to")]
        if cleaned.get("audience") == Audience.AGES and ages == [None, None]:
            self.add_error("age_from", _("Write from which age, up to which age, or both."))
        if cleaned.get("audience") != Audience.AGES and ages != [None, None]:
            self.add_error("audience", _("Choose “readers of some ages”, or leave the ages empty."))
        if None not in ages and ages[0] > ages[1]:
            self.add_error("age_to", _("This age must not be below the first one."))
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("The last day must not come before the first."))
        return cleaned

    def _needs(self, name, *, needed):
        """Ask for the number that the offer has, and for none that it has not."""
        if name in self.errors:
            return
        if needed and self.cleaned_data.get(name) is None:
            self.add_error(name, _("This offer needs the number."))
        if not needed and self.cleaned_data.get(name) is not None:
            self.add_error(name, _("This offer has no such number: leave it empty, or choose the other offer."))


class DocumentForm(forms.ModelForm):
    """A paper: PDF only, so that opening one runs nothing."""

    class Meta:
        model = AgreementDocument
        fields = ["name", "file"]
        widgets = {"file": forms.FileInput(attrs={"accept": "application/pdf"})}

    def clean_file(self):
        upload = self.cleaned_data["file"]
        if "file" in self.changed_data:
            if upload.size > LARGEST_DOCUMENT:
                raise forms.ValidationError(_("The file is larger than 10 MB: save it smaller and choose it again."))
            if upload.read(len(PDF)) != PDF:
                raise forms.ValidationError(_("This is no PDF: save or scan the document as PDF and choose it again."))
            upload.seek(0)
        return upload


class DocumentInline(admin.StackedInline):
    model = AgreementDocument
    form = DocumentForm
    extra = 0
    fields = ["name", "file", "added_at", "open_it"]
    readonly_fields = ["added_at", "open_it"]

    @admin.display(description=_("open"))
    def open_it(self, row):
        if row.pk is None:
            return "-"
        return format_html('<a href="{}">{}</a>', reverse("admin:agreement_document", args=[row.pk]), row.name)

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Agreement)
class AgreementAdmin(StepsMixin, Kept):
    """What is agreed can be changed while it is a draft; then steps lead on, and each is written down."""

    form = AgreementForm
    steps = STEPS
    list_display = ["title_italian", "institution", "status", "starts_on", "ends_on", "quota", "uses", "owner"]
    list_select_related = ["institution", "owner"]
    list_filter = ["status", "institution__kind", ("owner", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["title__it", "title__en", "institution__name"]
    ordering = ["ends_on"]
    inlines = [DocumentInline]
    fieldsets = [
        (None, {"fields": ["status", "institution", "owner", "proposing_page"]}),
        (_("In words"), {"fields": ["title_italian", "title_english", "terms_italian", "terms_english"]}),
        (_("As data"), {"fields": ["offer", "percent", "price", "quota", "uses"]}),
        (_("For whom"), {"fields": ["audience", ("age_from", "age_to"), "with_companion", "adults_only"]}),
        (_("When"), {"fields": ["starts_on", "ends_on", "weekdays", "not_on_holidays"]}),
    ]
    always_read = ["status", "uses", "proposing_page"]

    # --- Who may

    def is_settled(self, obj):
        """Whether what was agreed stays as it is."""
        return obj is not None and obj.status != AgreementStatus.DRAFT

    def get_readonly_fields(self, request, obj=None):
        if not self.is_settled(obj):
            return self.always_read
        own = [name for _title, part in self.fieldsets for name in part["fields"]]
        flat = [one for name in own for one in (name if isinstance(name, tuple) else (name,))]
        # of an active one the person who looks after it may change; what readers were told may not
        return [name for name in flat if name != "owner" or obj.status == AgreementStatus.ENDED]

    def has_delete_permission(self, request, obj=None):
        return False

    def get_form(self, request, obj=None, **kwargs):
        if self.is_settled(obj):
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, **kwargs)

    def get_inline_instances(self, request, obj=None):
        return super().get_inline_instances(request, obj) if obj is not None else []

    # --- Texts by language, where they are only read

    @admin.display(description=_("title"), ordering="title__it")
    def title_italian(self, obj):
        return obj.title.get("it", "")

    @admin.display(description=_("Title, English"))
    def title_english(self, obj):
        return obj.title.get("en", "")

    @admin.display(description=_("Terms, Italian"))
    def terms_italian(self, obj):
        return obj.terms.get("it", "")

    @admin.display(description=_("Terms, English"))
    def terms_english(self, obj):
        return obj.terms.get("en", "")

    @admin.display(description=_("page for proposals"))
    def proposing_page(self, obj):
        """Return the address on which the institution proposes its words."""
        if obj.pk is None:
            return "-"
        address = settings.BASE_URL + proposing_link(obj)
        return format_html('<a href="{}">{}</a>', address, address)

    def save_formset(self, request, form, formset, change):
        for document in formset.save(commit=False):
            document.added_at = document.added_at or clock.now()
            document.save()
        for gone in formset.deleted_objects:
            gone.file.delete(save=False)
            gone.delete()

    # --- Papers

    def get_urls(self):
        own = path("documento/<int:number>/", self.admin_site.admin_view(self.document), name="agreement_document")
        return [own, *super().get_urls()]

    def document(self, request, number):
        """Hand a paper to staff with the right; to anybody else there is no such page."""
        if not request.user.has_perm("partnerships.view_agreementdocument"):
            raise Http404
        paper = get_object_or_404(AgreementDocument, pk=number)
        try:
            content = paper.file.open("rb")
        except FileNotFoundError:
            raise Http404 from None
        answer = FileResponse(content, as_attachment=True, filename=f"{paper.name}.pdf", content_type="application/pdf")
        answer["Cache-Control"] = "private, no-store"
        return answer
