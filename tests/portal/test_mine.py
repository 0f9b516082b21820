"""The reader's own pages, from the right and from the wrong account."""

import pytest
from django.urls import reverse

from accounts.models import Act, Guardianship
from catalog.models import Material
from loans.history import keep_history
from loans.lending import check_in
from loans.models import Hold, Loan
from loans.picking import pick_copy
from loans.reminders import unlink_ended
from loans.states import HoldStatus, LoanStatus
from milanolib import clock
from tests.factories import TitleFactory, UserFactory

pytestmark = pytest.mark.django_db


def film(story):
    """A copy that is lent for ten days: a session does not outlive a book's thirty."""
    return story.copies(1, title=TitleFactory(material=Material.DVD))[0]


def test_mine_shows_own_loans_and_holds_and_nobody_elses(story, signed_in):
    reader, client = signed_in()
    own, other = story.copies(1)[0], story.copies(1)[0]
    story.lent(own, reader=reader)
    story.lent(other)
    held = story.copies(1)[0]
    story.hold(held.title, reader=reader)

    page = client.get(reverse("portal:mine")).content.decode()

    assert own.title.title in page
    assert held.title.title in page
    assert other.title.title not in page


@pytest.mark.parametrize(("name", "asked"), [("mine", 21), ("loans", 10), ("holds", 13)])
@pytest.mark.parametrize("count", [1, 3])
def test_own_pages_ask_the_database_as_often_for_three_rows_as_for_one(
    story, signed_in, count, name, asked, django_assert_num_queries
):
    reader, client = signed_in()
    for copy in [story.copies(1)[0] for _number in range(count)]:
        story.lent(copy, reader=reader)
    for copy in [story.copies(1)[0] for _number in range(count)]:
        story.hold(copy.title, reader=reader, pickup=story.network.south)
    for copy in [story.copies(1)[0] for _number in range(count)]:
        story.lent(copy, reader=reader)
        story.given_back(copy)

    with django_assert_num_queries(asked):
        client.get(reverse(f"portal:{name}"))


def test_loans_show_what_was_returned_for_seven_days_even_with_a_history(story, signed_in):
    reader, client = signed_in()
    keep_history(reader)
    loan = story.lent(story.copies(1)[0], reader=reader)
    story.given_back(loan.copy)
    address = reverse("portal:loans")
    assert loan.copy.title.title in client.get(address).content.decode()

    story.later(days=8)
    unlink_ended()

    assert loan.copy.title.title not in client.get(address).content.decode()
    assert loan.copy.title.title in client.get(reverse("portal:history")).content.decode()


def test_own_pages_say_when_a_reservation_is_expected_until_it_is_ready(story, signed_in):
    story.network.van()
    reader, client = signed_in()
    _other, stranger = signed_in()
    hold = story.hold(story.copies(1)[0].title, reader=reader, pickup=story.network.south)
    pages = [reverse("portal:mine"), reverse("portal:holds")]

    for page in pages:
        assert "Expected around Thursday 5 March" in client.get(page, HTTP_ACCEPT_LANGUAGE="en").content.decode()
        assert "Expected around" not in stranger.get(page, HTTP_ACCEPT_LANGUAGE="en").content.decode()
    refused = stranger.post(reverse("portal:cancel", args=[hold.pk]), HTTP_HX_REQUEST="true")
    assert refused.status_code == 404
    pick_copy(story.copy_of(hold), story.network.north, actor=None)
    check_in(story.copy_of(hold), story.network.south, actor=None)
    for page in pages:
        assert "Expected around" not in client.get(page, HTTP_ACCEPT_LANGUAGE="en").content.decode()


def test_mine_shows_the_first_five_and_says_how_many_there_are(story, signed_in):
    reader, client = signed_in()
    loans = [story.lent(story.copies(1)[0], reader=reader) for _number in range(6)]

    page = client.get(reverse("portal:mine"), HTTP_ACCEPT_LANGUAGE="en").content.decode()

    assert page.count('id="loan-') == 5
    assert "All 6 loans" in page
    assert client.get(reverse("portal:loans")).content.decode().count('id="loan-') == len(loans)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (2, "Due in 8 days"),
        (9, "Due tomorrow"),
        (10, "Due today"),
        (11, "1 day late"),
        (13, "3 days late"),
    ],
)
def test_loans_say_when_they_are_due_as_one_says_it(story, signed_in, day, words):
    reader, client = signed_in()
    loan = story.lent(film(story), reader=reader)
    story.later(days=day)

    page = client.get(reverse("portal:loans"), HTTP_ACCEPT_LANGUAGE="en").content.decode()

    assert words in page
    assert "12 March 2026" in page
    assert (reverse("portal:put_off", args=[loan.pk]) in page) == (day == 10)


