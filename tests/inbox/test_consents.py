"""The consent ledger of one contact, as its agents read it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Agent
from consent.models import Act, LedgerCheck, Source, Wording
from conversations.models import Conversation
from tests import factories
from tests.inbox.conftest import SignIn


def url(conversation: Conversation) -> str:
    return reverse("inbox:consents", args=[conversation.contact_id])


@pytest.fixture
def ledger(conversation: Conversation) -> Conversation:
    """Subscribed to news a week ago, and left yesterday."""
    now = timezone.now()
    shown = Wording.objects.create(key="form", language="de", version=4, text="Wir schreiben nur…")
    entries = [
        {"act": Act.GRANTED, "words": "Guten Tag", "occurred_at": now - timedelta(days=9)},
        {
            "purpose": "marketing",
            "topic": "news",
            "act": Act.CONFIRMED,
            "words": "START",
            "wording": shown,
            "occurred_at": now - timedelta(days=7),
        },
        {
            "purpose": "marketing",
            "topic": "news",
            "act": Act.WITHDRAWN,
            "words": "STOPP bitte",
            "occurred_at": now - timedelta(days=1),
        },
    ]
    for entry in entries:
        factories.ConsentRecordFactory.create(
            contact=conversation.contact, source=Source.MESSAGE, **entry
        )
    return conversation


def test_every_entry_stands_there_with_what_was_seen_and_said(
    sign_in: SignIn, agent: Agent, ledger: Conversation
) -> None:
    html = sign_in(agent).get(url(ledger)).content.decode()
    assert "3 entries" in html
    assert html.index("STOPP bitte") < html.index("Wir schreiben nur…") < html.index("Guten Tag")
    assert "version 4 (German)" in html
    assert html.count('class="seal seal-on"') == 3  # service stands, and two entries
    assert html.count('class="seal seal-off"') == 2


def test_it_can_be_read_as_it_stood_on_a_day(
    sign_in: SignIn, agent: Agent, ledger: Conversation
) -> None:
    day = timezone.localdate() - timedelta(days=3)
    html = sign_in(agent).get(url(ledger), {"on": day.isoformat()}).content.decode()
    assert "2 entries" in html
    assert 'class="seal seal-off"' not in html
    assert "This is how it stood" in html


@pytest.mark.parametrize("on", ["2999-01-01", "yesterday", "2026-02-31", "\x00"])
def test_what_is_no_day_of_the_past_is_today(
    sign_in: SignIn, agent: Agent, ledger: Conversation, on: str
) -> None:
    answer = sign_in(agent).get(url(ledger), {"on": on})
    assert answer.status_code == 200
    assert "3 entries" in answer.content.decode()


def test_one_purpose_can_be_looked_at(sign_in: SignIn, agent: Agent, ledger: Conversation) -> None:
    html = sign_in(agent).get(url(ledger), {"purpose": "service"}).content.decode()
    assert "1 entry" in html
    assert "STOPP bitte" not in html


def test_leaving_in_general_shows_in_every_topic(
    sign_in: SignIn, agent: Agent, ledger: Conversation
) -> None:
    factories.ConsentRecordFactory.create(
        contact=ledger.contact, purpose="marketing", topic="news", words="START"
    )
    factories.ConsentRecordFactory.create(
        contact=ledger.contact, purpose="marketing", act=Act.WITHDRAWN, source=Source.PLATFORM
    )
    page = sign_in(agent).get(url(ledger))
    assert [one.seal for one in page.context["book"].standings] == ["on", "off", "off"]


def test_many_entries_cost_as_many_queries_as_few(
    sign_in: SignIn,
    agent: Agent,
    ledger: Conversation,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    factories.ConsentRecordFactory.create_batch(20, contact=ledger.contact, topic="news")
    client = sign_in(agent)
    with django_assert_max_num_queries(14):
        client.get(url(ledger))


def test_a_stranger_signs_in_first(client: Client, ledger: Conversation) -> None:
    assert client.get(url(ledger)).status_code == 302


def test_another_teams_contact_does_not_exist(
    sign_in: SignIn, other_agent: Agent, ledger: Conversation
) -> None:
    assert sign_in(other_agent).get(url(ledger)).status_code == 404


def test_the_read_only_role_may_read_only(
    sign_in: SignIn, read_only: Agent, ledger: Conversation
) -> None:
    client = sign_in(read_only)
    assert client.get(url(ledger)).status_code == 200
    assert client.post(url(ledger)).status_code == 403


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("kind", "start"), [("pdf", b"%PDF-"), ("zip", b"PK")])
def test_its_evidence_is_one_click_away(
    sign_in: SignIn, agent: Agent, ledger: Conversation, kind: str, start: bytes
) -> None:
    client = sign_in(agent)
    path = reverse("inbox:evidence", args=[ledger.contact_id, kind])
    assert path in client.get(url(ledger)).content.decode()
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.content.startswith(start)
    assert client.post(path).status_code == 405


def test_evidence_is_only_for_who_sees_the_contact(
    sign_in: SignIn, agent: Agent, other_agent: Agent, ledger: Conversation
) -> None:
    path = reverse("inbox:evidence", args=[ledger.contact_id, "pdf"])
    assert sign_in(other_agent).get(path).status_code == 404
    unknown = reverse("inbox:evidence", args=[ledger.contact_id, "exe"])
    assert sign_in(agent).get(unknown).status_code == 404


def test_the_last_look_at_the_chain_stands_beside_it(
    sign_in: SignIn, agent: Agent, ledger: Conversation
) -> None:
    client = sign_in(agent)
    assert "Last checked" not in client.get(url(ledger)).content.decode()
    LedgerCheck.objects.create(entries=3)
    assert "The chain holds" in client.get(url(ledger)).content.decode()
    LedgerCheck.objects.create(entries=3, broken="entry 2: …")
    assert "The chain is broken" in client.get(url(ledger)).content.decode()
