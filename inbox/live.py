"""Announcing what happened to every open inbox: rendered here, in the worker, once per language.

One batch is one message to the Channels group. Nothing here is needed for a browser to become
true: what is not published, because Redis is away or nobody listened, the hub of each web process
(`inbox/hub.py`) finds by its number in the database.
"""

from __future__ import annotations

import logging
from functools import partial

import msgspec
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.core.cache import cache
from django.db import transaction
from django.db.models.signals import m2m_changed, post_save
from redis.exceptions import RedisError

from accounts.models import Agent
from conversations.events import events_dispatched
from conversations.models import BusinessNumber, Event
from inbox.frames import Envelope, envelopes_of

logger = logging.getLogger(__name__)

GROUP = "inbox"
LISTENING_S = 30
# A group message is held in memory by every web process at once.
ENVELOPES_PER_MESSAGE = 20


def connect() -> None:
    """Listen to the core and to changes of accounts; called once, when Django is ready."""
    events_dispatched.connect(announce_events, dispatch_uid="inbox.live")
    post_save.connect(_agent_saved, sender=Agent, dispatch_uid="inbox.agent_saved")
    m2m_changed.connect(
        _agents_changed, sender=Agent.teams.through, dispatch_uid="inbox.agent_teams"
    )
    m2m_changed.connect(
        _agents_changed, sender=BusinessNumber.teams.through, dispatch_uid="inbox.number_teams"
    )
    user_logged_out.connect(_agents_changed, dispatch_uid="inbox.logged_out")


def announce_events(events: list[Event], **_: object) -> None:
    """Draw a batch of numbered events in the languages somebody reads, and publish it."""
    languages = languages_listening()
    if not languages:
        return
    envelopes = envelopes_of(events, languages)
    for start in range(0, len(envelopes), ENVELOPES_PER_MESSAGE):
        if not publish(batch_message(envelopes[start : start + ENVELOPES_PER_MESSAGE])):
            return


def batch_message(envelopes: list[Envelope]) -> dict[str, object]:
    return {"type": "inbox.batch", "envelopes": msgspec.msgpack.encode(envelopes)}


def publish(message: dict[str, object]) -> bool:
    """Send `message` to the hubs of all web processes; False when Redis is away."""
    layer = get_channel_layer()
    try:
        async_to_sync(layer.group_send)(GROUP, message)
    except (RedisError, OSError) as error:
        logger.warning("live.publish_failed reason=%s", type(error).__name__)
        return False
    return True


def publish_to(frames: dict[int, str]) -> bool:
    """Send each of these agents, on all pages they have open, a frame of their own."""
    named = {str(agent): frame for agent, frame in frames.items()}
    return publish({"type": "inbox.personal", "frames": named})


def listen(languages: list[str]) -> None:
    """Keep it known for `LISTENING_S` seconds that pages in these languages are open."""
    cache.set_many({_listening_key(language): 1 for language in languages}, LISTENING_S)


def languages_listening() -> list[str]:
    """The languages somebody has an inbox open in. Fragments in others would be for nobody."""
    keys = {_listening_key(code): code for code, _name in settings.LANGUAGES}
    try:
        found = cache.get_many(keys)
    except (RedisError, OSError):
        return []
    return [code for key, code in keys.items() if key in found]


def _listening_key(language: str) -> str:
    return f"inbox:listening:{language}"


def _agent_saved(update_fields: frozenset[str] | None = None, **_: object) -> None:
    if update_fields != frozenset({"last_login"}):
        _agents_changed()


def _agents_changed(**_: object) -> None:
    """Roles, teams, passwords, sessions: the hubs look again at who may still listen to what."""
    transaction.on_commit(partial(publish, {"type": "inbox.agents_changed"}))
