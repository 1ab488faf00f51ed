"""An agent writes down on the ledger's page what a customer said."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.models import Agent, Role
from consent.models import ConsentRecord, Source
from conversations.models import Conversation
from tests import factories
from tests.inbox.conftest import SignIn


def url(conversation: Conversation) -> str:
    return reverse("inbox:consents", args=[conversation.contact_id])


def data(**fields: str) -> dict[str, str]:
    said = {"act": "withdrawn", "topic": "", "words": "Keine Werbung mehr.", "evidence": ""}
    filled = {"reference": str(uuid4()), **said, **fields}
    return {f"word-{name}": value for name, value in filled.items()}


def test_a_withdrawal_stands_in_the_ledger_once(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    client, sent = sign_in(agent), data()
    answers = [client.post(url(conversation), sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    record = ConsentRecord.objects.get(source=Source.AGENT)
    assert (record.act, record.words) == ("withdrawn", "Keine Werbung mehr.")
    html = client.get(url(conversation)).content.decode()
    assert "Keine Werbung mehr." in html
    assert "an agent, on the customer&#x27;s word" in html


def test_what_is_missing_is_said_and_nothing_is_lost(
    sign_in: SignIn, conversation: Conversation
) -> None:
    client = sign_in(factories.AgentFactory.create(role=Role.LEAD))
    sent = data(act="granted", topic="news", words="Ja, gern <b>")
    answer = client.post(url(conversation), sent)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "the only proof" in html
    assert "Ja, gern &lt;b&gt;" in html
    assert sent["word-reference"] in html
    assert not ConsentRecord.objects.filter(source=Source.AGENT).exists()


def test_agents_are_not_offered_to_agree_for_somebody(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    client = sign_in(agent)
    assert "Agreed to be written to" not in client.get(url(conversation)).content.decode()
    sent = data(act="granted", topic="news", evidence="Telefon")
    assert client.post(url(conversation), sent).status_code == 422
    assert not ConsentRecord.objects.filter(source=Source.AGENT).exists()


def test_the_read_only_role_writes_nothing_down(
    sign_in: SignIn, read_only: Agent, conversation: Conversation
) -> None:
    client = sign_in(read_only)
    assert "word-words" not in client.get(url(conversation)).content.decode()
    assert client.post(url(conversation), data()).status_code == 403


def test_somebody_elses_customer_is_not_there(
    sign_in: SignIn, other_agent: Agent, conversation: Conversation
) -> None:
    assert sign_in(other_agent).post(url(conversation), data()).status_code == 404


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods(
    sign_in: SignIn, agent: Agent, conversation: Conversation, method: str
) -> None:
    assert getattr(sign_in(agent), method)(url(conversation)).status_code == 405
