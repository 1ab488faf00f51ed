"""The search page and the search inside one conversation."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.models import Agent
from contacts.attribute_models import ContactNote
from conversations.models import Conversation
from conversations.search import index
from inbox.search_words import hits_words
from tests import factories
from tests.inbox.conftest import SignIn

pytestmark = pytest.mark.django_db


def test_hits_come_with_their_lines_and_marks(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    factories.MessageFactory.create(conversation=conversation, text="Moin!")
    hit = factories.MessageFactory.create(
        conversation=conversation, text="Mein <b>Rucksack</b> ist weg"
    )
    factories.MessageFactory.create(conversation=conversation, text="Hilfe")
    page = sign_in(agent).get("/search/", {"q": "rucksack "})
    words = page.content.decode()
    assert "&lt;b&gt;<mark>Rucksack</mark>&lt;/b&gt;" in words
    assert f"/conversations/{conversation.pk}/?at={hit.pk}" in words
    assert "Moin!" in words
    assert "Hilfe" in words


def test_contacts_notes_and_files_have_their_places(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    factories.NoteFactory.create(conversation=conversation, text="Karla ruft an")
    message = factories.MessageFactory.create(conversation=conversation, text="", type="document")
    factories.MediaFactory.create(message=message, filename="Karla.pdf")
    client = sign_in(agent)
    everything = client.get("/search/", {"q": "karla"}).content.decode()
    assert "Karla Kundin" in everything
    assert "Karla.pdf" in everything
    assert "<mark>Karla</mark> ruft an" in everything
    for kind, there in (("contacts", "Karla Kundin"), ("files", "Karla.pdf"), ("notes", "ruft")):
        assert there in client.get("/search/", {"q": "karla", "in": kind}).content.decode()


def test_a_contact_says_by_what_it_was_found(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    ContactNote.objects.create(
        contact=conversation.contact, text="Mag <b>Tee</b> aus Husum", created_at=timezone.now()
    )
    words = sign_in(agent).get("/search/", {"q": "husum"}).content.decode()
    assert "Karla Kundin" in words
    assert "Note on the person: Mag &lt;b&gt;Tee&lt;/b&gt; aus Husum" in words


def test_what_others_have_is_not_found(
    sign_in: SignIn, other_agent: Agent, conversation: Conversation
) -> None:
    factories.MessageFactory.create(conversation=conversation, text="Geheimnis")
    words = sign_in(other_agent).get("/search/", {"q": "geheimnis"}).content.decode()
    assert "<mark>" not in words
    assert "Nothing for" in words


def test_read_only_agents_may_search(
    sign_in: SignIn, read_only: Agent, conversation: Conversation
) -> None:
    factories.MessageFactory.create(conversation=conversation, text="Fundstück")
    assert b"<mark>" in sign_in(read_only).get("/search/", {"q": "fundstück"}).content


def test_only_looking(sign_in: SignIn, agent: Agent, conversation: Conversation) -> None:
    client = sign_in(agent)
    for path in ("/search/", "/palette/", f"/conversations/{conversation.pk}/find/"):
        assert client.post(path).status_code == 405


def test_nobody_searches_without_signing_in(client: object) -> None:
    from django.test import Client  # noqa: PLC0415

    assert Client().get("/search/").status_code == 302


def test_what_is_not_understood_is_said(sign_in: SignIn, agent: Agent) -> None:
    words = sign_in(agent).get("/search/", {"q": "vor:bald foo:bar moin"}).content.decode()
    assert "vor:bald" in words
    assert "foo:" in words


def test_chips_lead_to_the_query_without_them(sign_in: SignIn, agent: Agent) -> None:
    words = sign_in(agent).get("/search/", {"q": "moin ist:offen"}).content.decode()
    assert 'href="/search/?q=moin"' in words


def test_did_you_mean(sign_in: SignIn, agent: Agent, conversation: Conversation) -> None:
    words = sign_in(agent).get("/search/", {"q": "Kalra Kundin"}).content.decode()
    assert "Did you mean" in words
    assert "Karla Kundin" in words


def test_a_search_that_takes_too_long_says_so(
    sign_in: SignIn,
    agent: Agent,
    conversation: Conversation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        index, "_STEMS", "SELECT pg_sleep(3)::text, true WHERE %(wanted)s <> %(excluded)s"
    )
    monkeypatch.setattr("inbox.views.search.limited_time", lambda *_: index.limited_time(50))
    answer = sign_in(agent).get("/search/", {"q": "moin"})
    assert answer.status_code == 200
    assert "takes too long" in answer.content.decode()


def test_the_page_costs_the_same_whatever_it_finds(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    client = sign_in(agent)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/search/", {"q": "zug "}).status_code == 200
        return len(queries)

    for one in (conversation, factories.ConversationFactory.create()):
        factories.MessageFactory.create(conversation=one, text="Zug")
        factories.NoteFactory.create(conversation=one, text="Zug")
    few = count()
    for number in range(8):
        other = factories.ConversationFactory.create(
            contact=factories.ContactFactory.create(name=f"Zug {number}")
        )
        factories.MessageFactory.create(conversation=other, text="Zug")
    # One more: what contacts are known by.
    assert count() <= few + 3


def test_find_names_the_places_in_one_conversation(
    sign_in: SignIn, agent: Agent, other_agent: Agent, conversation: Conversation
) -> None:
    message = factories.MessageFactory.create(conversation=conversation, text="Zug")
    note = factories.NoteFactory.create(conversation=conversation, text="Züge")
    factories.MessageFactory.create(conversation=factories.ConversationFactory.create(), text="Zug")
    path = f"/conversations/{conversation.pk}/find/"
    found = sign_in(agent).get(path, {"q": "zug"}).json()
    assert set(found["ids"]) == {f"message-{message.pk}", f"note-{note.pk}"}
    assert not found["more"]
    assert sign_in(agent).get(path, {"q": " "}).json() == {"ids": [], "more": False}
    assert sign_in(other_agent).get(path, {"q": "zug"}).status_code == 404


@pytest.mark.parametrize(
    ("counted", "shown", "said"),
    [
        ([31, 2, 4, 0], 30, "37 hits"),
        ([1], 1, "1 hit"),
        ([0, 0, 0, 0], 0, "0 hits"),
        ([1001, 2, 4, 0], 30, "more than 1,006 hits"),
        ([None, 2, 4, 0], 30, "more than 30 hits"),
        ([None], 1, "more than 1 hit"),
        ([None], 0, ""),
    ],
)
def test_hits_are_said_as_far_as_they_were_counted(
    counted: list[int | None], shown: int, said: str
) -> None:
    with translation.override("en"):
        assert hits_words(counted, 1000, shown) == said


def test_the_number_of_hits_comes_after_the_answer_and_is_read_out(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    for _each in range(2):
        factories.MessageFactory.create(conversation=conversation, text="Mein Rucksack")
    factories.NoteFactory.create(conversation=conversation, text="Kein Rucksack")
    client = sign_in(agent)
    page = client.get("/search/", {"q": "rucksack "}).content.decode()
    assert 'hx-get="/search/counts/?q=rucksack&amp;in=&amp;shown=3&amp;ms=' in page

    def counted(**query: str) -> str:
        return client.get("/search/counts/", {"ms": "12", **query}).content.decode()

    everything = counted(q="rucksack ")
    assert 'data-said="3 hits"' in everything
    assert "3 hits in 12 ms" in everything
    assert 'data-said="1 hit"' in counted(q="rucksack ", **{"in": "notes"})
    assert 'data-said="0 hits"' in counted(q="kofferraum ")
    assert 'data-said=""' in counted(q="")
    assert "0 hits in 0 ms" in counted(q="kofferraum ", ms="<b>1", shown="9" * 30)
    assert client.post("/search/counts/").status_code == 405


def test_what_others_have_is_not_counted(
    sign_in: SignIn, other_agent: Agent, conversation: Conversation
) -> None:
    factories.MessageFactory.create(conversation=conversation, text="Mein Rucksack")
    answer = sign_in(other_agent).get("/search/counts/", {"q": "rucksack "})
    assert 'data-said="0 hits"' in answer.content.decode()
