"""The registers: who may, what can be changed when, the steps, the papers."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from partnerships.models import Agreement, AgreementDocument
from partnerships.states import AgreementStatus
from tests.factories import LibrarianFactory, ManagerFactory, ReaderFactory, UserFactory
from tests.partnerships.conftest import make_draft, make_institution
from tests.story import fresh

pytestmark = pytest.mark.django_db
ADD = "/gestione/partnerships/agreement/add/"


def change(agreement):
    return reverse("admin:partnerships_agreement_change", args=[agreement.pk])


def written(agreement=None, **fields):
    """What the form sends for a draft."""
    usual = {
        "institution": agreement.institution_id if agreement else make_institution().pk,
        "owner": agreement.owner_id if agreement else LibrarianFactory().pk,
        "title_italian": "Meno caro",
        "terms_italian": "Alla cassa.",
        "offer": "percentage",
        "percent": "20",
        "audience": "everybody",
        "starts_on": "2026-03-02",
        "ends_on": "2027-03-01",
        "documents-TOTAL_FORMS": "0",
        "documents-INITIAL_FORMS": "0",
    }
    return usual | fields


@pytest.fixture
def desk(client, monday):
    client.force_login(LibrarianFactory())
    return client


def test_registers_are_for_staff_with_the_right(client, agreement):
    addresses = [
        change(agreement),
        ADD,
        "/gestione/partnerships/agreement/",
        "/gestione/partnerships/institution/",
        reverse("admin:partnerships_institution_change", args=[agreement.institution_id]),
    ]
    for user, status in ((UserFactory(), 302), (UserFactory(is_staff=True), 403), (LibrarianFactory(), 200)):
        client.force_login(user)
        for address in addresses:
            assert client.get(address).status_code == status


def test_librarian_writes_and_reviews_and_a_manager_activates(desk, client):
    assert desk.post(ADD, written()).status_code == 302
    draft = Agreement.objects.get()
    desk.post(change(draft), written(draft, terms_italian="Altro.", _step_review="1"))
    reviewed = fresh(draft)
    assert (reviewed.status, reviewed.terms) == (AgreementStatus.REVIEWED, {"it": "Altro."})

    papers = {"documents-TOTAL_FORMS": "0", "documents-INITIAL_FORMS": "0", "owner": draft.owner_id}
    assert desk.post(change(draft), papers | {"_step_activate": "1"}).status_code == 404
    assert fresh(draft).status == AgreementStatus.REVIEWED
    client.force_login(ManagerFactory())
    client.post(change(draft), papers | {"_step_activate": "1"})
    assert fresh(draft).status == AgreementStatus.ACTIVE


def test_what_is_active_can_no_longer_be_rewritten_but_gets_another_owner(desk, agreement):
    anna = LibrarianFactory()
    desk.post(change(agreement), written(agreement, terms_italian="Altro.", percent="90", owner=anna.pk))

    kept = fresh(agreement)
    assert (kept.percent, kept.terms, kept.owner) == (20, agreement.terms, anna)


@pytest.mark.parametrize(
    "wrong",
    [
        {"percent": ""},
        {"percent": "100"},
        {"price": "3"},
        {"offer": "free"},
        {"offer": "fixed_price"},
        {"audience": "ages"},
        {"age_from": "3"},
        {"audience": "ages", "age_from": "9", "age_to": "3"},
        {"ends_on": "2026-03-01"},
        {"title_italian": ""},
        {"terms_italian": "", "terms_english": "x"},
        {"weekdays": ["7"]},
        {"quota": "-1"},
    ],
)
def test_data_that_contradict_each_other_are_told_and_nothing_is_lost(desk, wrong):
    answer = desk.post(ADD, written(**wrong))

    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert not Agreement.objects.exists()


def test_step_refused_keeps_what_was_saved_and_says_why(desk):
    draft = make_draft(owner=None)
    answer = desk.post(change(draft), written(draft, owner="", percent="30", _step_review="1"), follow=True)

    assert (fresh(draft).status, fresh(draft).percent) == (AgreementStatus.DRAFT, 30)
    assert "errornote" in answer.content.decode() or 'class="error"' in answer.content.decode()


def test_copy_of_an_agreement_is_where_one_lands(desk, agreement):
    answer = desk.post(change(agreement), written(agreement, _step_renew="1"))

    draft = Agreement.objects.get(status="draft")
    assert answer.url == change(draft)


def paper(content=b"%PDF-1.7 segreto"):
    return {
        "documents-TOTAL_FORMS": "1",
        "documents-INITIAL_FORMS": "0",
        "documents-0-name": "Lettera",
        "documents-0-file": SimpleUploadedFile("x.pdf", content, "application/pdf"),
    }


def test_papers_are_for_staff_with_the_right_only(desk, client, agreement, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    desk.post(change(agreement), written(agreement) | paper())
    kept = AgreementDocument.objects.get()
    address = reverse("admin:agreement_document", args=[kept.pk])

    assert b"".join(desk.get(address).streaming_content).startswith(b"%PDF")
    assert desk.get(reverse("admin:agreement_document", args=[kept.pk + 1])).status_code == 404
    for user, status in (
        (UserFactory(is_staff=True), 404),
        (UserFactory(), 302),
        (ReaderFactory(signs_in=True).user, 302),
    ):
        client.force_login(user)
        assert client.get(address).status_code == status
    client.logout()
    assert client.get(address).status_code == 302
    assert client.get(f"/media/{kept.file.name}").status_code == 404
    assert "Lettera" not in client.get(f"/convenzioni/{agreement.pk}/").content.decode()


def test_paper_that_is_no_pdf_is_refused(desk, agreement, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    answer = desk.post(change(agreement), written(agreement) | paper(b"<script>"))

    assert answer.status_code == 200
    assert not AgreementDocument.objects.exists()