def test_renew_all_renews_what_can_be_and_says_on_each_row_what_became_of_it(story, signed_in):
    reader, client = signed_in()
    _other, stranger = signed_in()
    good, waited_for = (story.lent(story.copies(1)[0], reader=reader) for _number in range(2))
    story.hold(waited_for.copy.title)
    story.later(days=10)
    address = reverse("portal:renew_all")

    stranger.post(address)
    assert Loan.objects.get(pk=good.pk).renewals == 0, "nobody renews for somebody else"
    answer = client.post(address, HTTP_ACCEPT_LANGUAGE="en")
    page = answer.content.decode()

    assert answer.status_code == 200
    assert "1 loan renewed." in page
    assert "1 could not be renewed" in page
    row = page[page.index(f'id="loan-{waited_for.pk}"') :]
    assert "Another reader waits for this" in row[: row.index("</li>")]
    assert Loan.objects.get(pk=good.pk).renewals == 1


def test_renew_all_of_twenty_loans_asks_less_than_thirty_times(story, signed_in, django_assert_max_num_queries):
    reader, client = signed_in()
    for number in range(20):
        title = TitleFactory(material=(Material.BOOK, Material.DVD)[number % 2])
        story.lent(story.copies(1, title=title)[0], reader=reader)
        if number % 3 == 0:
            story.hold(title)
    story.later(days=5)

    with django_assert_max_num_queries(29):
        answer = client.post(reverse("portal:renew_all"), HTTP_HX_REQUEST="true")

    assert answer.content.decode().count('id="loan-') == 20
    assert Loan.objects.filter(reader=reader, renewals=1).count() == 13


def test_renew_all_opened_as_an_address_leads_to_the_loans(signed_in):
    _reader, client = signed_in()

    assert client.get(reverse("portal:renew_all"))["Location"] == reverse("portal:loans")


def test_put_off_gives_a_day_to_the_reader_and_is_hidden_from_others(story, signed_in):
    reader, client = signed_in()
    _other, stranger = signed_in()
    loan = story.lent(film(story), reader=reader)
    story.later(days=10)
    address = reverse("portal:put_off", args=[loan.pk])

    wrong = stranger.post(address)
    right = client.post(address, HTTP_HX_REQUEST="true", HTTP_ACCEPT_LANGUAGE="en")

    assert wrong.status_code == 404
    assert "Friday 13 March" in right.content.decode()
    assert Loan.objects.get(pk=loan.pk).extended_on == loan.due_on


def test_put_off_refused_says_why(story, signed_in):
    reader, client = signed_in()
    loan = story.lent(film(story), reader=reader)
    story.hold(loan.copy.title)
    story.later(days=10)

    answer = client.post(reverse("portal:put_off", args=[loan.pk]), HTTP_HX_REQUEST="true", HTTP_ACCEPT_LANGUAGE="en")

    assert answer.status_code == 422
    assert "Another reader waits" in answer.content.decode()


def test_holds_say_where_they_stand_in_plain_words(story, signed_in):
    reader, client = signed_in()
    waiting = story.copies(1)[0]
    story.lent(waiting)
    story.hold(waiting.title)
    story.hold(waiting.title, reader=reader)
    story.hold(story.copies(1)[0].title, reader=reader)
    story.packed(story.copies(1)[0].title, reader=reader)
    ready, _copy = story.ready(story.copies(1)[0].title, reader=reader)

    page = client.get(reverse("portal:holds"), HTTP_ACCEPT_LANGUAGE="en").content.decode()

    for words in ("Number 2 in the queue", "1 person is before you", "A copy has been found", "On its way"):
        assert words in page
    assert ready.pickup_code in page
    assert page.index(ready.pickup_code) < page.index("On its way"), "what can be collected comes first"


