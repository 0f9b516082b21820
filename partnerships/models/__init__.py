"""What is kept of agreements."""

from partnerships.models.agreements import Agreement, AgreementDocument, Audience, OfferKind, UseCount
from partnerships.models.institutions import Institution, InstitutionKind
from partnerships.models.passes import PassKey, SpentCode

__all__ = [
    "Agreement",
    "AgreementDocument",
    "Audience",
    "Institution",
    "InstitutionKind",
    "OfferKind",
    "PassKey",
    "SpentCode",
    "UseCount",
]
