"""People: who signs in, who borrows, who works here."""

from accounts.models.audit import Act, StaffView
from accounts.models.reader import Consent, Guardianship, Reader, ReaderCategory, ReaderStatus
from accounts.models.user import User

__all__ = ["Act", "Consent", "Guardianship", "Reader", "ReaderCategory", "ReaderStatus", "StaffView", "User"]
