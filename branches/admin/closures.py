"""What whoever keeps a place is told after saving: that it never opens, what hangs on closures, what stays moved."""

from django.contrib import messages
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _

from branches.calendar import DATES_AHEAD, NeverOpen
from branches.calendar_rows import calendar_for
from branches.hanging import what_hangs_on_closure, what_stays_moved
from branches.models import NEVER_OPEN_TO_READERS
from milanolib import clock


def warn_of_openings(request, place):
    """Say that dates will stay on closed days because a place opens on none, or that nobody knows when it opens."""
    today = clock.today()
    if place.kind in NEVER_OPEN_TO_READERS or (place.closed_on is not None and place.closed_on <= today):
        return
    calendar = calendar_for(place, today, today + DATES_AHEAD)
    why = calendar.why_shut_from(today)
    if why is NeverOpen.CLOSED:
        messages.warning(
            request,
            _(
                "%(place)s is closed for more than a year from today: last days of loans and of keeping cannot be"
                " moved to a day on which it opens, and stay as they are."
            )
            % {"place": place},
        )
    elif why is NeverOpen.NO_OPENINGS:
        messages.warning(
            request,
            _(
                "By what is written here %(place)s opens on no day of the next year: last days of loans and of keeping"
                " stay as they are. Write its opening hours, or untick “opening hours are known”."
            )
            % {"place": place},
        )
    elif not calendar.known:
        messages.info(
            request,
            _("Nobody knows when %(place)s opens: last days there are moved out of its closures only.")
            % {"place": place},
        )


def days_of(closure):
    """Return a closure's days in words."""
    first = date_format(closure.starts_on, "j F Y")
    if closure.ends_on is None:
        return _("from %(first)s until further notice") % {"first": first}
    return _("from %(first)s to %(last)s") % {"first": first, "last": date_format(closure.ends_on, "j F Y")}


def tell_what_hangs(request, closure):
    """After a closure was entered or changed: what hangs on it, and the way to the page where the dates are moved."""
    if closure.ends_on is not None and closure.ends_on < clock.today():
        return
    if hanging := what_hangs_on_closure(closure):
        said = _("Closed %(days)s. On this hang: %(told)s. No date has been moved yet.")
        messages.warning(
            request,
            format_html(
                '{} <a href="{}">{}</a>',
                said % {"days": days_of(closure), "told": _counted(hanging)},
                reverse("admin:desk_closure", args=[closure.pk]),
                _("Look at the new dates, and apply them"),
            ),
        )


def stays_moved(closure, becomes):
    """Return in words what a closure had moved out of days that it gives back now; '' when there is nothing.

    `closure` is how it was, `becomes` how it will be, None when it goes.
    """
    staying = what_stays_moved(closure, becomes)
    if not staying:
        return ""
    return _(
        "The closure %(days)s had moved dates that are open again, and they stay moved: %(told)s. Within seven days you"
        " can put them back on the page of closures."
    ) % {"days": days_of(closure), "told": _counted(staying)}


def _counted(hanging):
    return ", ".join(f"{one.what}: {one.number}" for one in hanging)
