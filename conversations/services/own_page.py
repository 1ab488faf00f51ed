"""A customer's own page as threads see it: the link that only they get, what they did there."""

from __future__ import annotations

from copy import copy

from consent.models import Source
from consent.own_page import PLACE, address_of
from consent.signals import consents_changed
from contacts.models import Contact
from conversations.events import record
from conversations.models import EventName, Message
from conversations.selectors import newest_thread_of


def connect() -> None:
    """Called once, when Django is ready."""
    consents_changed.connect(_tell_the_thread, dispatch_uid="conversations.own_page.changed")


def with_link(message: Message) -> Message:
    """`message` as it goes over the wire: with the link in its place. The row never holds it.

    What an agent writes is left as it is, unless it sends again what we had written.
    """
    if PLACE not in message.text:
        return message
    first = message
    while first.again_of is not None:
        first = first.again_of
    if first.author_id is not None:
        return message
    sent = copy(message)
    sent.text = message.text.replace(PLACE, address_of(first.pk))
    return sent


def _tell_the_thread(
    contact: Contact, change: str, topics: tuple[str, ...], by: Source, **_kwargs: object
) -> None:
    """A line in the person's newest thread, so that whoever writes with them knows."""
    newest = newest_thread_of(contact)
    if newest is not None:
        data: dict[str, object] = {"change": change, "topics": list(topics), "by": str(by)}
        record(EventName.CONSENT_CHANGED, newest, data=data)
