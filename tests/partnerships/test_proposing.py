"""The institution's own words: proposed by an address, taken over or left aside by a librarian."""

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Act
from milanolib import clock
from notifications.delivery import deliver
from outbox.events import dispatch
from partnerships.agreeing import end_agreement
from partnerships.errors import AgreementMovedOn, ProposalSettled
from partnerships.links import checking_link, proposing_link
from partnerships.models import TextProposal
from partnerships.proposing import decline_proposal, propose_texts, take_proposal
from tests.factories import LibrarianFactory, UserFactory
from tests.partnerships.conftest import make_agreement, make_draft
from tests.story import fresh

pytestmark = pytest.mark.django_db
WORDS = {"title": {"it": "Nuovo"}, "terms": {"it": "In cassa."}}
SENT = {"title_it": "Nuovo", "title_en": "", "terms_it": "<b>In cassa.</b>", "terms_en": "At the till.", "note": "Ciao"}


@pytest.fixture(autouse=True)
def _no_counts():
    cache.clear()


def propose(agreement, **words):
    return propose_texts(agreement, **WORDS | words, note="")


def test_propose_texts_keeps_one_that_waits_and_changes_nothing_for_readers(agreement):
    first, again = propose(agreement), propose(agreement, title={"it": "Altro"})

    assert first == again
    assert fresh(again).title == {"it": "Altro"}
    assert fresh(agreement).title == agreement.title


def test_owner_is_told_once_of_a_proposal_that_still_waits(agreement):
    settled, nobodys = make_agreement(owner=agreement.owner), make_draft(owner=None)
    for offer in (agreement, agreement, settled, nobodys):
        propose(offer)
    dispatch()
    decline_proposal(settled.proposals.get(), actor=None)
    deliver()

    (letter,) = mail.outbox
    assert letter.to == [agreement.owner.email]
    assert f"/gestione/partnerships/textproposal/{agreement.proposals.get().pk}/change/" in letter.body
    assert "Meno caro" in letter.body


def test_take_proposal_puts_the_words_into_the_agreement_once(agreement):
    proposal = propose(agreement)
    for _time in range(2):
        take_proposal(proposal, actor=LibrarianFactory())

    assert (fresh(agreement).title, fresh(agreement).terms) == (WORDS["title"], WORDS["terms"])
    assert Act.objects.filter(verb="take_proposal", subject=f"agreement:{agreement.pk}").count() == 1
    with pytest.raises(ProposalSettled):
        decline_proposal(proposal, actor=None)
    assert propose(agreement) != proposal


def test_decline_proposal_leaves_the_agreement_as_it_is(agreement):
    proposal = propose(agreement)
    for _time in range(2):
        decline_proposal(proposal, actor=None)

    assert fresh(agreement).title == agreement.title
    with pytest.raises(ProposalSettled):
        take_proposal(proposal, actor=None)


def test_ended_agreement_takes_no_words(agreement):
    proposal = propose(agreement)
    end_agreement(agreement, actor=None)

    with pytest.raises(AgreementMovedOn):
        propose(agreement)
    with pytest.raises(AgreementMovedOn):
        take_proposal(proposal, actor=None)


def test_constraints_stand_by_themselves(agreement):
    now, waiting = clock.now(), propose(agreement)
    usual = {"agreement": agreement, "sent_at": now, **WORDS}
    for fields, name in (
        ({}, "textproposal_one_waits"),
        ({"status": "taken"}, "textproposal_settled_says_when"),
        ({"status": "taken", "settled_at": now, "terms": {}}, "textproposal_has_italian"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            TextProposal.objects.create(**usual | fields)
    assert TextProposal.objects.get() == waiting


def test_page_takes_words_from_who_has_its_address_only(client, agreement):
    address, other = proposing_link(agreement), make_agreement()
    swapped = proposing_link(other).split("~")[0] + "~" + address.split("~")[1]
    checking = checking_link(agreement.institution).replace("verifica", "proposte")
    for wrong in (swapped, checking, address[:-2] + "/"):
        assert client.get(wrong).status_code == 404
        assert client.post(wrong, SENT).status_code == 404

    assert client.get(address).status_code == 200
    assert client.post(address, SENT | {"terms_it": ""}).status_code == 422
    assert client.post(address, SENT | {"title_it": "x" * 121}).status_code == 422
    assert client.post(address, SENT).status_code == 302
    page = client.get(address).content.decode()
    assert "&lt;b&gt;In cassa." in page
    (kept,) = TextProposal.objects.all()
    assert kept.title == {"it": "Nuovo"}
    agreement.institution.links_version += 1
    agreement.institution.save(update_fields=["links_version"])
    assert client.get(address).status_code == 404


def test_page_of_an_ended_agreement_says_so_and_loses_nothing(client, agreement):
    end_agreement(agreement, actor=None)
    answer = client.post(proposing_link(agreement), SENT)

    assert answer.status_code == 422
    assert "Nuovo" in answer.content.decode()
    assert not TextProposal.objects.exists()


def test_register_shows_both_and_settles_for_who_may(client, agreement):
    proposal = propose(agreement)
    address = reverse("admin:partnerships_textproposal_change", args=[proposal.pk])
    for user, status in ((UserFactory(), 302), (UserFactory(is_staff=True), 403), (LibrarianFactory(), 200)):
        client.force_login(user)
        assert client.get(address).status_code == status
        if status != 200:
            client.post(address, {"_step_take": "1"})
    assert fresh(proposal).status == "waiting"
    page = client.get(address).content.decode()
    assert "it: Nuovo" in page
    assert "it: Meno caro" in page
    client.post(address, {"_step_take": "1"})
    assert fresh(agreement).title == {"it": "Nuovo"}
    assert "_step_take" not in client.get(address).content.decode()
