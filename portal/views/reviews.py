"""Stars and reviews: what readers think of a work, and one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.models import Review, Title
from catalog.reading.reviews import delete_review, may_review, published_reviews, write_review
from milanolib.errors import DomainError
from milanolib.http import respond
from portal.reading_forms import ReviewForm

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PER_PAGE = 20


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, title_id: int, slug: str) -> HttpResponse:  # noqa: ARG001  only for people
    """Give stars to the work of a title, and write about it; a second time changes what was written."""
    title = _title(title_id)
    own = Review.objects.filter(user=request.user.pk, work=title.work_id).first()
    written = {"stars": own.stars, "text": own.text, "signed": own.signed} if own else {}
    form = ReviewForm(request.POST if request.method == "POST" else None, initial=written)
    context = {"title": title, "own": own, "form": form, "may_review": may_review(request.user)}
    panel = "portal/review.html#review-panel"
    if not form.is_bound:
        return render(request, "portal/review.html", context)
    if not form.is_valid():
        template = panel if request.htmx else "portal/review.html"  # type: ignore[attr-defined]
        return render(request, template, context, status=422)
    try:
        own = write_review(request.user, title.work, **form.cleaned_data)  # type: ignore[arg-type]  # signed in
    except DomainError as refusal:
        return respond(request, panel, context, refusal=refusal, back=request.path)
    waits = own.status == Review.Status.WAITING
    done = (
        _("Thank you: your stars count now, your words when a librarian has read them.") if waits else _("Thank you.")
    )
    return respond(request, panel, {**context, "own": own}, done=done, back=title.get_absolute_url())


@require_safe
@login_not_required
def reviews(request: HttpRequest, title_id: int, slug: str) -> HttpResponse:  # noqa: ARG001  only for people
    """Show all published reviews of the work of a title, newest first."""
    title = _title(title_id)
    page = Paginator(published_reviews(title.work_id), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "portal/reviews.html", {"title": title, "page_obj": page})


@require_safe
def my_reviews(request: HttpRequest) -> HttpResponse:
    """Show one's own stars and reviews, and what became of them."""
    own = Review.objects.filter(user=request.user.pk).select_related("work").order_by("-written_at", "-pk")
    page = Paginator(own, PER_PAGE).get_page(request.GET.get("page"))
    works = [one.work_id for one in page.object_list]
    editions = {
        title.work_id: title
        for title in Title.objects.filter(work__in=works, merged_into=None)
        .order_by("work", "-search_row__popularity", "pk")
        .distinct("work")
        .only("title", "work", "language")
    }
    lines = [(one, editions.get(one.work_id)) for one in page.object_list]
    return render(request, "portal/my_reviews.html", {"lines": lines, "page_obj": page})


@require_POST
def delete(request: HttpRequest, review_id: int) -> HttpResponse:
    """Take one's own stars and words back."""
    own = get_object_or_404(Review.objects.select_related("work"), pk=review_id, user=request.user.pk)
    delete_review(own)
    done = _("What you thought of “%(title)s” has been deleted.") % {"title": own.work.title}
    return respond(request, "_done.html", done=done, back=reverse("portal:my_reviews"))


def _title(title_id: int) -> Title:
    titles = Title.objects.defer("record", "summary").select_related("work").with_cover()
    return get_object_or_404(titles, pk=title_id)
