"""Is the connection to Meta sound? Asked one by one, kept with what was found and since when.

Each check is a function that looks and says what it found; it may fail in any way and never hides
the others. What a finding means and what helps stands in `connection_words.py`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from conversations.models import MessageTemplate, TemplateStatus
from whatsapp import misfits
from whatsapp.client import Answer, GraphClient, GraphUnreachable, graph_url, is_loopback
from whatsapp.health import CheckFailed, ask, check_account, check_number, judged
from whatsapp.models import ConnectionCheck, WebhookEvent, WhatsAppNumber
from whatsapp.outcomes import error_of
from whatsapp.payload import list_of, text_of
from whatsapp.webhook import PATHS

log = logging.getLogger(__name__)

NEEDED = ("whatsapp_business_management", "whatsapp_business_messaging")
HANDSHAKE_TIMEOUT_S = (3, 5)
MOST_SKEW_S = 60
Found = ConnectionCheck.Found


@dataclass(frozen=True)
class Finding:
    """How a check went: `code` names the sentence, `params` fill it."""

    found: ConnectionCheck.Found
    code: str
    params: Mapping[str, object] = field(default_factory=dict)


def check_connection(number: WhatsAppNumber, *, is_read: bool = False) -> None:
    """Run every check of `number` and keep what it found. Call outside transactions. `is_read`: the
    caller has just read the number and its account, which are not asked for a second time."""
    known: dict[str, Callable[[WhatsAppNumber], Finding]] = {}
    if is_read:
        known["registered"] = _state
    token = _AskedOnce()
    known["token"] = lambda number: check_token(number, token)
    known["permissions"] = lambda number: check_permissions(number, token)
    for name, look in {**CHECKS, **known}.items():
        _keep(number, name, _safely(name, look, number))
    log.info("connection.checked number=%s", number.pk)


def _safely(
    name: str, look: Callable[[WhatsAppNumber], Finding], number: WhatsAppNumber
) -> Finding:
    try:
        return look(number)
    except CheckFailed as error:
        if isinstance(error.__cause__, GraphUnreachable):
            return Finding(Found.UNKNOWN, "unreachable")
        return Finding(Found.WRONG, "refused", {"words": error.saying})
    except (TypeError, ValueError, AttributeError) as error:  # an answer of another shape
        log.warning("connection.odd_answer check=%s cause=%s", name, type(error).__name__)
        return Finding(Found.UNKNOWN, "odd_answer")


def _keep(number: WhatsAppNumber, name: str, finding: Finding) -> None:
    """`since` stays while the same is found."""
    now = timezone.now()
    with transaction.atomic():
        row, _created = ConnectionCheck.objects.select_for_update().get_or_create(
            number=number, name=name, defaults={"since": now, "checked_at": now}
        )
        if (row.found, row.code) != (finding.found, finding.code):
            row.since = now
        row.found, row.code, row.params = finding.found, finding.code, dict(finding.params)
        row.checked_at = now
        row.save()


# -- The checks ---------------------------------------------------------------------------------


class _AskedOnce:
    """What Meta says of a token, for two checks: asked by the first, failed as often as read."""

    def __init__(self) -> None:
        self.data: dict[str, object] | None = None
        self.failed: CheckFailed | None = None

    def __call__(self, number: WhatsAppNumber) -> dict[str, object]:
        if self.failed is not None:
            raise self.failed
        if self.data is None:
            try:
                self.data = _token(number)
            except CheckFailed as error:
                self.failed = error
                raise
        return self.data


Token = Callable[[WhatsAppNumber], dict[str, object]]


def check_token(number: WhatsAppNumber, ask_token: Token | None = None) -> Finding:
    """Whether the token is valid, and for how long."""
    data = (ask_token or _token)(number)
    if data.get("is_valid") is not True:
        return Finding(Found.WRONG, "token_invalid")
    expires = data.get("expires_at")
    if not isinstance(expires, int) or isinstance(expires, bool) or expires <= 0:
        return Finding(Found.FINE, "token_for_ever")
    ends = datetime.fromtimestamp(min(expires, 32503680000), tz=timezone.get_current_timezone())
    if ends <= timezone.now():
        return Finding(Found.WRONG, "token_invalid")
    soon = ends - timezone.now() < timedelta(days=7)
    return Finding(
        Found.WAIT if soon else Found.FINE, "token_until", {"date": ends.date().isoformat()}
    )


def check_permissions(number: WhatsAppNumber, ask_token: Token | None = None) -> Finding:
    """Whether the token may do what we do."""
    scopes = {text_of(scope) for scope in list_of((ask_token or _token)(number).get("scopes"))}
    missing = [name for name in NEEDED if name not in scopes]
    if missing:
        return Finding(Found.WRONG, "permission_missing", {"names": ", ".join(missing)})
    return Finding(Found.FINE, "permissions")


def check_belongs(number: WhatsAppNumber) -> Finding:
    """Whether the number belongs to the account it is entered with."""
    answer = ask(number, f"{number.waba_id}/phone_numbers", {"fields": "id", "limit": "100"})
    ids = {str(row.get("id")) for row in _rows(answer)}
    if number.phone_number_id in ids:
        return Finding(Found.FINE, "belongs")
    return Finding(Found.WRONG, "belongs_not")


def check_registered(number: WhatsAppNumber) -> Finding:
    """What Meta says of the number itself: status, name, quality, limit."""
    check_number(number)
    check_account(number.waba_id, number)
    return _state(number)


def _state(number: WhatsAppNumber) -> Finding:
    """The same of what was stored a moment ago."""
    if number.can_send == "BLOCKED" or number.platform_status in ("BANNED", "DISCONNECTED"):
        return Finding(Found.WRONG, "number_blocked")
    if number.platform_status not in ("CONNECTED", ""):
        return Finding(Found.WRONG, "number_not_connected", {"status": number.platform_status})
    if number.name_status in ("DECLINED", "REJECTED"):
        return Finding(Found.WRONG, "name_rejected")
    if number.name_status.startswith("PENDING"):
        return Finding(Found.WAIT, "name_in_review")
    return Finding(Found.FINE, "number_registered")


def check_quality(number: WhatsAppNumber) -> Finding:
    """How customers take what we send, as stored a moment ago by `check_registered`."""
    limit = {"limit": number.messaging_limit.removeprefix("TIER_")}
    if number.quality == "RED":
        return Finding(Found.WRONG, "quality_red", limit)
    if number.quality == "YELLOW":
        return Finding(Found.WAIT, "quality_yellow", limit)
    known = number.quality == "GREEN"
    return Finding(Found.FINE, "quality_green" if known else "quality_unknown", limit)


def check_subscribed(number: WhatsAppNumber) -> Finding:
    """Whether the account's webhooks are sent to an app at all."""
    answer = ask(number, f"{number.waba_id}/subscribed_apps", {})
    return Finding(Found.FINE, "subscribed") if _rows(answer) else Finding(Found.WRONG, "no_app")


