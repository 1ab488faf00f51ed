"""What a benchmark needs in the database: `python -m benchmarks.prepare WHAT …` answers JSON.

A process of its own, so that the measuring one needs no Django.
"""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Callable

import django

django.setup()

from django.conf import settings  # noqa: E402 (Django must be set up before)
from django.contrib.auth import (  # noqa: E402
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
)
from django.contrib.sessions.backends.cached_db import SessionStore  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Agent, Role  # noqa: E402
from contacts.services import Person  # noqa: E402
from conversations.gateway import InboundMessage  # noqa: E402
from conversations.models import MessageType  # noqa: E402
from conversations.services.receive import receive_messages  # noqa: E402
from conversations.services.reply import Draft, send_reply  # noqa: E402
from whatsapp.services import ensure_number_from_settings  # noqa: E402

# So many customers write, and are answered, in one transaction.
TOGETHER = 100


def sessions(count: int) -> list[str]:
    """Session keys of `count` agents who are signed in and see everything."""
    return [session_of(agent_number(number)) for number in range(count)]


def agent_number(number: int) -> Agent:
    """A bench agent without a password."""
    agent, _ = Agent.objects.get_or_create(
        email=f"bench{number}@example.com",
        defaults={"name": f"Bench {number}", "role": Role.LEAD, "language": "de"},
    )
    return agent


def session_of(agent: Agent) -> str:
    """A session as signing in makes it."""
    session = SessionStore()
    session[SESSION_KEY] = str(agent.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = agent.get_session_auth_hash()
    session.create()
    assert session.session_key is not None
    return session.session_key


def replies(count: int) -> list[str]:
    """Answers to `count` customers, queued; the ids of the messages."""
    number = ensure_number_from_settings()
    assert number is not None
    agent = agent_number(0)
    return [
        message
        for first in range(0, count, TOGETHER)
        for message in _answered(number.pk, agent, range(first, min(first + TOGETHER, count)))
    ]


@transaction.atomic
def _answered(number: int, agent: Agent, customers: range) -> list[str]:
    """Messages of some customers with an answer each, in one transaction."""
    inbounds = receive_messages(
        [
            InboundMessage(
                business_number_id=number,
                person=Person(wa_id=f"49171{39_400_000 + customer}", name=f"Gast {customer}"),
                wamid=f"wamid.BENCHSEND{uuid.uuid4().hex}",
                type=MessageType.TEXT,
                sent_at=timezone.now(),
                text="Wann fährt der nächste RE 7?",
            )
            for customer in customers
        ]
    )
    queued = []
    for inbound in inbounds:
        draft = Draft(client_uuid=uuid.uuid4(), text="Um 16:05 Uhr von Gleis 2.")
        queued.append(str(send_reply(inbound.conversation, draft, agent).message.pk))
    return queued


if __name__ == "__main__":
    tasks: dict[str, Callable[..., object]] = {
        "sessions": sessions,
        "replies": replies,
    }
    print(json.dumps(tasks[sys.argv[1]](json.loads(sys.argv[2]))))
