"""Who looks, who types, who is there: told live, over by itself, and only to who may know."""

from __future__ import annotations

import json
import time
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from asgiref.sync import sync_to_async
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from accounts.models import Agent, Availability, Team
from accounts.presence import IDLE_S, OPEN, State, _redis, note_open, presence_of
from conversations.models import Conversation, ConversationSeen
from inbox import hub, said, watching
from inbox.watching import Watcher, agents_watching, key_of, people_of
from tests import factories
from tests.inbox.conftest import SignIn
from tests.inbox.live_helpers import OpenInbox, session_of


class _Said:
    """Speaks as the page does."""

    def __init__(self, inbox: OpenInbox) -> None:
        self.inbox = inbox

    async def looking(self, conversation: Conversation | None) -> None:
        pk = str(conversation.pk) if conversation else None
        await self.raw(json.dumps({"type": "looking", "conversation": pk}))

    async def typing(self, conversation: Conversation, mode: str = "reply") -> None:
        words = {"type": "typing", "conversation": str(conversation.pk), "mode": mode}
        await self.raw(json.dumps(words))

    async def raw(self, text: str) -> None:
        await self.inbox.socket.send_to(text_data=text)

    async def watching(self, wanted: Any) -> dict[str, Any]:
        """The frame in which `wanted(people)` is true."""
        for _ in range(30):
            frame = await self.inbox.frame("watching")
            if wanted({one["name"]: one["mode"] for one in frame["people"]}):
                return frame
        raise AssertionError("never told")


@pytest.fixture
def tarek(team: Team) -> Agent:
    return factories.AgentFactory.create(name="Tarek Aydin", teams=[team])


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "BEAT_S", 0.1)
    monkeypatch.setattr(hub, "SETTLE_S", 0.05)
    monkeypatch.setattr(watching, "CALM_S", 0.05)


live = pytest.mark.usefixtures("_impatient")


@live
@pytest.mark.django_db(transaction=True)
async def test_who_reads_along_and_who_types_is_told(
    conversation: Conversation, agent: Agent, tarek: Agent
) -> None:
    async with (
        OpenInbox(await session_of(agent)) as mine,
        OpenInbox(await session_of(tarek)) as his,
    ):
        me, he = _Said(mine), _Said(his)
        await me.looking(conversation)
        await he.looking(conversation)
        await me.watching(lambda people: people == {"Anna Agent": "", "Tarek Aydin": ""})
        await he.typing(conversation)
        frame = await me.watching(lambda people: people.get("Tarek Aydin") == "reply")
        assert 0 < frame["typing_ms"] <= 6000
        await he.typing(conversation, "note")
        await me.watching(lambda people: people.get("Tarek Aydin") == "note")
        await he.looking(None)
        await me.watching(lambda people: people == {"Anna Agent": ""})


@live
@pytest.mark.django_db(transaction=True)
async def test_a_closed_page_is_gone(
    conversation: Conversation, agent: Agent, tarek: Agent
) -> None:
    async with OpenInbox(await session_of(agent)) as mine:
        me = _Said(mine)
        await me.looking(conversation)
        async with OpenInbox(await session_of(tarek)) as his:
            await _Said(his).looking(conversation)
            await me.watching(lambda people: "Tarek Aydin" in people)
        await me.watching(lambda people: "Tarek Aydin" not in people)


@live
@pytest.mark.django_db(transaction=True)
async def test_a_dead_process_disappears_by_itself(
    conversation: Conversation, agent: Agent
) -> None:
    dead = Watcher(99, "Geist", "G", "", 0.0, time.time() - watching.ALIVE_S - 1)
    here = Watcher(98, "Lena", "L", "", 0.0, time.time())
    for name, one in {"dead": dead, "here": here}.items():
        value = msgspec.json.encode(one)
        await sync_to_async(_redis().hset)(key_of(conversation.pk), name, value)
    async with OpenInbox(await session_of(agent)) as mine:
        me = _Said(mine)
        await me.looking(conversation)
        frame = await me.watching(lambda people: "Anna Agent" in people)
        assert {one["name"] for one in frame["people"]} == {"Anna Agent", "Lena"}
    fields = await sync_to_async(_redis().hkeys)(key_of(conversation.pk))
    assert fields == [b"here"]


@live
@pytest.mark.django_db(transaction=True)
async def test_who_may_not_see_it_neither_shows_nor_learns(
    conversation: Conversation, agent: Agent, other_agent: Agent
) -> None:
    async with (
        OpenInbox(await session_of(agent)) as mine,
        OpenInbox(await session_of(other_agent)) as theirs,
    ):
        me, they = _Said(mine), _Said(theirs)
        await they.looking(conversation)
        await they.typing(conversation)
        await me.looking(conversation)
        frame = await me.watching(lambda people: "Anna Agent" in people)
        assert len(frame["people"]) == 1
        assert await sync_to_async(agents_watching)([conversation.pk]) == {
            conversation.pk: {agent.pk}
        }


