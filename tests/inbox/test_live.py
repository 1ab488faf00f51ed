"""What the worker draws and publishes of an event, and that nothing of it can stop the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from pytest_django import DjangoAssertNumQueries
from redis.exceptions import ConnectionError as RedisConnectionError

from accounts.models import Agent, Team
from conversations.access import Scope
from conversations.dispatch import dispatch_events
from conversations.events import record
from conversations.models import Conversation, Event, EventName
from conversations.services.lifecycle import assign_conversation, assign_team
from conversations.services.notes import write_note
from inbox import frames, live
from inbox.frames import Envelope, Place, Telling, envelopes_of, events_between
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What would have gone to Redis."""
    messages: list[dict[str, Any]] = []

    def publish(message: dict[str, Any]) -> bool:
        messages.append(message)
        return True

    monkeypatch.setattr(live, "publish", publish)
    return messages


def received(conversation: Conversation, text: str = "Hello") -> Event:
    message = factories.MessageFactory.create(conversation=conversation, text=text)
    return record(EventName.MESSAGE_RECEIVED, conversation, message=message)


def drawn(*languages: str) -> list[Envelope]:
    """Envelopes of everything that happened."""
    dispatch_events()
    return envelopes_of(events_between(0, 1000), languages or ("en",))


def test_a_line_that_names_its_message_is_drawn_beside_it(conversation: Conversation) -> None:
    message = received(conversation, "STOPP").message
    data: dict[str, object] = {"change": "withdrawn", "topics": [""]}
    record(EventName.CONSENT_CHANGED, conversation, message=message, data=data)
    bubble, line = drawn()
    assert 'class="msg' in bubble.html["en"]["item"]
    assert "STOPP" in bubble.html["en"]["item"]
    assert "withdrew every consent" in line.html["en"]["item"]
    assert "msg" not in line.html["en"]["item"]
    assert (bubble.message, line.message) == (str(message.pk), "")  # type: ignore[union-attr]


# -- When it is worth the work ---------------------------------------------------------------------


def test_nothing_is_drawn_when_no_page_is_open(
    conversation: Conversation, published: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "render_to_string", None)  # would fail
    received(conversation)
    dispatch_events()
    assert published == []


def test_only_languages_somebody_reads_are_drawn(
    conversation: Conversation, published: list[dict[str, Any]]
) -> None:
    live.listen(["de"])
    received(conversation)
    dispatch_events()
    assert live.languages_listening() == ["de"]
    assert len(published) == 1


def test_a_large_batch_is_published_in_pieces(
    conversation: Conversation, published: list[dict[str, Any]]
) -> None:
    live.listen(["en"])
    for _ in range(live.ENVELOPES_PER_MESSAGE + 1):
        received(conversation)
    dispatch_events()
    assert len(published) == 2


