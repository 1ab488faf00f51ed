"""`/ws/inbox/`: who may listen, who hears what, and that nothing is ever missed."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import Agent, Role, Team
from conversations.events import record
from conversations.models import Conversation, Event, EventName
from conversations.services.lifecycle import assign_team
from conversations.services.notes import write_note
from inbox import hub, live
from tests import factories
from tests.inbox.live_helpers import OpenInbox, dispatch, session_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "BEAT_S", 0.1)
    monkeypatch.setattr(hub, "SETTLE_S", 0.05)


@sync_to_async
def happens(conversation: Conversation, text: str = "Hello") -> str:
    """A customer writes; the wamid."""
    message = factories.MessageFactory.create(conversation=conversation, text=text)
    record(EventName.MESSAGE_RECEIVED, conversation, message=message)
    assert message.wamid
    return str(message.wamid)


# -- Who may listen --------------------------------------------------------------------------------


async def test_without_a_login_it_closes_with_4401() -> None:
    async with OpenInbox("nosuchsession") as inbox:
        assert await inbox.closing_code() == 4401


async def test_a_page_of_another_origin_is_closed_with_4403(agent: Agent) -> None:
    async with OpenInbox(await session_of(agent), origin="https://evil.example") as inbox:
        assert await inbox.closing_code() == 4403


@pytest.mark.parametrize("origin", ["http://testserver", "https://testserver"])
async def test_our_own_page_may_listen(agent: Agent, origin: str) -> None:
    async with OpenInbox(await session_of(agent), origin=origin) as inbox:
        assert (await inbox.frame("hello"))["sequence"] == 0


async def test_a_trusted_origin_may_listen(agent: Agent, settings: object) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.example.com"]  # type: ignore[attr-defined]
    async with OpenInbox(await session_of(agent), origin="https://desk.example.com") as inbox:
        assert await inbox.frame("hello")


async def test_another_port_of_our_host_is_another_origin(agent: Agent) -> None:
    async with OpenInbox(await session_of(agent), origin="http://testserver:8001") as inbox:
        assert await inbox.closing_code() == 4403


async def test_logging_out_closes_the_connection(agent: Agent) -> None:
    client = Client()
    await sync_to_async(client.force_login)(agent)
    async with OpenInbox(client.cookies["sessionid"].value) as inbox:
        await inbox.frame("hello")
        await sync_to_async(client.logout)()
        assert await inbox.closing_code() == 4401


async def test_deactivating_an_agent_closes_their_connection(agent: Agent) -> None:
    async with OpenInbox(await session_of(agent)) as inbox:
        await inbox.frame("hello")
        agent.is_active = False
        await sync_to_async(agent.save)()
        assert await inbox.closing_code() == 4401


async def test_a_session_that_expires_closes_within_a_look(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "LOOK_AGAIN_S", 0.1)
    async with OpenInbox(await session_of(agent)) as inbox:
        await inbox.frame("hello")
        await sync_to_async(Session.objects.all().delete)()
        assert await inbox.closing_code() == 4401


# -- Who hears what --------------------------------------------------------------------------------


async def test_a_customers_message_is_told_with_wamid_text_and_fragments(
    conversation: Conversation, agent: Agent
) -> None:
    async with OpenInbox(await session_of(agent)) as inbox:
        await inbox.frame("hello")
        wamid = await happens(conversation, "Where is my train?")
        await dispatch()

        frame = await inbox.frame()

    assert frame["name"] == "message.received"
    assert frame["wamid"] == wamid
    assert frame["text"] == "Where is my train?"
    assert frame["conversation"] == str(conversation.pk)
    assert "Where is my train?" in frame["html"]["item"]
    assert f'id="conversation-{conversation.pk}"' in frame["html"]["row"]


async def test_each_agent_reads_their_own_language(conversation: Conversation, team: Team) -> None:
    german = await sync_to_async(factories.AgentFactory.create)(language="de", teams=[team])
    english = await sync_to_async(factories.AgentFactory.create)(language="en", teams=[team])
    async with (
        OpenInbox(await session_of(german)) as inbox_de,
        OpenInbox(await session_of(english)) as inbox_en,
    ):
        await inbox_de.frame("hello")
        await inbox_en.frame("hello")
        await sync_to_async(write_note)(conversation, "Ticket 17", by=english)
        await dispatch()
        row_de = (await inbox_de.frame())["html"]
        row_en = (await inbox_en.frame())["html"]

    assert "Ticket 17" in row_de["item"]
    assert "Ticket 17" in row_en["item"]
    assert "Unassigned" in row_en["row"]


async def test_another_teams_conversation_is_not_told(
    conversation: Conversation, agent: Agent, other_agent: Agent
) -> None:
    async with (
        OpenInbox(await session_of(other_agent)) as others,
        OpenInbox(await session_of(agent)) as ours,
    ):
        await others.frame("hello")
        await ours.frame("hello")
        await happens(conversation)
        await dispatch()
        assert await ours.frame()
        assert await others.frames_until(1) == []


async def test_handing_over_removes_it_here_and_shows_it_there(
    conversation: Conversation, agent: Agent, other_agent: Agent, lead: Agent
) -> None:
    elsewhere = await sync_to_async(other_agent.teams.get)()
    async with (
        OpenInbox(await session_of(agent)) as here,
        OpenInbox(await session_of(other_agent)) as there,
    ):
        await here.frame("hello")
        await there.frame("hello")
        await sync_to_async(assign_team)(conversation, elsewhere, by=lead)
        await dispatch()

        assert (await here.frame("conversation.removed"))["conversation"] == str(conversation.pk)
        assert "row" in (await there.frame())["html"]


async def test_a_change_of_role_loads_the_page_afresh(
    conversation: Conversation, other_agent: Agent
) -> None:
    async with OpenInbox(await session_of(other_agent)) as inbox:
        await inbox.frame("hello")
        other_agent.role = Role.LEAD
        await sync_to_async(other_agent.save)()
        await inbox.frame("reload")
        await happens(conversation)
        await dispatch()
        assert await inbox.frame()


# -- Nothing is missed -----------------------------------------------------------------------------


async def test_since_makes_good_what_was_missed_in_order(
    conversation: Conversation, agent: Agent
) -> None:
    wamids = [await happens(conversation, f"Message {number}") for number in range(5)]
    await dispatch()

    async with OpenInbox(await session_of(agent), "?since=2") as inbox:
        frames = await inbox.frames_until(5)

    assert [frame["sequence"] for frame in frames] == [3, 4, 5]
    assert [frame["wamid"] for frame in frames] == wamids[2:]


async def test_since_shows_only_what_the_agent_may_see(
    conversation: Conversation, other_agent: Agent
) -> None:
    await happens(conversation)
    await dispatch()
    async with OpenInbox(await session_of(other_agent), "?since=0") as inbox:
        assert await inbox.frames_until(1) == []


@pytest.mark.parametrize("since", ["-1", "x", "", "9" * 40, "1.5"])
async def test_a_since_that_makes_no_sense_is_passed_over(agent: Agent, since: str) -> None:
    async with OpenInbox(await session_of(agent), f"?since={since}") as inbox:
        assert await inbox.frames_until(0) == []


async def test_too_much_missed_loads_the_page_afresh(
    conversation: Conversation, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "REPLAY_LIMIT", 2)
    for _ in range(3):
        await happens(conversation)
    await dispatch()
    async with OpenInbox(await session_of(agent), "?since=0") as inbox:
        assert [frame["type"] for frame in await inbox.frames_until(3)] == ["reload"]


async def test_a_number_from_the_future_loads_the_page_afresh(agent: Agent) -> None:
    async with OpenInbox(await session_of(agent), "?since=99") as inbox:
        assert [frame["type"] for frame in await inbox.frames_until(0)] == ["reload"]


async def test_what_was_never_published_comes_with_the_next_beat(
    conversation: Conversation, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with OpenInbox(await session_of(agent)) as inbox:
        await inbox.frame("hello")
        monkeypatch.setattr(live, "publish", lambda message: False)
        wamid = await happens(conversation)
        await dispatch()
        assert (await inbox.frame())["wamid"] == wamid


async def test_a_gap_is_filled_before_what_comes_after_it(
    conversation: Conversation, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "BEAT_S", 60)
    async with OpenInbox(await session_of(agent)) as inbox:
        await inbox.frame("hello")
        with monkeypatch.context() as lost:
            lost.setattr(live, "publish", lambda message: False)
            await happens(conversation, "lost on the way")
            await dispatch()
        await happens(conversation, "arrived")
        await dispatch()
        frames = [await inbox.frame(), await inbox.frame()]

    assert [frame["text"] for frame in frames] == ["lost on the way", "arrived"]
    assert [frame["sequence"] for frame in frames] == [1, 2]


async def test_a_batch_delivered_twice_is_told_once(
    conversation: Conversation, agent: Agent
) -> None:
    async with OpenInbox(await session_of(agent)) as inbox:
        await inbox.frame("hello")
        await happens(conversation)
        await dispatch()
        events = await sync_to_async(lambda: list(Event.objects.all()))()
        await sync_to_async(live.announce_events)(events)
        assert len(await inbox.frames_until(1)) == 1


@pytest.mark.parametrize(
    "message",
    [
        {"type": "inbox.batch", "envelopes": b"\xc1"},
        {"type": "inbox.watched", "conversations": ["None"]},
    ],
)
async def test_a_message_that_nobody_understands_stops_nothing(
    conversation: Conversation,
    agent: Agent,
    message: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hub, "BEAT_S", 60.0)  # or the beat would make up for it
    async with OpenInbox(await session_of(agent)) as inbox:
        await inbox.frame("hello")
        await get_channel_layer().group_send(live.GROUP, message)
        await happens(conversation)
        await dispatch()
        assert await inbox.frame()


async def test_a_browser_that_reads_nothing_is_told_to_load_afresh_and_holds_nobody_up(
    conversation: Conversation, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inbox.member.QUEUE_LENGTH", 3)
    async with OpenInbox(await session_of(agent)) as slow:
        await slow.frame("hello")
        stuck = next(iter(hub.hub().members))
        stuck.queue = type(stuck.queue)()  # nobody takes from this one
        async with OpenInbox(await session_of(agent)) as quick:
            await quick.frame("hello")
            for _ in range(5):
                await happens(conversation)
                await dispatch()
                assert await quick.frame()
    waiting = [str(stuck.queue.get_nowait()) for _ in range(stuck.queue.qsize())]
    assert len(waiting) <= 3
    assert any('"reload"' in frame for frame in waiting)
