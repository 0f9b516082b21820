"""People: who signs in, who borrows, who works here."""

from accounts.models.audit import Act, ReaderSearch, StaffView
from accounts.models.desk import DeskBadge, DeskNote, OldCard
from accounts.models.erasure import Erasure
from accounts.models.own_data import DataExport
from accounts.models.reader import Consent, DocumentKind, Guardianship, Reader, ReaderCategory, ReaderStatus
from accounts.models.user import User

__all__ = [
    "Act",
    "Consent",
    "DataExport",
    "DeskBadge",
    "DeskNote",
    "DocumentKind",
    "Erasure",
    "Guardianship",
    "OldCard",
    "Reader",
    "ReaderCategory",
    "ReaderSearch",
    "ReaderStatus",
    "StaffView",
    "User",
]
