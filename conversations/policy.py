"""Whether a message may leave. The only place that decides it (laws 2 and 3).

Asked where the agent writes, when the row is queued, and under lock in the worker right before
sending; the last answer counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from consent import gate
from contacts.models import RECOGNISING_KINDS, Contact, IdentityKind
from conversations.delivery import HAS_ARRIVED
from conversations.models import (
    Conversation,
    Message,
    MessageTemplate,
    Reason,
    TemplateCategory,
    TemplateStatus,
)
from conversations.window import SAFETY_MARGIN

# In `Message.payload` of what we answer by ourselves to SETTINGS and STOP.
OWN_REQUEST = "answers_own_request"
# Codes to sign in with are not sent to a user id (reference, section 5: 131062).
_NUMBERS = (IdentityKind.WA_ID, IdentityKind.PHONE)


@dataclass(frozen=True)
class Verdict:
    """Allowed, or blocked with the reason."""

    reason: Reason | None = None

    @property
    def allowed(self) -> bool:
        return self.reason is None


ALLOWED = Verdict()


def may_send(message: Message, now: datetime) -> Verdict:
    """Whether `message` may leave at `now` (aware)."""
    conversation = message.conversation
    if message.business_number_id != conversation.business_number_id:
        return Verdict(Reason.NUMBER_UNAVAILABLE)  # its number was replaced
    verdict = _may_reach(conversation)
    is_restricted = verdict.reason == Reason.RESTRICTED
    if not verdict.allowed and not (is_restricted and answers_own_request(message)):
        return verdict
    if _has_arrived(message):
        return Verdict(Reason.ARRIVED)
    if message.is_free_form:
        return _window_is_open(conversation, now)
    return may_use(message.template, conversation.contact)


def may_leave(message: Message, now: datetime) -> Verdict:
    """What the worker asks right before sending: also on its way the window must not close."""
    return may_send(message, now + SAFETY_MARGIN)


def last_moment(message: Message) -> datetime | None:
    """`message` may leave before then, as its window stands; None: no window ends it."""
    ends = message.conversation.window_expires_at
    return ends - SAFETY_MARGIN if message.is_free_form and ends is not None else None


def may_use(template: MessageTemplate | None, contact: Contact) -> Verdict:
    """Whether `contact` may get this template: approved, agreed to, and possible to address."""
    if template is None or template.status != TemplateStatus.APPROVED:
        return Verdict(Reason.TEMPLATE_NOT_APPROVED)
    permission = gate.permits(contact, template.purpose, template.consent_topic)
    if permission.refusal is not None:
        return Verdict(Reason(permission.refusal.value))
    is_code = template.category == TemplateCategory.AUTHENTICATION
    if is_code and not any(kind in contact.identity_values for kind in _NUMBERS):
        return Verdict(Reason.NEEDS_PHONE)
    return ALLOWED


def may_write_freely(conversation: Conversation, now: datetime) -> Verdict:
    """What the composer asks before there is a message: may free-form text leave at `now`?"""
    verdict = _may_reach(conversation)
    return verdict if not verdict.allowed else _window_is_open(conversation, now)


def answers_own_request(message: Message) -> bool:
    """Whether it is our own answer to somebody who uses a right of theirs. That is what they asked
    for (Art. 18 (2) GDPR), so a restriction does not hold it back."""
    return bool(
        message.author_id is None
        and message.is_free_form
        and message.payload.get(OWN_REQUEST) is True
    )


def _window_is_open(conversation: Conversation, now: datetime) -> Verdict:
    return ALLOWED if conversation.window.is_open(now) else Verdict(Reason.WINDOW_CLOSED)


def _may_reach(conversation: Conversation) -> Verdict:
    if not conversation.business_number.is_active:
        return Verdict(Reason.NUMBER_UNAVAILABLE)
    if not _has_address(conversation.contact):
        return Verdict(Reason.NO_ADDRESS)
    if gate.is_restricted(conversation.contact):
        return Verdict(Reason.RESTRICTED)
    return ALLOWED


def _has_arrived(message: Message) -> bool:
    """Whether an attempt that `message` is sent again instead of reached the customer after all."""
    earlier = message
    while earlier.again_of_id is not None and earlier.again_of is not None:
        earlier = earlier.again_of
        if earlier.status in HAS_ARRIVED:
            return True
    return False


def _has_address(contact: Contact) -> bool:
    known = contact.identity_values
    return any(kind in known for kind in RECOGNISING_KINDS)
