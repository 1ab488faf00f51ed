"""The live socket tells each role what is theirs, of every kind of event there is."""

from __future__ import annotations

import json

import pytest
from asgiref.sync import sync_to_async

from accounts.models import Role
from conversations.events import record
from conversations.models import Event, EventName
from inbox import hub
from inbox.routing import websocket_urlpatterns
from tests.access.world import SECRET, World, build_world
from tests.inbox.live_helpers import OpenInbox, dispatch, session_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "BEAT_S", 0.1)
    monkeypatch.setattr(hub, "SETTLE_S", 0.05)


def test_every_socket_is_walked() -> None:
    """A new one needs a test of its own here."""
    assert [str(route.pattern) for route in websocket_urlpatterns] == ["ws/inbox/"]


@sync_to_async
def everything_happens(world: World) -> int:
    """Every kind of event in the hidden conversation, then one in the other; the last number."""
    hidden = world.elsewhere
    for name in EventName:
        record(name, hidden, message=hidden.last_message)
        record(name, hidden, note=hidden.notes.first())
        record(name, hidden)
    record(EventName.MESSAGE_RECEIVED, world.conversation, message=world.conversation.last_message)
    return Event.objects.count()


@pytest.mark.parametrize("role", [Role.READ_ONLY, Role.AGENT, Role.LEAD])
async def test_nothing_of_another_teams_customer_is_told(role: str) -> None:
    world = await sync_to_async(build_world)()
    before = await Event.objects.acount()
    async with OpenInbox(await session_of(world.agents[role])) as inbox:
        await inbox.frame("hello")
        last = await everything_happens(world)
        await dispatch()
        told = await inbox.frames_until(last)
    assert last > before + 3 * len(EventName)
    assert {frame["conversation"] for frame in told} == {str(world.conversation.pk)}
    assert SECRET not in json.dumps(told)
    assert str(world.elsewhere.pk) not in json.dumps(told)


async def test_an_admin_is_told_of_it() -> None:
    world = await sync_to_async(build_world)()
    async with OpenInbox(await session_of(world.agents[Role.ADMIN])) as inbox:
        await inbox.frame("hello")
        last = await everything_happens(world)
        await dispatch()
        assert SECRET in json.dumps(await inbox.frames_until(last))
