"""What the libraries have."""

from catalog.models.copy import Copy
from catalog.models.title import (
    Agent,
    Audience,
    Contribution,
    Material,
    Role,
    Subject,
    Title,
    Work,
)

__all__ = ["Agent", "Audience", "Contribution", "Copy", "Material", "Role", "Subject", "Title", "Work"]
