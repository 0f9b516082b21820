"""What the pages about readers share: who may come in, and whose page it is."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from accounts.models import Reader
from branches.desk_frame import at_desk_with

PERMISSION = "accounts.serve_reader"
at_desk = at_desk_with(PERMISSION)


def reader_of(reader_id: int) -> Reader:
    """Return the reader of a page, with the sign-in; 404 where there is none."""
    return get_object_or_404(Reader.objects.select_related("user", "merged_into"), pk=reader_id)
