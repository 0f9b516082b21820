"""What the libraries have."""

from catalog.models.copy import Copy, LoanClass, ShelfHint
from catalog.models.keeping import Cover, ImportRun, Stocktake, StocktakeScan
from catalog.models.readers import ListEntry, PurchaseWish, ReadingList, Review, SavedSearch
from catalog.models.search import (
    Availability,
    Facet,
    FacetKind,
    Misspelling,
    SearchRow,
    StaleTitle,
    Suggestion,
    Word,
)
from catalog.models.title import (
    Agent,
    AgentVariant,
    Audience,
    Contribution,
    Format,
    Material,
    Role,
    Subject,
    Title,
    Work,
    WorkKey,
)

__all__ = [
    "Agent",
    "AgentVariant",
    "Audience",
    "Availability",
    "Contribution",
    "Copy",
    "Cover",
    "Facet",
    "FacetKind",
    "Format",
    "ImportRun",
    "ListEntry",
    "LoanClass",
    "Material",
    "Misspelling",
    "PurchaseWish",
    "ReadingList",
    "Review",
    "Role",
    "SavedSearch",
    "SearchRow",
    "ShelfHint",
    "StaleTitle",
    "Stocktake",
    "StocktakeScan",
    "Subject",
    "Suggestion",
    "Title",
    "Word",
    "Work",
    "WorkKey",
]
