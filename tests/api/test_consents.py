"""Another system tells what a customer said."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from accounts.models import Agent, Role
from consent import gate
from consent.models import ConsentRecord
from conversations.models import Conversation
from tests import factories
from tests.api.conftest import Caller

SAID = {"act": "withdrawn", "words": "Bitte keine Werbung.", "reference": "crm-4711"}


def path(conversation: Conversation) -> str:
    return f"/api/v1/contacts/{conversation.contact_id}/consents/"


def test_a_withdrawal_is_written_once(api: APIClient, conversation: Conversation) -> None:
    first = api.post(path(conversation), SAID, format="json")
    assert first.status_code == 201
    [row] = first.json()
    assert (row["act"], row["source"], row["words"]) == ("withdrawn", "api", SAID["words"])
    assert row["contact"] == str(conversation.contact_id)
    again = api.post(path(conversation), SAID, format="json")
    assert (again.status_code, again.json()) == (200, [])
    assert ConsentRecord.objects.filter(source="api").count() == 1


def test_agreeing_needs_a_lead_a_topic_and_evidence(
    call_as: Caller, api: APIClient, conversation: Conversation
) -> None:
    said: dict[str, object] = {"act": "granted", "topic": "news", "words": "Ja"}
    said |= {"evidence": "Messe, Stand 4", "occurred_at": "2026-01-15T10:00:00Z"}
    assert api.post(path(conversation), said, format="json").status_code == 403
    lead = call_as(factories.AgentFactory.create(role=Role.LEAD))
    for missing in ("topic", "evidence", "occurred_at"):
        less = {name: value for name, value in said.items() if name != missing}
        answer = lead.post(path(conversation), less, format="json")
        assert answer.status_code == 400
        assert list(answer.json()["errors"]) == [missing]
    assert lead.post(path(conversation), said, format="json").status_code == 201
    assert gate.permits(conversation.contact, "marketing", "news").granted


@pytest.mark.parametrize(
    "changed",
    [
        {"act": "erased"},
        {"words": ""},
        {"occurred_at": "yesterday"},
        {"occurred_at": "2999-01-01T00:00:00Z"},
        {"topic": "nothing"},
        {"reference": "x" * 151},
    ],
)
def test_malformed(api: APIClient, conversation: Conversation, changed: dict[str, object]) -> None:
    answer = api.post(path(conversation), SAID | changed, format="json")
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == list(changed)


def test_strangers_readers_and_other_methods(
    call_as: Caller,
    api: APIClient,
    other_agent: Agent,
    read_only: Agent,
    conversation: Conversation,
) -> None:
    assert call_as(other_agent).post(path(conversation), SAID, format="json").status_code == 404
    reader = call_as(read_only)
    assert reader.post(path(conversation), SAID, format="json").status_code == 403
    assert api.get(path(conversation)).status_code == 405
    assert not ConsentRecord.objects.filter(source="api").exists()