def check_address(_number: WhatsAppNumber) -> Finding:
    """Whether our own webhook address is https and answers Meta's handshake from outside."""
    address = f"{settings.PUBLIC_URL}{PATHS[0]}"
    if not settings.PUBLIC_URL:
        return Finding(Found.WRONG, "address_missing")
    if urlsplit(address).scheme != "https" and not _is_simulated():
        return Finding(Found.WRONG, "address_not_https")
    began = time.monotonic()
    try:
        answer = requests.get(
            address,
            params={
                "hub.mode": "subscribe",
                "hub.verify_token": settings.WHATSAPP_VERIFY_TOKEN,
                "hub.challenge": "1158201444",
            },
            timeout=HANDSHAKE_TIMEOUT_S,
            allow_redirects=False,
        )
    except requests.RequestException:
        return Finding(Found.WRONG, "address_silent", {"address": address})
    if answer.status_code != 200 or answer.text != "1158201444":
        return Finding(
            Found.WRONG, "address_refuses", {"address": address, "status": answer.status_code}
        )
    return Finding(Found.FINE, "address", {"ms": round((time.monotonic() - began) * 1000)})


def check_arriving(_number: WhatsAppNumber) -> Finding:
    """Whether webhooks come in, and whether their signatures are ours."""
    last = WebhookEvent.objects.order_by("-received_at").values_list("received_at", flat=True)
    newest = last.first()
    bad = misfits.counted()
    recently = newest is not None and timezone.now() - newest < timedelta(days=1)
    if bad and not recently:
        return Finding(Found.WRONG, "secret_wrong", {"count": bad})
    if recently:
        return Finding(Found.FINE, "arriving")
    return Finding(Found.WAIT, "nothing_yet" if newest is None else "nothing_today")


