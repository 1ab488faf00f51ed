"""The ledger's entries of somebody who was erased, over REST."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Agent
from contacts.models import Contact
from tests import factories
from tests.rights.conftest import run

pytestmark = pytest.mark.django_db(transaction=True)


def test_entries_outlive_their_contact(admin: Agent, agent: Agent, contact: Contact) -> None:
    factories.ConsentRecordFactory.create(contact=contact, words="Hello there")
    assert run(contact, "erasure", admin).state == "done"
    token = {"HTTP_AUTHORIZATION": f"Bearer {factories.issue_token(admin)}"}
    rows = Client().get("/api/v1/consent-records/", **token).json()["results"]
    assert {row["act"] for row in rows} == {"granted", "erased"}
    assert {row["contact"] for row in rows} == {str(contact.pk)}
    assert {row["words"] for row in rows} == {""}
    for row in rows:
        assert Client().get(f"/api/v1/consent-records/{row['id']}/", **token).json() == row
    token = {"HTTP_AUTHORIZATION": f"Bearer {factories.issue_token(agent)}"}
    assert Client().get("/api/v1/consent-records/", **token).json()["results"] == []
    assert Client().get(f"/api/v1/contacts/{contact.pk}/", **token).status_code == 404
