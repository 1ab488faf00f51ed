"""`calls`: customers who call us on WhatsApp (reference, sections 6 and 10).

We answer none: the thread says that they called, and the window opens as by a message.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from conversations.gateway import InboundCall
from conversations.services.incidents import receive_call
from whatsapp.mapping import LONGEST_ID, Frame
from whatsapp.payload import CallIn, list_of, moment, person_of, read, text_of
from whatsapp.work import DONE, Change, Item, Result, frame_of, kept, read_safely, unusable

_CONNECT, _TERMINATE = "connect", "terminate"


def call_items(change: Change) -> Iterator[Item]:
    """Every call of the change; the statuses of calls we place do not concern us."""
    frame = frame_of(change)
    if isinstance(frame, Item):
        yield frame
        return
    calls = list_of(change.value.get("calls"))
    if not calls:
        statuses = list_of(change.value.get("statuses"))
        if statuses:
            yield kept(change.path, "status of a call")
        else:
            yield unusable(change.path, "no calls")
    for at, item in enumerate(calls):
        yield read_safely(f"{change.path}.calls[{at}]", _call, item, frame)


def _call(path: str, item: object, frame: Frame) -> Item:
    found = read(CallIn, item)
    call_id = text_of(found.id) if found else ""
    if found is None or not call_id or len(call_id) > LONGEST_ID:
        return unusable(path, "call without an id")
    if (found.direction or "USER_INITIATED").upper() != "USER_INITIATED":
        return kept(path, "call of ours")
    event = (found.event or "").lower()
    if event not in (_CONNECT, _TERMINATE):
        return kept(path, f"call {event[:20]}")
    person = person_of(frame.contacts, found.from_, found.from_user_id, found.from_parent_user_id)
    if not person.recognisable:
        return unusable(path, "call without a caller")
    told_at = moment(found.timestamp, frame.received_at)
    # One that nobody took has no start; the `connect` before it opened the window.
    began = found.timestamp if event == _CONNECT else found.start_time
    length = text_of(found.duration)
    duration_s = int(length) if length.isascii() and length.isdigit() and len(length) < 8 else 0
    call = InboundCall(
        business_number_id=frame.number_id,
        person=person,
        call_id=call_id,
        told_at=told_at,
        began_at=min(moment(began, frame.received_at), told_at) if text_of(began) else None,
        ended=event == _TERMINATE,
        answered=duration_s > 0,
        duration_s=duration_s,
    )
    return Item(path, partial(_take, call))


def _take(call: InboundCall) -> Result:
    receive_call(call)
    return DONE
