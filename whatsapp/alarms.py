"""What follows for others than the agent when Meta refuses a message: notices for admins, the
template's state, a withdrawn consent, limits that all workers keep from now on.

The same for a refusal at once and for one that comes later by webhook (`follow_statuses`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from threading import Lock

from django.db.models import Q
from django.utils import timezone

from accounts.models import AdminNotice
from accounts.notices import raise_notice, settle_notices
from consent.models import Act, Clock
from consent.services import record_platform_preference
from conversations.events import nudge
from conversations.gateway import Accepted, SendOutcome, StatusUpdate
from conversations.models import Message, MessageTemplate, Status
from whatsapp.alarm_kinds import Alarm, Subject
from whatsapp.error_table import Meaning, Retry
from whatsapp.errors import meaning, wait_s
from whatsapp.limits import TIER_WARNING, Tier, limiter
from whatsapp.models import WhatsAppNumber
from whatsapp.template_updates import SYNC_TASK

log = logging.getLogger(__name__)

# A refusal rarely comes alone; the same notice is counted again after so long.
QUIET_S = 30.0


def follow(message: Message, number: WhatsAppNumber, outcome: SendOutcome) -> None:
    """What follows from the answer to a send. Failures are logged: the outcome stands anyway."""
    try:
        if isinstance(outcome, Accepted):
            limiter().note_accepted(number.pk)
            _BOARD.settle(number, message.template)
            return
        reason = getattr(outcome, "reason", "")
        known = meaning(int(reason)) if reason.isdigit() else None
        if known is None:
            return
        if known.hold_s is not None:
            limiter().hold(number.pk, known.hold_s)
        if known.retry is Retry.PAIR:
            limiter().hold_pair(message, wait_s(known, message.attempts) or 0.0)
        if known.withdraws:
            record_platform_preference(
                message.conversation.contact,
                Act.WITHDRAWN,
                f"message:{message.pk}",
                timezone.now(),
                clock=Clock.OURS,
            )
        _tell(known, message, number)
    except Exception:
        # Whatever it is: what WhatsApp answered must not get lost over it.
        log.exception("message.not_followed_up message=%s", message.pk)


def follow_statuses(updates: Iterable[StatusUpdate]) -> None:
    """What follows from `failed` statuses: notices, limits, the template's state."""
    for update in updates:
        if update.status == Status.FAILED:
            _follow_status(update)


def _follow_status(update: StatusUpdate) -> None:
    reason, number_id = update.reason, update.business_number_id
    known = meaning(int(reason)) if reason.isdigit() and len(reason) < 10 else None
    if known is None:
        return
    if known.hold_s is not None:
        limiter().hold(number_id, known.hold_s)
    if known.alarm is None and known.template is None:
        return
    number = WhatsAppNumber.objects.filter(pk=number_id).first()
    message = (
        Message.objects.filter(business_number_id=number_id, wamid=update.wamid)
        .select_related("template")
        .first()
    )
    if number is not None and message is not None:
        _tell(known, message, number)


def tell_of_tier(number: WhatsAppNumber, tier: Tier) -> None:
    """Warn at four fifths of the messaging limit; say when it is reached."""
    params: dict[str, object] = {"percent": int(tier.share * 100), "limit": tier.limit}
    if tier.share >= 1:
        _BOARD.raise_(Alarm.TIER_FULL, number, None, params)
    elif tier.share >= TIER_WARNING:
        _BOARD.raise_(Alarm.TIER_NEARLY_FULL, number, None, params)
    else:
        _BOARD.settle(number, None, _TIER_ALARMS)


def _tell(known: Meaning, message: Message, number: WhatsAppNumber) -> None:
    template = message.template
    if known.template is not None and template is not None:
        MessageTemplate.objects.filter(pk=template.pk).update(status=known.template)
    if known.alarm is None:
        return
    if known.alarm.value.subject is Subject.TEMPLATE:
        if template is None:
            return
        nudge(SYNC_TASK)
    _BOARD.raise_(known.alarm, number, template)


class _Board:
    """The notices this process raised lately, and those that are open, without asking each time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._raised: dict[tuple[str, str], float] = {}
        self._open: set[tuple[str, str]] = set()
        self._looked_at = -QUIET_S

    def raise_(
        self,
        alarm: Alarm,
        number: WhatsAppNumber,
        template: MessageTemplate | None,
        params: dict[str, object] | None = None,
    ) -> None:
        subject, name = _subject(alarm, number, template)
        key, now = (alarm.kind, subject), time.monotonic()
        with self._lock:
            if now - self._raised.get(key, -QUIET_S) < QUIET_S and key in self._open:
                return
            self._raised[key] = now
            self._open.add(key)
        kind = alarm.value
        raise_notice(
            alarm.kind, subject, kind.severity, kind.text, {"name": name, **(params or {})}
        )
        log.warning("notice.raised kind=%s subject=%s", alarm.kind, subject)

    def settle(
        self,
        number: WhatsAppNumber,
        template: MessageTemplate | None,
        alarms: tuple[Alarm, ...] = (),
    ) -> None:
        """`alarms`, or what a message that was taken disproves, are over."""
        self._look()
        with self._lock:
            over = [
                (alarm.kind, subject)
                for alarm in alarms or _ENDING
                if (subject := _subject(alarm, number, template)[0])
                and (alarm.kind, subject) in self._open
            ]
            self._open.difference_update(over)
        for kind, subject in over:
            settle_notices(kind, subject)

    def _look(self) -> None:
        """Once in a while: notices that other processes raised, or an admin settled."""
        with self._lock:
            if time.monotonic() - self._looked_at < QUIET_S:
                return
            self._looked_at = time.monotonic()
        rows = AdminNotice.objects.filter(
            Q(subject__startswith="number:") | Q(subject__startswith="template:"),
            kind__in=[alarm.kind for alarm in Alarm],
            settled_at=None,
        )
        found = set(rows.values_list("kind", "subject"))
        with self._lock:
            self._open = found


_ENDING = tuple(alarm for alarm in Alarm if alarm.value.ends_with_success)
_TIER_ALARMS = (Alarm.TIER_NEARLY_FULL, Alarm.TIER_FULL)
_BOARD = _Board()


def _subject(
    alarm: Alarm, number: WhatsAppNumber, template: MessageTemplate | None
) -> tuple[str, str]:
    """The notice's subject and its name; two empty texts for a template that is none."""
    if alarm.value.subject is Subject.NUMBER:
        return f"number:{number.pk}", number.name or number.phone_number_id
    return (f"template:{template.pk}", template.name) if template else ("", "")
