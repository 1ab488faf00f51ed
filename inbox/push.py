"""Web Push: which browsers are told when nobody looks, and who may be asked to tell them.

A push service is asked only at an address of one we know (`PUSH_SERVICES`): the address comes from
a browser, and we would call it from inside. What is sent names the customer and nothing anybody
wrote: it may light up on a locked phone. `push_sending.py` sends, in a task of its own.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from time import time
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent
from accounts.presence import ALIVE_S, presence_of
from conversations.events import nudge
from inbox.models import Notification, PushKey, PushSubscription

SEND_TASK = "inbox.send_push"
TEST_TASK = "inbox.send_test_push"
# Who has just moved a hand on an open page hears of it there.
AT_THE_PAGE_S = 120
MOST_PER_AGENT = 10
LONGEST_ADDRESS = 1000


def connect() -> None:
    """Called once, when Django is ready."""
    user_logged_out.connect(_forget_browser, dispatch_uid="inbox.push_logged_out")


# -- Our key --------------------------------------------------------------------------------------


def push_key() -> PushKey:
    """Ours; made when it is asked for first."""
    found = PushKey.objects.filter(pk=1).first()
    if found is not None:
        return found
    private = ec.generate_private_key(ec.SECP256R1())
    raw = private.private_numbers().private_value.to_bytes(32, "big")
    point = private.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    values = {"private_key": _b64(raw), "public_key": _b64(point)}
    key, _new = PushKey.objects.get_or_create(pk=1, defaults=values)
    return key


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


# -- Browsers -------------------------------------------------------------------------------------


def subscribe(agent: Agent, given: dict[str, str], session_key: str) -> PushSubscription:
    """Remember a browser as the agent's, whoever's it was before.

    Raises `ValidationError` for an address or keys that no browser has.
    """
    endpoint = given["endpoint"]
    if not is_known_service(endpoint):
        raise ValidationError(_("This browser uses a push service that we do not know."))
    if _size(given["p256dh"]) != 65 or _size(given["auth"]) != 16:
        raise ValidationError(_("The browser did not hand over its keys."))
    row, _new = PushSubscription.objects.update_or_create(
        endpoint_digest=digest(endpoint),
        defaults={
            "agent": agent,
            "endpoint": endpoint,
            "p256dh": given["p256dh"],
            "auth": given["auth"],
            "label": given["label"][:80],
            "session_digest": digest(session_key),
            "failed": 0,
        },
    )
    kept = PushSubscription.objects.filter(agent=agent).values_list("pk", flat=True)
    old = list(kept.order_by("-created_at", "-id")[MOST_PER_AGENT:])
    PushSubscription.objects.filter(pk__in=old).exclude(pk=row.pk).delete()
    return row


def unsubscribe(agent: Agent, endpoint: str) -> None:
    """The agent's browser at this address is not told any more."""
    PushSubscription.objects.filter(agent=agent, endpoint_digest=digest(endpoint)).delete()


def is_known_service(endpoint: str) -> bool:
    """Whether the address is one of a push service that `PUSH_SERVICES` names: host names, "*."
    for those below, or a whole origin."""
    if len(endpoint) > LONGEST_ADDRESS or not endpoint.isascii() or not endpoint.isprintable():
        return False
    try:
        parts = urlsplit(endpoint)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return False
    if parts.username is not None or parts.password is not None or "\\" in endpoint:
        return False
    if f"{parts.scheme}://{parts.netloc}" in settings.PUSH_SERVICES:
        return True
    if parts.scheme != "https" or port not in (None, 443):
        return False
    return any(
        host.endswith(name[1:]) if name.startswith("*.") else host == name
        for name in settings.PUSH_SERVICES
    )


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _size(key: str) -> int:
    """How many bytes a key in base64url has; 0 for what is none."""
    try:
        return len(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)))
    except (ValueError, binascii.Error):
        return 0


def _forget_browser(request: HttpRequest | None = None, **_more: Any) -> None:
    """Whoever logs out in a browser is not told there any more."""
    key = getattr(getattr(request, "session", None), "session_key", None)
    if key:
        PushSubscription.objects.filter(session_digest=digest(key)).delete()


# -- Who is told ----------------------------------------------------------------------------------


def push_later(rows: Iterable[Notification]) -> None:
    """Have the browsers of these notifications' agents told, where nobody sits at an open page."""
    rows = list(rows)
    agents = {row.agent_id for row in rows}
    wants = Q(agent__preferences=None) | Q(agent__preferences__push_notifications=True)
    found = PushSubscription.objects.filter(wants, agent__in=agents, agent__is_active=True)
    by_agent: dict[int, list[int]] = {}
    for pk, agent in found.values_list("pk", "agent"):
        by_agent.setdefault(agent, []).append(pk)
    away = by_agent.keys() - _at_their_page(by_agent)
    for row in rows:
        for pk in by_agent.get(row.agent_id, ()) if row.agent_id in away else ():
            nudge(SEND_TASK, pk, row.pk)


def _at_their_page(agents: Iterable[int]) -> set[int]:
    """Who has a page open and has just used it."""
    now = time()
    found = presence_of(list(agents))
    return {
        agent
        for agent, presence in found.items()
        if presence.state != "offline"
        and presence.active_at is not None
        and now - presence.active_at.timestamp() < max(AT_THE_PAGE_S, ALIVE_S)
    }
