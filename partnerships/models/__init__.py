"""What is kept of agreements."""

from partnerships.models.agreements import Agreement, AgreementDocument, Audience, OfferKind, UseCount
from partnerships.models.institutions import Institution, InstitutionKind

__all__ = [
    "Agreement",
    "AgreementDocument",
    "Audience",
    "Institution",
    "InstitutionKind",
    "OfferKind",
    "UseCount",
]