@live
@pytest.mark.django_db(transaction=True)
async def test_who_leaves_while_their_typing_is_told_stops_nothing(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with OpenInbox(await session_of(agent)) as inbox:
        await inbox.frame("hello")
        member = next(iter(hub.hub().members))
        member.looking = uuid4()
        nudged: list[set[UUID]] = []

        async def leave(*_: object) -> None:
            nudged.append({member.looking} if member.looking else set())
            member.looking = None

        async def nudge(conversations: set[UUID]) -> None:
            nudged.append(conversations)

        monkeypatch.setattr(hub.hub().watching, "type", leave)
        monkeypatch.setattr(hub.hub(), "_nudge", nudge)
        await hub.hub().type(member, "reply")
    assert nudged[0] == nudged[1]


@live
@pytest.mark.django_db(transaction=True)
async def test_the_read_only_role_types_nothing_and_leaves_no_trace(
    conversation: Conversation, agent: Agent, read_only: Agent
) -> None:
    async with (
        OpenInbox(await session_of(agent)) as mine,
        OpenInbox(await session_of(read_only)) as theirs,
    ):
        me, they = _Said(mine), _Said(theirs)
        await me.looking(conversation)
        await they.looking(conversation)
        await they.typing(conversation)
        frame = await me.watching(lambda people: "Rita Read" in people)
        assert {one["mode"] for one in frame["people"]} == {""}
    seen = ConversationSeen.objects.values_list("agent__name", flat=True)
    assert await sync_to_async(list)(seen) == ["Anna Agent"]


@live
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "{}",
        "[]",
        '{"type":"looking"}',
        '{"type":"looking","conversation":"1"}',
        '{"type":"typing","conversation":null,"mode":"reply"}',
        '{"type":"fly","conversation":null}',
        '{"type":"active","more":1}',
        '{"type":"status","status":"dead"}',
        '{"type":"active"' + " " * 300 + "}",
        "\ud83d",
    ],
)
async def test_what_nobody_understands_is_passed_over(agent: Agent, text: str) -> None:
    assert said.understand(text) is None
    if text and text.isascii():
        async with OpenInbox(await session_of(agent)) as inbox:
            await _Said(inbox).raw(text)
            assert await inbox.frame("hello")


def test_a_flood_is_let_through_in_part() -> None:
    throttle = said.Throttle()
    assert sum(throttle.allows() for _ in range(200)) == said.BURST


def test_an_agent_with_two_pages_is_one_person_who_types() -> None:
    now = 1000.0
    rows = [
        Watcher(1, "A", "A", "", 0.0, now),
        Watcher(1, "A", "A", "reply", now + 3, now),
        Watcher(2, "B", "B", "note", now - 1, now),
    ]
    people, left = people_of(rows, now)
    assert people == ((1, "A", "A", "reply"), (2, "B", "B", ""))
    assert left == 3


# -- Agents ----------------------------------------------------------------------------------------


def at_a_page(agent: Agent, idle_s: float = 0) -> None:
    now = time.time()
    with _redis().pipeline() as pipe:
        note_open(pipe, {agent.pk: now - idle_s}, now)
        pipe.execute()


def state_of(agent: Agent) -> State:
    return presence_of([agent.pk])[agent.pk].state


@pytest.mark.django_db
def test_online_away_offline(agent: Agent) -> None:
    assert state_of(agent) == State.OFFLINE
    at_a_page(agent)
    assert state_of(agent) == State.ONLINE
    Agent.objects.update(availability=Availability.AWAY)
    assert state_of(agent) == State.AWAY
    _redis().zadd(OPEN, {str(agent.pk): time.time() - 16})
    assert state_of(agent) == State.OFFLINE


@pytest.mark.django_db
def test_who_does_nothing_for_ten_minutes_is_away(agent: Agent) -> None:
    at_a_page(agent, idle_s=IDLE_S + 1)
    assert state_of(agent) == State.AWAY


@pytest.mark.django_db
def test_presence_of_many_is_one_query(django_assert_num_queries: Any) -> None:
    agents = [factories.AgentFactory.create(capacity=3) for _ in range(5)]
    with django_assert_num_queries(1):
        found = presence_of([one.pk for one in agents] + [10**6])
    assert {one.capacity for one in found.values()} == {3}
    assert len(found) == 5


@pytest.mark.django_db
def test_one_says_so_oneself(sign_in: SignIn, read_only: Agent) -> None:
    browser = sign_in(read_only)
    url = reverse("inbox:availability")
    assert browser.get(url).status_code == 405
    assert browser.post(url, {"availability": "away"}, HTTP_X_REQUESTED_WITH="f").status_code == 204
    assert browser.post(url, {"availability": "dead", "next": "//evil"}).headers["Location"] == "/"
    read_only.refresh_from_db()
    assert read_only.availability == "away"
    assert Client().post(url).status_code == 401


@pytest.mark.django_db
def test_the_team_page_is_the_leads(
    sign_in: SignIn, lead: Agent, agent: Agent, conversation: Conversation
) -> None:
    Conversation.objects.update(assignee=agent)
    assert sign_in(agent).get(reverse("inbox:team")).status_code == 404
    browser = sign_in(lead)
    page = browser.get(reverse("inbox:team")).content.decode()
    assert "Anna Agent" in page
    url = reverse("inbox:capacity", args=[agent.pk])
    assert browser.post(url, {"capacity": "7"}).status_code == 302
    assert browser.post(url, {"capacity": "-1"}).status_code == 422
    assert browser.post(url, {"capacity": "²"}).status_code == 422
    assert sign_in(agent).post(url, {"capacity": "9"}).status_code == 404
    agent.refresh_from_db()
    assert agent.capacity == 7
    [entry] = LogEntry.objects.all()  # only what was changed, with who did it
    assert (entry.object_id, entry.get_change_message()) == (
        str(agent.pk),
        "Changed conversations at once.",
    )


@pytest.mark.django_db
def test_who_saw_it_last_is_said(
    sign_in: SignIn, conversation: Conversation, agent: Agent, tarek: Agent, other_agent: Agent
) -> None:
    seen_at = conversation.created_at
    ConversationSeen.objects.create(conversation=conversation, agent=tarek, seen_at=seen_at)
    url = reverse("inbox:seen", args=[conversation.pk])
    assert "Tarek Aydin" in sign_in(agent).get(url).content.decode()
    assert sign_in(tarek).get(url).content.decode().strip() == ""
    assert sign_in(other_agent).get(url).status_code == 404
    assert sign_in(agent).post(url).status_code == 405