def check_templates(number: WhatsAppNumber) -> Finding:
    """Whether we know the account's templates, and how many wait for Meta."""
    if number.templates_synced_at is None:
        return Finding(Found.WAIT, "templates_unknown")
    statuses = list(
        MessageTemplate.objects.filter(account=number.waba_id)
        .exclude(status=TemplateStatus.GONE)
        .values_list("status", flat=True)
    )
    counts: dict[str, object] = {
        "approved": statuses.count(TemplateStatus.APPROVED),
        "pending": statuses.count(TemplateStatus.PENDING),
        "total": len(statuses),
    }
    if not statuses:
        return Finding(Found.WAIT, "templates_none")
    if not counts["approved"]:
        return Finding(Found.WAIT, "templates_pending", counts)
    return Finding(Found.FINE, "templates", counts)


def check_clock(number: WhatsAppNumber) -> Finding:
    """Whether our clock agrees with Meta's: the window is counted by it."""
    answer = ask(number, number.phone_number_id, {"fields": "id"})
    if not answer.date:
        return Finding(Found.UNKNOWN, "clock_unknown")
    skew = abs((parsedate_to_datetime(answer.date) - timezone.now()).total_seconds())
    if skew > MOST_SKEW_S:
        return Finding(Found.WRONG, "clock_wrong", {"seconds": round(skew)})
    return Finding(Found.FINE, "clock")


CHECKS: dict[str, Callable[[WhatsAppNumber], Finding]] = {
    "token": check_token,
    "permissions": check_permissions,
    "belongs": check_belongs,
    "registered": check_registered,
    "quality": check_quality,
    "subscribed": check_subscribed,
    "address": check_address,
    "arriving": check_arriving,
    "templates": check_templates,
    "clock": check_clock,
}


def rows_of(number: WhatsAppNumber) -> list[ConnectionCheck]:
    """What was found last, in the order of the checks; none that no longer exists."""
    rows = {row.name: row for row in ConnectionCheck.objects.filter(number=number)}
    return [rows[name] for name in CHECKS if name in rows]


def is_sound(number: WhatsAppNumber) -> bool:
    """Whether every check was made and none found anything wrong."""
    rows = rows_of(number)
    return len(rows) == len(CHECKS) and all(row.found in (Found.FINE, Found.WAIT) for row in rows)


def _token(number: WhatsAppNumber) -> dict[str, object]:
    """What Meta says of the token itself. Raises `CheckFailed`."""
    token = number.access_token
    answer = judged(number, lambda client: _debug(client, token))
    data = answer.data.get("data")
    return data if isinstance(data, dict) else {}


def _debug(client: GraphClient, token: str) -> Answer:
    answer = client.get("debug_token", {"input_token": token})
    if not answer.ok:
        log.info("connection.token_refused code=%s", error_of(answer)[0])
    return answer


def _rows(answer: Answer) -> list[dict[str, object]]:
    return [row for row in list_of(answer.data.get("data")) if isinstance(row, dict)]


def _is_simulated() -> bool:
    """Whether the other side is the simulator on this machine."""
    return is_loopback(urlsplit(graph_url()).hostname or "")
