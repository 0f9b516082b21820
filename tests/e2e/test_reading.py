"""Lists, reviews, suggestions, arrivals: no barrier, every swap told, and all of it without JavaScript."""

import re

import pytest

from catalog.models import ListEntry, PurchaseWish, Review, Title
from catalog.reading import lists, reviews, wishes
from tests.e2e.conftest import DESKTOP
from tests.e2e.people import Librarian, Reader
from tests.e2e.test_story import confirmed, town, verified_reader  # noqa: F401  a fixture is used by its name
from tests.factories import CopyFactory, LibrarianFactory
from tests.factories.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NARROW = {"width": 320, "height": 640}
WIDTHS = pytest.mark.parametrize(
    ("viewport", "locale"), [(NARROW, "it-IT"), (DESKTOP, "en-GB")], ids=["narrow", "desktop"]
)


def signed_in(open_browser, look, person, viewport=DESKTOP, locale="it-IT"):
    return Reader(open_browser(viewport, locale), look).comes_as(person.user)


def with_words(user, title):
    return reviews.write_review(user, title.work, stars=4, text="Da rileggere.", signed="Ada")


@WIDTHS
def test_pages_of_what_readers_write_put_up_no_barrier(open_browser, sees_no_barrier, town, viewport, locale):  # noqa: F811
    anna, title = verified_reader(), Title.objects.get()
    own = lists.make_list(anna.user, name="Per l'estate", visibility="shared")
    for one in (title, CopyFactory().title):
        lists.write_note(lists.add_title(own, one)[0], "Da leggere prima del film.")
    review = with_words(anna.user, title)
    reviews.publish_review(review, read=review.written_at, actor=None)
    wish = wishes.ask_for(anna.user, title="Un altro libro")
    wishes.answer_wish(wish, "arrived", seen="received", found=title, actor=None)
    address = title.get_absolute_url()
    reader = signed_in(open_browser, sees_no_barrier, anna, viewport, locale)

    for page in (
        "/mio/", "/mio/liste/", f"/mio/liste/{own.pk}/", f"/liste/{own.token}/", "/liste/", "/mio/recensioni/",
        "/mio/desiderata/", "/mio/desiderata/nuovo/?q=barone", "/novita/", "/novita/?luogo=north", address,
        f"{address}recensione/", f"{address}recensioni/", f"/mio/liste/aggiungi/{title.pk}/",
    ):  # fmt: skip
        reader.goes_to(page)


@WIDTHS
def test_librarians_queues_put_up_no_barrier(open_browser, sees_no_barrier, town, viewport, locale):  # noqa: F811
    anna, livia = verified_reader(), confirmed(LibrarianFactory(desk=town.north))
    with_words(anna.user, Title.objects.get())
    wish = wishes.ask_for(anna.user, title="Un altro libro")
    desk = Librarian(open_browser(viewport, locale), sees_no_barrier).comes_as(livia)
    for page in ("recensioni/", "desiderata/", f"desiderata/{wish.pk}/"):
        desk.goes_to(f"/gestione/catalogo/{page}")

    desk.goes_to("/gestione/catalogo/recensioni/")
    desk.page.click("[value=publish]")
    desk.page.locator("[role=status] .ml-messages").wait_for()  # the queue anew, which says what was done
    desk.look(desk.page)

    assert desk.page.locator(".ml-messages li").count() == 1
    assert Review.objects.get().status == "published"


def test_list_is_put_in_order_with_the_focus_kept(open_browser, sees_no_barrier, town):  # noqa: F811
    anna, title = verified_reader(), Title.objects.get()
    own = lists.make_list(anna.user, name="Per l'estate")
    entries = [lists.add_title(own, CopyFactory().title)[0] for _number in range(3)]
    reader = signed_in(open_browser, sees_no_barrier, anna)
    reader.goes_to(title.get_absolute_url())
    reader.page.click("#add-to-list summary")
    reader.swaps(reader.page.locator("#add-to-list [type=submit]").click, "#add-to-list")
    reader.goes_to(f"/mio/liste/{own.pk}/")

    button = f"up-{entries[2].pk}"
    reader.swaps(reader.page.locator(f"#{button}").click, "#entries")

    assert reader.page.evaluate("document.activeElement.id") == button
    order = list(own.entries.values_list("pk", flat=True))
    assert order[:3] == [entries[0].pk, entries[2].pk, entries[1].pk]
    assert ListEntry.objects.get(pk=order[3]).title == title


def test_review_and_suggestion_with_javascript_are_told(open_browser, sees_no_barrier, town):  # noqa: F811
    anna, title = verified_reader(), Title.objects.get()
    reader = signed_in(open_browser, sees_no_barrier, anna)
    reader.goes_to(f"{title.get_absolute_url()}recensione/")
    reader.page.check("[name=stars][value='5']")
    reader.swaps(reader.page.locator("#review-panel [type=submit]").click, "#review-panel")
    reader.goes_to("/mio/desiderata/nuovo/?q=" + title.title)
    send = reader.page.locator("#wish-panel [type=submit]")
    reader.swaps(send.click, "#wish-panel")
    before = PurchaseWish.objects.count()
    reader.swaps(reader.page.locator("#wish-panel [type=submit]").click, "#wish-panel")

    assert Review.objects.get().stars == 5
    assert (before, PurchaseWish.objects.count()) == (0, 1)


def test_all_of_it_without_javascript(open_browser, town):  # noqa: F811
    anna, title = verified_reader(), Title.objects.get()
    page = open_browser(java_script_enabled=False)
    page.goto("/accesso/")
    page.fill("[name=login]", anna.card_number)
    page.fill("[name=password]", PASSWORD)
    page.click("main form [type=submit]")
    page.goto(title.get_absolute_url())
    page.click("#add-to-list summary")
    page.fill("#list-name", "Per l'estate")
    page.click("#add-to-list [type=submit]")
    page.wait_for_url(re.compile("/catalogo/"))
    page.goto(f"{title.get_absolute_url()}recensione/")
    page.check("[name=stars][value='4']")
    page.fill("[name=text]", "Da rileggere.")
    page.click("#review-panel [type=submit]")
    page.wait_for_url(re.compile("/catalogo/"))
    page.goto("/mio/desiderata/nuovo/?q=qualcosa d'altro")
    page.click("#wish-panel [type=submit]")
    page.wait_for_url(re.compile("/mio/desiderata/$"))

    assert ListEntry.objects.get().list.name == "Per l'estate"
    assert Review.objects.get().status == "waiting"
    assert PurchaseWish.objects.get().user == anna.user
