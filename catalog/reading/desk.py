"""Librarians' pages for what readers write: reviews to be read, suggestions to be answered."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branches.desk_frame import desk_page, for_staff, go
from catalog.models import PurchaseWish, Review
from catalog.reading import reviews, wishes
from catalog.reading.errors import ReviewChanged, TitleToBeNamed
from milanolib.adminsite import DeskPage, register_desk_page
from milanolib.errors import DomainError
from milanolib.http import respond

if TYPE_CHECKING:
    from django.http import HttpResponse

    from milanolib.http import Request

GROUP = "catalogue"
PER_PAGE = 30
PUBLISHED_SHOWN = 15


def register_pages() -> None:
    """Tell the admin site of the pages: two tiles of the catalogue, and what stands behind them."""
    to_read, to_answer = gettext_lazy("Reviews to read"), gettext_lazy("Suggestions of purchases")
    decide, answer = reviews.PERMISSION_TO_DECIDE, wishes.PERMISSION_TO_ANSWER
    for route, name, title, view, permission in (
        ("catalogo/recensioni/", "reviews", to_read, review_queue, decide),
        ("catalogo/desiderata/", "wishes", to_answer, wish_queue, answer),
    ):
        register_desk_page(DeskPage(route, name, title, view, permission, in_menu=False, group=GROUP))
    for route, name, view, permission in (
        ("catalogo/recensioni/<int:review_id>/", "review_decide", decide_review, decide),
        ("catalogo/desiderata/<int:wish_id>/", "wish_answer", answer_wish, answer),
    ):
        register_desk_page(DeskPage(route, name, "", view, permission, in_menu=False))


@require_GET
@for_staff(reviews.PERMISSION_TO_DECIDE)
def review_queue(request: Request) -> HttpResponse:
    """Show the words that wait, the oldest first, and those published last, which can be taken down. No names."""
    page = Paginator(reviews.waiting_reviews(), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "published": reviews.published_of_late()[:PUBLISHED_SHOWN]}
    return desk_page(request, "catalog/desk/reviews.html", _("Reviews to read"), context)


@require_POST
@for_staff(reviews.PERMISSION_TO_DECIDE)
def decide_review(request: Request, review_id: int) -> HttpResponse:
    """Publish the words that were read, or refuse them with a reason; then the queue is shown anew, with its count."""
    review = get_object_or_404(Review.objects.select_related("work"), pk=review_id)
    reason = request.POST.get("reason", "")
    back = reverse("admin:reviews")
    try:
        read = _moment(request.POST.get("read", ""))
        if request.POST.get("act") == "publish":
            review = reviews.publish_review(review, read=read, actor=request.user)  # type: ignore[arg-type]  # staff
            done = _("Published. The reader is told.")
        else:
            review = reviews.refuse_review(review, reason, read=read, actor=request.user)  # type: ignore[arg-type]
            done = _("Not published. The reader is told why.")
    except DomainError as error:
        review.refresh_from_db()
        context = {"review": review, "reason": reason}
        return respond(request, "catalog/desk/_review.html", context, refusal=error, back=back)
    messages.success(request, done)
    return go(request, back)


@require_GET
@for_staff(wishes.PERMISSION_TO_ANSWER)
def wish_queue(request: Request) -> HttpResponse:
    """Show the suggestions for which something is to be done, the oldest first. No names."""
    page = Paginator(wishes.wishes_to_answer(), PER_PAGE).get_page(request.GET.get("page"))
    return desk_page(request, "catalog/desk/wishes.html", _("Suggestions of purchases"), {"page_obj": page})


class AnswerForm(forms.Form):
    """What becomes of a suggestion, what the reader is told, and the title where there is one."""

    status = forms.ChoiceField(label=gettext_lazy("What becomes of it"), widget=forms.RadioSelect)
    found = forms.CharField(
        label=gettext_lazy("Title in the catalogue"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Its number (the one in the address of its page), or its ISBN."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    answer = forms.CharField(
        label=gettext_lazy("Answer to the reader"),
        required=False,
        max_length=wishes.LONGEST["answer"],
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Needed where it is not bought."),
    )

    def __init__(self, *args: Any, wish: PurchaseWish, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        moves = wishes.WISH_MOVES[PurchaseWish.Status(wish.status)]
        self.fields["status"].choices = [(one.value, one.label) for one in moves]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(wishes.PERMISSION_TO_ANSWER)
def answer_wish(request: Request, wish_id: int) -> HttpResponse:
    """Show one suggestion with what the catalogue has of it, and take it a step further."""
    wish = get_object_or_404(PurchaseWish.objects.select_related("found"), pk=wish_id)
    is_sent = request.method == "POST"
    form = AnswerForm(request.POST if is_sent else None, wish=wish, initial={"found": wish.found_id or ""})
    refusal: DomainError | None = None
    if is_sent and form.is_valid():
        try:
            _answer(request, wish, form.cleaned_data)
        except DomainError as error:
            refusal = error
        else:
            done = _("The suggestion “%(title)s” has been answered. The reader is told.") % {"title": wish.title}
            return respond(request, "_done.html", done=done, back=reverse("admin:wishes"))
    context = {
        "wish": wish,
        "form": form,
        "refusal": refusal,
        "moves": bool(form.fields["status"].choices),  # type: ignore[attr-defined]
        "candidates": wishes.in_the_catalogue(title=wish.title, author=wish.author, isbn=wish.isbn),
    }
    status = 422 if is_sent else 200
    return desk_page(request, "catalog/desk/wish.html", _("Suggestion of a purchase"), context, status=status)


def _answer(request: Request, wish: PurchaseWish, sent: dict[str, str]) -> None:
    found = wishes.title_named(sent["found"]) if sent["found"].strip() else None
    if sent["found"].strip() and found is None:
        raise TitleToBeNamed
    wishes.answer_wish(
        wish,
        sent["status"],
        seen=request.POST.get("seen", ""),
        answer=sent["answer"],
        found=found,
        actor=request.user,  # type: ignore[arg-type]  # staff
    )


def _moment(text: str) -> dt.datetime:
    """Return when the words that were read were written. Raises ReviewChanged for what is no moment."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ReviewChanged from None
    if moment.tzinfo is None:
        raise ReviewChanged
    return moment
