"""Downloading the evidence file of a person."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import Agent
from consent.admin.records import ConsentRecordAdmin
from consent.models import ConsentRecord
from consent.verify_evidence import verify_evidence
from tests import factories
from tests.consent.evidence_story import two_people

pytestmark = pytest.mark.django_db(transaction=True)
KINDS = ("pdf", "json")


def address(kind: str, contact: UUID) -> str:
    return reverse(f"admin:consent_evidence_{kind}", args=[contact])


def test_the_file_for_programs(browser: Client) -> None:
    lena, _other = two_people()
    response = browser.get(address("json", lena.pk))
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    name = f"consent-evidence-{lena.pk}.json"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert "no-store" in response["Cache-Control"]
    assert json.loads(response.content)["contact"] == str(lena.pk)
    assert verify_evidence(response.content.decode()).broken is None


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_file_to_read(browser: Client, language: str) -> None:
    lena, _other = two_people()
    response = browser.get(address("pdf", lena.pk), {"language": language})
    assert response.status_code == 200
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].endswith(f'evidence-{lena.pk}.pdf"')
    assert "no-store" in response["Cache-Control"]
    assert f"/Lang ({language})".encode() in response.content


@pytest.mark.parametrize("kind", KINDS)
def test_there_is_nothing_to_post(browser: Client, kind: str) -> None:
    contact = factories.ContactFactory.create()
    assert browser.post(address(kind, contact.pk)).status_code == 405


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", ["agent", "lead", "read_only", "nobody"])
def test_it_is_for_admins(
    client: Client, kind: str, role: str, request: pytest.FixtureRequest
) -> None:
    if role != "nobody":
        client.force_login(request.getfixturevalue(role))
    contact = factories.ContactFactory.create()
    response = client.get(address(kind, contact.pk))
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_for_those_who_may_see_consents(
    browser: Client, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ConsentRecordAdmin, "has_view_permission", lambda *_args: False)
    contact = factories.ContactFactory.create()
    assert browser.get(address(kind, contact.pk)).status_code == 403


@pytest.mark.parametrize("kind", KINDS)
def test_of_whom_we_never_knew_there_is_none(browser: Client, kind: str) -> None:
    assert browser.get(address(kind, uuid4())).status_code == 404


def test_the_page_of_an_entry_leads_to_it(browser: Client, admin: Agent) -> None:
    lena, _other = two_people()
    record = ConsentRecord.objects.filter(contact=lena).first()
    assert record is not None
    with translation.override("en"):
        page = browser.get(reverse("admin:consent_consentrecord_change", args=[record.pk]))
        rows = browser.get(reverse("admin:consent_consentrecord_changelist"))
    for kind in KINDS:
        assert address(kind, lena.pk) in page.content.decode()
        assert address(kind, lena.pk) in rows.content.decode()


def test_entries_of_somebody_who_was_erased_are_still_listed(browser: Client) -> None:
    record = factories.ConsentRecordFactory.create()
    contact = record.contact_id
    with connection.cursor() as cursor:  # as an erasure leaves it
        cursor.execute("DELETE FROM consent_consentstate WHERE contact_id = %s", [contact])
        cursor.execute("DELETE FROM contacts_identity WHERE contact_id = %s", [contact])
        cursor.execute("DELETE FROM contacts_contact WHERE id = %s", [contact])
    page = reverse("admin:consent_consentrecord_change", args=[record.pk])
    rows = browser.get(reverse("admin:consent_consentrecord_changelist"))
    assert page in rows.content.decode()
    assert browser.get(page).status_code == 200
