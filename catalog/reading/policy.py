"""How much of it, and for how long. Pure."""

from __future__ import annotations

import datetime as dt

MOST_LISTS = 100  # of one person: a page shows them all
MOST_ON_A_LIST = 500
# A suggestion is read and answered by hand, and answered ones make room: five keep the queue fair to all readers.
MOST_OPEN_WISHES = 5
WISHES_KEPT = dt.timedelta(days=365)  # after the last answer; the yearly plan of purchases looks back once
