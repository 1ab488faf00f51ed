"""From Meta's statuses to the core's (reference, section 4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from conversations.gateway import StatusUpdate
from conversations.models import Status
from whatsapp.errors import first_error
from whatsapp.mapping import LONGEST_ID, Frame, Ignored
from whatsapp.payload import StatusIn, moment, read, text_of

# Both spellings of what Meta calls a conversation that began with an ad.
_FREE_ENTRY = ("referral_conversion", "free_entry_point")
_LONGEST_FREE_ENTRY = timedelta(days=4)
PLATFORM_STATUSES = (Status.SENT, Status.DELIVERED, Status.READ, Status.PLAYED, Status.FAILED)


# What `history` calls the state of a message, in capitals in Meta's page, small in real bodies.
_IN_HISTORY = {
    "pending": Status.SENT,  # left the phone, and is 180 days old at most
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "played": Status.PLAYED,
    "error": Status.FAILED,
    "failed": Status.FAILED,
}


def history_status(word: object) -> Status:
    """The status of an outbound message from before our time; `sent` when nothing is said."""
    return _IN_HISTORY.get(word.lower(), Status.SENT) if isinstance(word, str) else Status.SENT


def map_status(item: object, frame: Frame) -> StatusUpdate | Ignored:
    """One of `statuses[]`."""
    found = read(StatusIn, item)
    if found is None:
        return Ignored("not a status object", usable=False)
    status, wamid = text_of(found.status).lower(), text_of(found.id)
    if not wamid or len(wamid) > LONGEST_ID:
        return Ignored("status without an id", usable=False)
    if text_of(found.recipient_type) == "group":
        return Ignored("status of a group message")
    if text_of(found.type) == "call" or status not in PLATFORM_STATUSES:
        return Ignored(f"status {status[:20] or 'missing'}")
    reason, detail = first_error(found.errors) if status == Status.FAILED else ("", "")
    return StatusUpdate(
        business_number_id=frame.number_id,
        wamid=wamid,
        status=status,
        occurred_at=moment(found.timestamp, frame.received_at),
        message_id=_our_id(text_of(found.biz_opaque_callback_data)),
        reason=reason,
        detail=detail,
        pricing=found.pricing if isinstance(found.pricing, dict) else {},
        free_until=_free_until(found.conversation, frame),
    )


def _free_until(conversation: object, frame: Frame) -> datetime | None:
    """When a free entry ends; of other conversations Meta's clock says nothing that we need."""
    found = conversation if isinstance(conversation, dict) else {}
    origin = found.get("origin")
    kind = origin.get("type") if isinstance(origin, dict) else None
    ends = found.get("expiration_timestamp")
    if kind not in _FREE_ENTRY or not isinstance(ends, str | int):
        return None
    try:
        at = datetime.fromtimestamp(int(ends), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return at if at < frame.received_at + _LONGEST_FREE_ENTRY else None


def _our_id(echoed: str) -> str:
    """The row id we sent along, or "" when another app on this number sent something else."""
    try:
        return str(UUID(echoed))
    except ValueError:
        return ""
