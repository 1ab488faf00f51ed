"""One event to many browsers: drawn once per language, and a browser that takes nothing costs
nobody else anything."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext

from accounts.models import Agent, Team
from conversations.access import Scope
from conversations.events import record
from conversations.models import Conversation, EventName
from inbox import frames, hub
from inbox.consumers import InboxConsumer
from inbox.frames import Envelope, Place, Telling
from tests import factories
from tests.inbox.live_helpers import OpenInbox, dispatch, session_of

pytestmark = pytest.mark.django_db(transaction=True)

GERMANS, ENGLISH = 5, 3


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "BEAT_S", 0.1)
    monkeypatch.setattr(hub, "SETTLE_S", 0.05)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each template was drawn for live updates."""
    counted: Counter[str] = Counter()
    draw = render_to_string

    def counting(template: str, context: dict[str, Any]) -> str:
        counted[template] += 1
        return draw(template, context)

    monkeypatch.setattr(frames, "render_to_string", counting)
    return counted


@sync_to_async
def writes(conversation: Conversation) -> None:
    message = factories.MessageFactory.create(conversation=conversation)
    record(EventName.MESSAGE_RECEIVED, conversation, message=message)


@sync_to_async
def colleagues(team: Team, language: str, number: int) -> list[Agent]:
    return [factories.AgentFactory.create(teams=[team], language=language) for _ in range(number)]


@pytest.mark.parametrize("many", [False, True])
async def test_a_fragment_is_drawn_once_per_language_not_per_agent(
    conversation: Conversation, team: Team, drawn: Counter[str], *, many: bool
) -> None:
    people = await colleagues(team, "de", GERMANS if many else 1)
    people += await colleagues(team, "en", ENGLISH if many else 1)
    inboxes = [OpenInbox(await session_of(one)) for one in people]
    async with asyncio.TaskGroup() as coming:
        for inbox in inboxes:
            coming.create_task(inbox.__aenter__())
    try:
        for inbox in inboxes:
            await inbox.frame("hello")
        await writes(conversation)
        await dispatch()
        told = [(await inbox.frame())["html"] for inbox in inboxes]
    finally:
        for inbox in inboxes:
            await inbox.__aexit__()
    assert len({html["row"] for html in told}) == 2
    assert drawn == {"inbox/row.html": 2, "inbox/bubble.html": 2}


def test_handing_out_asks_the_database_nothing_and_encodes_once_per_language() -> None:
    html = {language: {"row": f"<li>{language}</li>"} for language in ("de", "en")}
    envelope = Envelope(7, "message.received", "c", Place(1, None, 7), "now", html=html)
    telling = Telling(envelope)
    scopes = [Scope(number, False, False, frozenset({1}), frozenset()) for number in range(200)]
    with CaptureQueriesContext(connection) as queries:
        told = [telling.frame_for(scope, language) for scope in scopes for language in html]
    assert len(queries) == 0
    assert len({id(frame) for frame in told}) == 2


async def test_a_browser_that_takes_nothing_keeps_nobody_waiting(
    conversation: Conversation, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection never gets a frame through; the others get theirs, and in order."""
    monkeypatch.setattr("inbox.member.QUEUE_LENGTH", 3)
    send: Callable[..., Any] = InboxConsumer.send
    deaf: list[InboxConsumer] = []
    stuck = asyncio.Event()

    async def sending(consumer: InboxConsumer, **frame: str) -> None:
        if consumer in deaf:
            stuck.set()
            await asyncio.Event().wait()
        if not deaf:
            deaf.append(consumer)
        await send(consumer, **frame)

    monkeypatch.setattr(InboxConsumer, "send", sending)
    async with OpenInbox(await session_of(agent)) as slow, asyncio.timeout(20):
        await slow.frame("hello")
        await stuck.wait()  # with the next sign of life
        async with OpenInbox(await session_of(agent)) as quick:
            await quick.frame("hello")
            sequences = []
            for _ in range(8):
                await writes(conversation)
                await dispatch()
                sequences.append((await quick.frame())["sequence"])
        assert sequences == list(range(1, 9))
        member = deaf[0].member
        assert member is not None
        waiting = [str(member.queue.get_nowait()) for _ in range(member.queue.qsize())]
    assert len(waiting) <= 3
    assert "reload" in {json.loads(frame)["type"] for frame in waiting}
