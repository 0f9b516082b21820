"""What is kept of agreements and initiatives."""

from partnerships.models.agreements import Agreement, AgreementDocument, Audience, OfferKind, UseCount
from partnerships.models.initiative_bookings import InitiativeBooking, SeriesAttendance
from partnerships.models.initiatives import (
    ForWhom,
    Initiative,
    InitiativeDate,
    InitiativeKind,
    Rhythm,
    SpokenLanguage,
)
from partnerships.models.institutions import Institution, InstitutionKind
from partnerships.models.passes import PassKey, SpentCode
from partnerships.models.proposals import TextProposal

__all__ = [
    "Agreement",
    "AgreementDocument",
    "Audience",
    "ForWhom",
    "Initiative",
    "InitiativeBooking",
    "InitiativeDate",
    "InitiativeKind",
    "Institution",
    "InstitutionKind",
    "OfferKind",
    "PassKey",
    "Rhythm",
    "SeriesAttendance",
    "SpentCode",
    "SpokenLanguage",
    "TextProposal",
    "UseCount",
]
