"""`history`: what was written on a phone before the number came to us (reference, section 6).

Its chunks come in any order, with thousands of messages each; a file is told of twice, first as a
placeholder, then (of the last 14 days only) as a message with the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from accounts.notices import raise_notice
from contacts.services import Person
from conversations.models import Direction, Origin, Status
from whatsapp.echoes import as_of_customer, mark_coexistent, mirrored_item
from whatsapp.mapping import Frame, map_message
from whatsapp.models import WhatsAppNumber
from whatsapp.notice_kinds import News
from whatsapp.payload import (
    HistoryContext,
    HistoryIn,
    HistoryMessage,
    HistoryThread,
    Json,
    bsuid,
    list_of,
    phone_digits,
    read,
)
from whatsapp.status_mapping import history_status
from whatsapp.work import (
    DONE,
    Change,
    Item,
    Result,
    codes_of,
    frame_of,
    kept,
    read_safely,
    unusable,
)

DECLINED = "2593109"


def history_items(change: Change) -> Iterator[Item]:
    """The messages of all threads; the files that come later; or that there will be none."""
    frame = frame_of(change)
    if isinstance(frame, Item):
        yield frame
        return
    yield mark_coexistent(change, frame)
    parts = list_of(change.value.get("history"))
    messages = list_of(change.value.get("messages"))
    if not parts and not messages:
        yield unusable(change.path, "neither history nor messages")
    for at, item in enumerate(messages):
        yield read_safely(f"{change.path}.messages[{at}]", _message, item, frame)
    for at, part in enumerate(parts):
        yield from _part(f"{change.path}.history[{at}]", part, frame)


def _part(path: str, part: object, frame: Frame) -> Iterator[Item]:
    found = read(HistoryIn, part)
    if found is None:
        yield unusable(path, "not a history object")
        return
    errors = list_of(found.errors)
    if errors:
        codes = codes_of(errors)
        if DECLINED in codes.split(", "):
            yield Item(path, partial(_declined, frame.number_id))
        else:
            yield kept(path, f"errors: {codes}")
    for at, thread in enumerate(list_of(found.threads)):
        one = read(HistoryThread, thread)
        if one is None:
            yield unusable(f"{path}.threads[{at}]", "not a thread object")
            continue
        customer = Person(wa_id=phone_digits(one.id), bsuid=bsuid(one.id))
        reader = partial(_of_thread, customer)
        for number, item in enumerate(list_of(one.messages)):
            yield read_safely(f"{path}.threads[{at}].messages[{number}]", reader, item, frame)


def _message(path: str, item: object, frame: Frame) -> Item:
    """A file that was announced before: who the customer is, it says itself."""
    found = read(HistoryMessage, item) or HistoryMessage()
    said = found.to if _is_ours(found, frame, None) else found.from_
    return _of_thread(Person(wa_id=phone_digits(said), bsuid=bsuid(said)), path, item, frame)


def _of_thread(customer: Person, path: str, item: object, frame: Frame) -> Item:
    found = read(HistoryMessage, item)
    if found is None:
        return unusable(path, "not a message object")
    ids: Json = {"from": customer.wa_id, "from_user_id": customer.bsuid}
    mapped = map_message(as_of_customer(item, ids), frame)
    if not _is_ours(found, frame, customer):
        return mirrored_item(path, mapped, Direction.INBOUND, Status.RECEIVED, Origin.HISTORY)
    context = read(HistoryContext, found.history_context) or HistoryContext()
    status = history_status(context.status)
    return mirrored_item(path, mapped, Direction.OUTBOUND, status, Origin.HISTORY)


def _is_ours(found: HistoryMessage, frame: Frame, customer: Person | None) -> bool:
    """Whether the business wrote it: it says so, or its sender is not the customer."""
    context = read(HistoryContext, found.history_context) or HistoryContext()
    for said in (found.from_me, context.from_me):
        if said is not None:
            return said
    sender = phone_digits(found.from_)
    if sender and frame.our_digits and sender == frame.our_digits:
        return True
    if customer is not None and sender and sender == customer.wa_id:
        return False
    return bool(phone_digits(found.to) or bsuid(found.to))


def _declined(number_id: int) -> Result:
    """The business keeps its history to itself; whoever wants it has to connect the phone anew."""
    number = WhatsAppNumber.objects.get(pk=number_id)
    kind = News.HISTORY_DECLINED
    raise_notice(
        kind.kind,
        f"number:{number.pk}",
        kind.value.severity,
        kind.value.text,
        {"name": str(number)},
    )
    return DONE