def test_renew_moves_the_date_for_the_reader_and_is_hidden_from_others(story, signed_in):
    reader, client = signed_in()
    _other, stranger = signed_in()
    loan = story.lent(story.copies(1)[0], reader=reader)
    story.later(days=10)
    address = reverse("portal:renew", args=[loan.pk])

    wrong = stranger.post(address, HTTP_HX_REQUEST="true")
    right = client.post(address, HTTP_HX_REQUEST="true")

    assert wrong.status_code == 404
    assert right.status_code == 200
    assert Loan.objects.get(pk=loan.pk).due_on > loan.due_on


def test_renew_refused_says_why_and_that_it_may_be_reserved_again(story, signed_in):
    reader, client = signed_in()
    copy = story.copies(1)[0]
    loan = story.lent(copy, reader=reader)
    story.hold(copy.title)
    story.later(days=10)

    answer = client.post(reverse("portal:renew", args=[loan.pk]), HTTP_HX_REQUEST="true", HTTP_ACCEPT_LANGUAGE="en")

    assert answer.status_code == 422
    assert "Another reader waits for this" in answer.content.decode()


def test_renew_in_a_second_tab_says_that_the_loan_is_over(story, signed_in):
    reader, client = signed_in()
    loan = story.lent(story.copies(1)[0], reader=reader)
    story.given_back(loan.copy)

    answer = client.post(reverse("portal:renew", args=[loan.pk]), HTTP_HX_REQUEST="true", HTTP_ACCEPT_LANGUAGE="en")

    assert answer.status_code == 422
    assert "Given back" in answer.content.decode()
    assert "it is no longer open" in answer.content.decode()
    assert reverse("portal:renew", args=[loan.pk]) not in answer.content.decode()


def test_cancel_ends_the_hold_for_the_reader_and_is_hidden_from_others(story, signed_in):
    reader, client = signed_in()
    _other, stranger = signed_in()
    hold = story.hold(story.copies(1)[0].title, reader=reader)
    address = reverse("portal:cancel", args=[hold.pk])

    wrong = stranger.post(address)
    right = client.post(address)

    assert wrong.status_code == 404
    assert right.status_code == 302
    assert Hold.objects.get(pk=hold.pk).status == HoldStatus.CANCELLED


def test_when_pauses_and_resumes_for_the_reader_and_is_hidden_from_others(story, signed_in):
    reader, client = signed_in()
    _other, stranger = signed_in()
    hold = story.hold(story.copies(1)[0].title, reader=reader)
    when, resume = (reverse(f"portal:{name}", args=[hold.pk]) for name in ("when", "resume"))
    chosen = {"act": "pause", "until": "2026-04-10"}

    assert [stranger.get(when).status_code, stranger.post(when, chosen).status_code] == [404, 404]
    assert stranger.post(resume).status_code == 404
    assert client.get(when).status_code == 200
    assert client.post(when, chosen).status_code == 302
    page = client.get(reverse("portal:holds"), HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "Paused until 10 April" in page
    assert resume in page

    client.post(resume)
    assert Hold.objects.get(pk=hold.pk).suspended_until is None


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"act": "pause", "until": "2026-03-01"}, 'role="alert"'),
        ({"act": "pause", "until": "2029-01-01"}, 'role="alert"'),
        ({"act": "pause", "until": "soon"}, 'role="alert"'),
        ({"act": "last_day", "day": "2026-02-01"}, 'role="alert"'),
        ({"act": "other"}, "when-panel"),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"HTTP_HX_REQUEST": "true"}], ids=["plain", "htmx"])
def test_when_refused_says_why_and_keeps_what_was_typed(story, signed_in, sent, words, headers):
    reader, client = signed_in()
    hold = story.hold(story.copies(1)[0].title, reader=reader)

    answer = client.post(reverse("portal:when", args=[hold.pk]), sent, **headers)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert all(value in answer.content.decode() for name, value in sent.items() if name != "act")
    assert Hold.objects.get(pk=hold.pk).suspended_until is None