def test_redis_away_is_no_error(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise RedisConnectionError

    monkeypatch.setattr(cache, "get_many", away)
    received(conversation)
    dispatch_events()
    assert Event.objects.filter(dispatched_at=None).count() == 0


def test_publishing_without_redis_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        async def group_send(self, *_: object) -> None:
            raise RedisConnectionError

    monkeypatch.setattr(live, "get_channel_layer", Away)
    assert live.publish({"type": "inbox.batch"}) is False


# -- What an envelope holds ------------------------------------------------------------------------


def test_an_envelope_names_message_wamid_text_and_status(conversation: Conversation) -> None:
    event = received(conversation, "Is it late?")
    (envelope,) = drawn()
    assert event.message is not None
    assert envelope.sequence == 1
    assert envelope.name == "message.received"
    assert (envelope.message, envelope.wamid) == (str(event.message.pk), event.message.wamid)
    assert (envelope.text, envelope.status) == ("Is it late?", "received")
    assert envelope.place == Place(conversation.team_id, None, conversation.business_number_id)
    assert f'id="message-{event.message.pk}"' in envelope.html["en"]["item"]
    assert f'id="conversation-{conversation.pk}"' in envelope.html["en"]["row"]


def test_fragments_are_drawn_in_every_language_asked_for(conversation: Conversation) -> None:
    received(conversation)
    (envelope,) = drawn("de", "en")
    assert set(envelope.html) == {"de", "en"}


def test_a_row_is_drawn_once_for_the_last_event_of_its_conversation(
    conversation: Conversation,
) -> None:
    other = factories.ConversationFactory.create()
    received(conversation)
    received(other)
    received(conversation)
    rows = ["row" in envelope.html["en"] for envelope in drawn()]
    assert rows == [False, True, True]


def test_a_message_is_drawn_once_for_its_last_event(conversation: Conversation) -> None:
    event = received(conversation)
    record(EventName.MESSAGE_CHANGED, conversation, message=event.message)
    items = ["item" in envelope.html["en"] for envelope in drawn()]
    assert items == [False, True]


def test_what_stands_in_the_thread_is_drawn_and_what_does_not_is_not(
    conversation: Conversation, agent: Agent
) -> None:
    write_note(conversation, "Ask the depot", by=agent, client_uuid=uuid4())
    assign_conversation(conversation, agent, by=agent)
    record(EventName.CONVERSATION_READ, conversation, by=agent)
    note, assigned, read = (envelope.html["en"] for envelope in drawn())
    assert "Ask the depot" in note["item"]
    assert "took over" in assigned["item"]
    assert "item" not in read


def test_markup_of_a_customer_is_text(conversation: Conversation) -> None:
    received(conversation, "<script>alert(1)</script>")
    (envelope,) = drawn()
    assert "<script>" not in str(envelope.html)
    assert "&lt;script&gt;" in envelope.html["en"]["item"]


def test_a_fragment_that_cannot_be_drawn_is_left_out_and_stops_nothing(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    render = frames.render_to_string

    def broken(template: str, context: dict[str, object]) -> str:
        if template == "inbox/bubble.html":
            raise ValueError
        return render(template, context)

    monkeypatch.setattr(frames, "render_to_string", broken)
    received(conversation)
    (envelope,) = drawn()
    assert envelope.html["en"].keys() == {"row"}
    assert envelope.text == "Hello"


def test_an_event_of_a_conversation_deleted_meanwhile_is_left_out(
    conversation: Conversation, agent: Agent
) -> None:
    assign_conversation(conversation, agent, by=agent)
    dispatch_events()
    events = events_between(0, 10)
    Event.objects.all().delete()
    conversation.delete()
    assert envelopes_of(events, ["en"]) == []


def test_many_events_cost_few_queries(
    conversation: Conversation,
    agent: Agent,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(20):
        received(factories.ConversationFactory.create())
        received(conversation)
        write_note(conversation, "One more", by=agent)
    dispatch_events()
    events = events_between(0, 1000)
    with django_assert_max_num_queries(7):
        envelopes = envelopes_of(events, ["de", "en"])
    assert len(envelopes) == len(events)


# -- Who is told -----------------------------------------------------------------------------------


@pytest.fixture
def envelope() -> Callable[..., Envelope]:
    def make(place: Place, before: Place | None = None) -> Envelope:
        return Envelope(
            sequence=7,
            name="conversation.assigned",
            conversation="c",
            place=place,
            at="2026-11-22T10:00:00+00:00",
            before=before,
            html={"en": {"row": "<li></li>"}},
        )

    return make


HERE = Scope(
    agent_id=1,
    everything=False,
    all_teams=False,
    team_ids=frozenset({1}),
    closed_numbers=frozenset({8}),
)


@pytest.mark.parametrize(
    ("place", "before", "kind"),
    [
        (Place(1, None, 7), None, '"event"'),
        (Place(None, None, 7), None, '"event"'),
        (Place(2, 1, 7), None, '"event"'),
        (Place(2, 9, 7), None, None),
        (Place(1, None, 8), None, None),
        (Place(1, None, 8), Place(1, None, 7), '"conversation.removed"'),
        (Place(2, None, 7), Place(1, None, 7), '"conversation.removed"'),
        (Place(1, None, 7), Place(2, None, 7), '"event"'),
        (Place(2, 9, 7), Place(2, None, 7), None),
        (Place(2, 9, 7), Place(2, 1, 7), '"conversation.removed"'),
    ],
)
def test_an_agent_is_told_what_they_see_and_what_they_see_no_more(
    envelope: Callable[..., Envelope], place: Place, before: Place | None, kind: str | None
) -> None:
    frame = Telling(envelope(place, before)).frame_for(HERE, "en")
    assert (kind in frame) if frame and kind else frame is kind


def test_moving_between_teams_names_where_it_was(
    conversation: Conversation, lead: Agent, team: Team
) -> None:
    elsewhere = factories.TeamFactory.create()
    assign_team(conversation, elsewhere, by=lead)
    (envelope,) = drawn()
    number = conversation.business_number_id
    assert envelope.before == Place(team.pk, None, number)
    assert envelope.place == Place(elsewhere.pk, None, number)
