"""What is kept about a person as a person: sign-in, card, family, consents, and who looked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.encryption import open_tax_code
from accounts.models import Consent, DataExport, DeskNote, Erasure, Guardianship, OldCard, Reader, StaffView, User
from accounts.own_data import WORK, Area, Column, Hindrance, Part
from accounts.policy import ADULT_AGE
from milanolib import clock

if TYPE_CHECKING:
    from collections.abc import Iterable


class PeoplePart(Part):
    """Sign-in and card, with what hangs on them."""

    covers = (
        "account.EmailAddress.user",
        "accounts.Reader.user",
        "accounts.Reader.merged_into",
        "accounts.OldCard.reader",
        "accounts.Consent.reader",
        "accounts.Guardianship.child",
        "accounts.Guardianship.guardian",
        "accounts.DeskNote.reader",
        "accounts.StaffView.reader",
        "accounts.DataExport.asked_by",
        "accounts.DataExport.reader",
        "accounts.Erasure.reader",
        "accounts.Erasure.user",
        "accounts.Erasure.told",
    )
    left_out = {
        "accounts.Act.staff": WORK,
        "accounts.StaffView.staff": WORK,
        "accounts.ReaderSearch.staff": WORK,
        "accounts.DeskNote.written_by": WORK,
        "accounts.DeskBadge.user": "Hashes only; the colleague has the badge.",
        "accounts.User_groups.user": "The role of a colleague, given by the operator.",
        "accounts.User_user_permissions.user": "The role of a colleague, given by the operator.",
        "admin.LogEntry.user": WORK,
    }

    def areas(self) -> Iterable[Area]:
        """Return sign-in, addresses, card, old cards, consents, family, notes, views, and copies that were made."""
        yield from self._sign_in()
        yield from self._card()
        yield from self._family()
        yield from self._at_the_desk()

    def _sign_in(self) -> Iterable[Area]:
        yield Area(
            "sign_in",
            _("Your sign-in"),
            _("How you sign in, as long as the account is there. The password is kept as a hash, which says nothing."),
            User.objects.filter(pk__in=[one.pk for one in self.users]),
            "email",
            "name",
            "language",
            "date_joined",
            Column("last_login", label=_("last sign-in")),
        )
        yield Area(
            "addresses",
            _("E-mail addresses"),
            _("Where we write to you, as long as the account is there."),
            EmailAddress.objects.filter(user__in=self.users),
            Column("email", label=_("e-mail address")),
            Column("verified", label=_("confirmed")),
            Column("primary", label=_("the one we use")),
        )

    def _card(self) -> Iterable[Area]:
        yield Area(
            "card",
            _("Your card"),
            _("What is needed to lend to you and to know that you are you, as long as you have the card."),
            Reader.objects.filter(Q(pk__in=[one.pk for one in self.readers]) | Q(merged_into__in=self.readers)),
            "card_number",
            "status",
            "given_name",
            "family_name",
            "born_on",
            "category",
            "municipio",
            "phone",
            Column("tax_code", "tax_code_encrypted", _("codice fiscale"), open_tax_code),
            "document_kind",
            "document_country",
            "verified_at",
            "verified_by",
            "card_expires_on",
            "registered_at",
            "keeps_history",
            "renews_by_itself",
        )
        yield Area(
            "old_cards",
            _("Cards that are valid no more"),
            _("So that nobody uses a card that you have lost."),
            OldCard.objects.filter(reader__in=self.readers),
            "number",
            "reason",
            "replaced_at",
        )
        yield Area(
            "consents",
            _("What you agreed to"),
            _("What you agreed to, in which version of the text, and when you took it back."),
            Consent.objects.filter(reader__in=self.readers),
            "kind",
            "wording",
            "given_at",
            "withdrawn_at",
        )

    def _family(self) -> Iterable[Area]:
        yield Area(
            "guardians",
            _("Who looks after this card"),
            _("A line for each parent or guardian. Who they are is their own affair, so it is not said here."),
            Guardianship.objects.filter(child__in=self.readers),
            "since",
            "ended_at",
            "shows_titles",
        )
        yield Area(
            "children",
            _("Children's cards that you look after"),
            _("A line for each card. What is kept about a child is told apart."),
            Guardianship.objects.filter(guardian__in=self.users),
            "since",
            "ended_at",
        )

    def _at_the_desk(self) -> Iterable[Area]:
        yield Area(
            "desk_notes",
            _("Notes for the desk"),
            _("What librarians have written for each other about your card, until one of them removes it."),
            DeskNote.objects.filter(reader__in=self.readers),
            "text",
            "written_at",
        )
        yield Area(
            "views",
            _("When librarians looked at your card"),
            _("So that nobody looks without a reason. After a week only the day is kept."),
            StaffView.objects.filter(reader__in=self.readers),
            "page",
            "at",
        )
        asked = Q(reader__in=self.readers) | Q(asked_by__in=self.users, reader=None)
        yield Area(
            "copies",
            _("Copies of your data"),
            _("When a copy like this one was asked for and made."),
            DataExport.objects.filter(asked),
            "asked_at",
            "made_at",
        )
        waiting = Q(reader__in=self.readers) | Q(user__in=self.users)
        yield Area(
            "erasures",
            _("When you asked to be erased"),
            _("As long as you are there; afterwards only that somebody was erased."),
            Erasure.objects.filter(waiting),
            "asked_at",
            "due_at",
            "cancelled_at",
        )

    def hindrances(self) -> Iterable[Hindrance]:
        """Return the children whom nobody else would look after."""
        of_age_since = clock.years_from(clock.today(), -ADULT_AGE)
        others = Guardianship.objects.filter(child=OuterRef("child"), ended_at=None, guardian__is_active=True)
        minors = Q(child__born_on__gt=of_age_since) | Q(child__born_on=None)
        own = Guardianship.objects.filter(minors, guardian__in=self.users, ended_at=None)
        alone = own.exclude(Exists(others.exclude(guardian__in=self.users)))
        if count := alone.count():
            yield Hindrance(
                ngettext(
                    "You alone look after the card of %(count)s child.",
                    "You alone look after the cards of %(count)s children.",
                    count,
                )
                % {"count": count},
                _("Have another parent linked to it at any library, or have the child's data erased first."),
            )