def test_when_notes_a_last_day_and_takes_it_away_again(story, signed_in):
    reader, client = signed_in()
    hold = story.hold(story.copies(1)[0].title, reader=reader)
    address = reverse("portal:when", args=[hold.pk])

    client.post(address, {"act": "last_day", "day": "2026-05-01"})
    page = client.get(reverse("portal:holds"), HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "You want it until 1 May 2026" in page

    client.post(address, {"act": "last_day", "day": ""})
    assert Hold.objects.get(pk=hold.pk).not_needed_after is None


def test_move_changes_the_point_for_the_reader_and_is_hidden_from_others(story, signed_in):
    reader, client = signed_in()
    _other, stranger = signed_in()
    hold = story.hold(story.copies(1)[0].title, reader=reader)
    address = reverse("portal:move", args=[hold.pk])
    chosen = {"pickup": story.network.newsstand.code, "request_key": "k"}

    wrong = stranger.post(address, chosen)
    right = client.post(address, chosen)

    assert wrong.status_code == 404
    assert right.status_code == 302
    assert Hold.objects.get(pk=hold.pk).pickup_place == story.network.newsstand


def test_receipt_is_the_readers_own(story, signed_in):
    reader, client = signed_in()
    _other, stranger = signed_in()
    copy = story.copies(1)[0]
    loan = story.lent(copy, reader=reader)
    address = reverse("portal:receipt", args=[loan.pk])
    before = client.get(address)
    story.take_back(copy)

    page = client.get(address)

    assert before.status_code == 404
    assert stranger.get(address).status_code == 404
    assert Loan.objects.get(pk=loan.pk).status == LoanStatus.CLOSED
    assert loan.receipt_number in page.content.decode()
    assert story.network.newsstand.name in page.content.decode()


def test_mine_shows_a_guardian_the_childs_card(story, signed_in):
    child, _client = signed_in(born_on=clock.today().replace(year=clock.today().year - 9))
    reader, client = signed_in()
    copy = story.copies(1)[0]
    story.lent(copy, reader=child)
    Guardianship.objects.create(guardian=reader.user, child=child, since=clock.now())

    page = client.get(reverse("portal:mine")).content.decode()

    assert child.card_number in page
    assert copy.title.title in page


@pytest.mark.parametrize(("years", "shows", "is_seen"), [(13, False, True), (14, False, False), (14, True, True)])
def test_mine_hides_the_titles_of_a_child_from_fourteen_on_unless_the_child_shows_them(
    story, signed_in, years, shows, is_seen
):
    today = clock.today()
    child, _client = signed_in(born_on=today.replace(year=today.year - years))
    reader, client = signed_in()
    lent, held, returned = (story.copies(1)[0] for _number in range(3))
    story.lent(lent, reader=child)
    story.hold(held.title, reader=child)
    loan = story.lent(returned, reader=child)
    story.given_back(returned)
    Guardianship.objects.create(guardian=reader.user, child=child, since=clock.now(), shows_titles=shows)

    page = client.get(reverse("portal:mine")).content.decode()
    loans = client.get(reverse("portal:loans")).content.decode()

    assert [copy.title.title in page for copy in (lent, held)] == [is_seen] * 2
    assert [copy.title.title in loans for copy in (lent, returned)] == [is_seen] * 2
    assert held.title.title not in loans
    assert (client.get(reverse("portal:receipt", args=[loan.pk])).status_code == 200) == is_seen


def test_mine_says_what_forbids_something_new_and_what_to_do(story, signed_in):
    _reader, client = signed_in(card_expires_on=clock.today())
    story.later(days=1)

    page = client.get(reverse("portal:mine"), HTTP_ACCEPT_LANGUAGE="en").content.decode()

    assert "This card has expired. Renew it at any library" in page


def test_messages_are_the_persons_own(story, signed_in):
    _reader, client = signed_in()

    answer = client.get(reverse("portal:messages"))

    assert answer.status_code == 200


def test_mine_without_a_card_says_how_to_get_one(client):
    client.force_login(UserFactory(), backend="accounts.backends.CardBackend")

    answer = client.get(reverse("portal:mine"), HTTP_ACCEPT_LANGUAGE="en")

    assert "no library card" in answer.content.decode()


def test_reading_of_staff_is_nobodys_business(story, signed_in):
    reader, client = signed_in()
    reader.user.is_staff = True
    reader.user.save()
    hold = story.hold(story.copies(1)[0].title, reader=reader)
    client.post(reverse("portal:cancel", args=[hold.pk]))

    assert not Act.objects.exists()
