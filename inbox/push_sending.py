"""Sending one push message to one browser. No transaction is open while the service is asked."""

from __future__ import annotations

import logging
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests
from django.conf import settings
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from py_vapid import VapidException
from pywebpush import Vapid, WebPushException, webpush

from conversations.events import nudge
from inbox.models import Notification, PushSubscription
from inbox.notification_words import title_of
from inbox.push import SEND_TASK, is_known_service, push_key
from inbox.watching import agents_watching

logger = logging.getLogger(__name__)

TIMEOUT_S = (4, 10)
# What nobody saw for so long is not worth a ring.
TTL_S = 4 * 3600
TRIES = 4
GONE = (404, 410)
FAILED_TOO_OFTEN = 30


class _NoDetours(requests.Session):
    """Asks the address it was given and no other: no redirects, no proxy of the environment."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False

    def post(self, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        return super().post(url, *args, **{**kwargs, "allow_redirects": False})


def send_notification(subscription_id: int, notification_id: int, attempt: int = 1) -> None:
    """Tell a browser of a notification that is still unread and not before its agent's eyes."""
    browser = PushSubscription.objects.select_related("agent__preferences")
    subscription = browser.filter(pk=subscription_id, agent__is_active=True).first()
    rows = Notification.objects.select_related("conversation__contact", "actor")
    row = rows.filter(pk=notification_id, read_at=None).first()
    if subscription is None or row is None or row.agent_id != subscription.agent_id:
        return
    conversation = row.conversation
    if row.agent_id in agents_watching([conversation.pk]).get(conversation.pk, ()):
        return
    customer = conversation.contact.display_name
    with translation.override(subscription.agent.language):
        title = title_of(row.kind, row.actor.name if row.actor else "", customer)
    payload = {
        "title": title,
        "body": "" if customer in title else customer,
        "tag": f"conversation-{conversation.pk}",
        "url": f"/conversations/{conversation.pk}/",
    }
    wait_s = send(subscription, payload, topic=conversation.pk.hex)
    if wait_s and attempt < TRIES:
        nudge(SEND_TASK, subscription_id, notification_id, attempt + 1, countdown=wait_s * attempt)


def send_test(subscription_id: int) -> None:
    """What the button in the preferences sends."""
    browser = PushSubscription.objects.select_related("agent")
    subscription = browser.filter(pk=subscription_id, agent__is_active=True).first()
    if subscription is None:
        return
    with translation.override(subscription.agent.language):
        payload = {
            "title": _("It works"),
            "body": _("This is how we reach you when the page is closed."),
            "tag": "test",
            "url": "/preferences/",
        }
    send(subscription, payload, topic="test")


def send(subscription: PushSubscription, payload: dict[str, str], topic: str) -> float:
    """Ask the push service; after how many seconds to try again, 0: not at all."""
    if not is_known_service(subscription.endpoint):  # the setting has changed
        subscription.delete()
        return 0
    keys = {"p256dh": subscription.p256dh, "auth": subscription.auth}
    try:
        webpush(
            {"endpoint": subscription.endpoint, "keys": keys},
            data=msgspec.json.encode(payload).decode(),
            vapid_private_key=Vapid.from_raw(push_key().private_key.encode()),
            vapid_claims={"sub": _who_we_are()},
            ttl=TTL_S,
            timeout=TIMEOUT_S,
            headers={"Urgency": "high", "Topic": topic},
            requests_session=_NoDetours(),
        )
    except WebPushException as error:
        return _failed(subscription, error.status_code or 0, error.retry_after)
    except (requests.RequestException, VapidException, ValueError) as error:
        logger.info("push.failed subscription=%s reason=%s", subscription.pk, type(error).__name__)
        return _count(subscription, 30)
    mine = PushSubscription.objects.filter(pk=subscription.pk)
    mine.update(last_ok_at=timezone.now(), failed=0)
    return 0


def _who_we_are() -> str:
    """Whom a push service may ask about us."""
    ours = urlsplit(settings.PUBLIC_URL)
    if ours.scheme == "https" and "." in (ours.hostname or ""):
        return f"https://{ours.hostname}"  # py_vapid takes no port
    _name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return f"mailto:{address or 'helpdesk@localhost'}"


def _failed(subscription: PushSubscription, status: int, retry_after: str | None) -> float:
    logger.info("push.refused subscription=%s status=%s", subscription.pk, status)
    if status in GONE:
        subscription.delete()
        return 0
    if status == 429 or status >= 500:
        wait = int(retry_after) if retry_after and retry_after.isdigit() else 30
        return _count(subscription, min(max(wait, 5), 900))
    _count(subscription, 0)
    return 0


def _count(subscription: PushSubscription, wait_s: float) -> float:
    """One more failure; a browser that never answers is given up."""
    mine = PushSubscription.objects.filter(pk=subscription.pk)
    mine.update(failed=F("failed") + 1)
    mine.filter(failed__gte=FAILED_TOO_OFTEN).delete()
    return wait_s
