"""What the core asks of a channel (`conversations/gateway.py`), done by the WhatsApp Cloud API."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.db import DatabaseError
from django.utils import timezone

from conversations.gateway import (
    GO,
    Errors,
    MediaStream,
    MediaUnavailable,
    NoAnswer,
    Refused,
    SendOutcome,
    TryLater,
    Turn,
)
from conversations.models import Media, Message, MessageTemplate, Reason, Status
from conversations.policy import may_leave
from whatsapp.alarms import follow, tell_of_tier
from whatsapp.bodies import Unsendable, body_of, files_of
from whatsapp.client import GraphClient, GraphUnreachable, NotConnected
from whatsapp.content_checks import check_content
from whatsapp.content_limits import LIMITS
from whatsapp.limits import limiter
from whatsapp.media import UploadFailed, download, upload
from whatsapp.models import WhatsAppNumber
from whatsapp.outcomes import outcome_of
from whatsapp.parking import put_off

log = logging.getLogger(__name__)

NUMBERS_ARE_KNOWN_S = 1.0
# What was claimed longer ago than this is looked at once more before it is written to the wire.
CLAIM_IS_FRESH = timedelta(seconds=1)


class WhatsAppGateway:
    """The configured channel. Holds nothing but our numbers, for a moment."""

    def __init__(self) -> None:
        self._known: dict[int, WhatsAppNumber] = {}
        self._known_at = -NUMBERS_ARE_KNOWN_S

    limits = LIMITS

    def check(
        self,
        kind: str,
        text: str,
        payload: Mapping[str, object],
        template: MessageTemplate | None,
    ) -> Errors:
        """What WhatsApp would refuse in a message's content, by field and in words."""
        return check_content(kind, text, payload, template)

    def take_turns(self, messages: Sequence[Message]) -> list[Turn]:
        """For each message whether Meta's limits let it leave now. Also loads their numbers."""
        numbers = self._numbers({m.business_number_id for m in messages})
        by_number: dict[int, list[Message]] = {}
        for message in messages:
            by_number.setdefault(message.business_number_id, []).append(message)
        turns: dict[UUID, Turn] = {}
        for pk, asking in by_number.items():
            number = numbers.get(pk)
            if number is None:
                continue  # not of this channel: refused when it is sent
            found, tier = limiter().take_turns(number, asking)
            turns.update({m.pk: turn for m, turn in zip(asking, found, strict=True)})
            for message in asking:
                message.business_number = number
            if tier is not None:
                tell_of_tier(number, tier)
        return [turns.get(message.pk, GO) for message in messages]

    def _numbers(self, ids: set[int]) -> dict[int, WhatsAppNumber]:
        """Our numbers with their tokens and limits, read once a second at most."""
        now = time.monotonic()
        if now - self._known_at > NUMBERS_ARE_KNOWN_S or not ids <= self._known.keys():
            self._known = WhatsAppNumber.objects.with_portfolio().in_bulk()
            self._known_at = now
        return self._known

    def send(self, message: Message) -> SendOutcome:
        """Send one row; never raises for what the network or the platform does."""
        number = _number(message)
        if number is None:
            return Refused(Reason.NUMBER_UNAVAILABLE, str(Reason.NUMBER_UNAVAILABLE.label))
        outcome = self._send(message, number)
        follow(message, number, outcome)
        return outcome

    def _send(self, message: Message, number: WhatsAppNumber) -> SendOutcome:
        try:
            client = GraphClient(number.access_token)
            files = _upload_files(client, number, message)
            body = body_of(message, files)
            if (files or _is_old(message)) and (change_of_mind := _look_again(message)):
                return change_of_mind
        except UploadFailed as error:
            return error.outcome
        except Unsendable as error:
            return Refused(error.reason, str(error))
        except Exception:
            # Nothing was written to the wire yet, so it certainly did not leave.
            log.exception("message.not_prepared message=%s", message.pk)
            return TryLater("internal")
        try:
            answer = client.post(f"{number.phone_number_id}/messages", body)
        except NotConnected as error:
            return TryLater("not_connected", str(error))
        except GraphUnreachable as error:
            return NoAnswer(str(error))
        outcome = outcome_of(answer, message.attempts)
        if not isinstance(outcome, Refused):
            return outcome
        try:
            return put_off(message, outcome.reason) or outcome
        except DatabaseError:
            log.warning("message.not_put_off message=%s", message.pk, exc_info=True)
            return outcome

    def put_off(self, message: Message, reason: str) -> TryLater | None:
        """When a new attempt may be made of a message that Meta withheld after taking it."""
        return put_off(message, reason)

    @contextmanager
    def open_media(self, media: Media) -> Iterator[MediaStream]:
        """Open a customer's file; raises `MediaUnavailable`."""
        number = _number(media.message) if media.message else None
        if number is None:
            raise MediaUnavailable("business number not configured", permanent=False)
        with download(GraphClient(number.access_token), number.phone_number_id, media) as stream:
            yield stream

    def mark_read(self, message: Message) -> None:
        """Blue ticks for `message` (inbound) and all before it; failures are logged."""
        self._signal(message, {})

    def show_typing(self, message: Message) -> None:
        """Show "typing…" for 25 s or until we answer; implies that `message` was read."""
        self._signal(message, {"typing_indicator": {"type": "text"}})

    def _signal(self, message: Message, extra: dict[str, object]) -> None:
        number = _number(message)
        if number is None or not message.wamid:
            return
        body = {
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": message.wamid,
            **extra,
        }
        try:
            answer = GraphClient(number.access_token).post(
                f"{number.phone_number_id}/messages", body
            )
        except GraphUnreachable as error:
            log.info("message.not_marked_read message=%s cause=%s", message.pk, error)
            return
        if not answer.ok:
            log.info("message.not_marked_read message=%s http=%s", message.pk, answer.status)


def _is_old(message: Message) -> bool:
    """Whether the claim was long ago: a file was uploaded since, or all connections were busy."""
    claimed_at = message.claimed_at
    return claimed_at is not None and timezone.now() - claimed_at > CLAIM_IS_FRESH


def _look_again(message: Message) -> SendOutcome | None:
    """Time has passed since the claim: it may have been lost, or the window closed."""
    claimed = Message.objects.filter(
        pk=message.pk, status=Status.SENDING, attempts=message.attempts
    )
    if not claimed.exists():
        return NoAnswer("the claim ended before it left")
    message.conversation.refresh_from_db(fields=["window_expires_at"])
    verdict = may_leave(message, timezone.now())
    return Refused(verdict.reason, str(verdict.reason.label)) if verdict.reason else None


def _number(message: Message) -> WhatsAppNumber | None:
    known = message._state.fields_cache.get("business_number")
    if isinstance(known, WhatsAppNumber):
        return known
    return WhatsAppNumber.objects.filter(pk=message.business_number_id).first()


def _upload_files(client: GraphClient, number: WhatsAppNumber, message: Message) -> dict[UUID, str]:
    """Meta's ids of the message's files by ours. Raises `UploadFailed`."""
    return {
        media.pk: upload(client, number.phone_number_id, media, message.attempts)
        for media in files_of(message)
    }
