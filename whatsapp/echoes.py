"""Numbers that are also used in the WhatsApp Business app on a phone (reference, section 6).

`smb_message_echoes` are what the business writes there; `smb_app_state_sync` is its address book,
which names contacts we have and makes none (law 1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from contacts.services import Person, find_contact, learn
from conversations.gateway import InboundEdit, InboundMessage, InboundReaction, MirroredMessage
from conversations.models import Direction, Origin, Status
from conversations.services.annotations import receive_edit, receive_reaction
from conversations.services.mirror import mirror_messages
from whatsapp.mapping import Frame, Ignored, Mapped, map_message
from whatsapp.models import WhatsAppNumber
from whatsapp.payload import (
    AppContactIn,
    EchoIn,
    Json,
    StateSyncIn,
    list_of,
    phone_digits,
    read,
)
from whatsapp.work import (
    DONE,
    Change,
    Item,
    Outcome,
    Result,
    frame_of,
    ignored,
    kept,
    read_safely,
    unusable,
)

STRANGER = "message to somebody who never wrote"
# Address book entries looked up in one item.
_CHUNK = 200


def echo_items(change: Change) -> Iterator[Item]:
    """`smb_message_echoes`: what was written on the phone, and edited and taken back there."""
    frame = frame_of(change)
    if isinstance(frame, Item):
        yield frame
        return
    yield mark_coexistent(change, frame)
    echoes = list_of(change.value.get("message_echoes"))
    if not echoes:
        yield unusable(change.path, "no message_echoes")
    for at, item in enumerate(echoes):
        yield read_safely(f"{change.path}.message_echoes[{at}]", _echo, item, frame)


def app_state_items(change: Change) -> Iterator[Item]:
    """`smb_app_state_sync`: the phone's address book."""
    frame = frame_of(change)
    if isinstance(frame, Item):
        yield frame
        return
    yield mark_coexistent(change, frame)
    entries = list_of(change.value.get("state_sync"))
    if not entries:
        yield unusable(change.path, "no state_sync")
    for start in range(0, len(entries), _CHUNK):
        path = f"{change.path}.state_sync[{start}]"
        yield Item(path, partial(_name_people, entries[start : start + _CHUNK]))


def mark_coexistent(change: Change, frame: Frame) -> Item:
    """The item that remembers that this number is also on a phone."""
    return Item(change.path, partial(_mark_coexistent, frame.number_id))


def mirrored_item(path: str, mapped: Mapped, direction: str, status: str, origin: str) -> Item:
    """What to do with a message, reaction or edit that did not pass through us."""
    match mapped:
        case InboundMessage():
            one = MirroredMessage(mapped, direction, status, origin)
            return Item(path, partial(_mirror, one), mirrored=one)
        case InboundReaction():
            return Item(path, partial(_react, replace(mapped, direction=direction)))
        case InboundEdit():
            return Item(path, partial(_edit, replace(mapped, direction=direction)))
        case Ignored():
            return Item(path, partial(ignored, mapped))
    return kept(path, "system message")


def mirror_set(mirrored: Sequence[MirroredMessage]) -> list[Result]:
    """Store many at once, or none; what became of each."""
    known = mirror_messages(mirrored)
    return [DONE if one else Result(Outcome.WAITING, STRANGER) for one in known]


def as_of_customer(item: object, ids: Json) -> object:
    """A message as if the customer with these ids (`from`, `from_user_id` …) had written it, which
    is how our reading expects it."""
    return {**item, **ids} if isinstance(item, dict) else item


def _echo(path: str, item: object, frame: Frame) -> Item:
    found = read(EchoIn, item)
    if found is None:
        return unusable(path, "not a message object")
    ids: Json = {
        "from": found.to,
        "from_user_id": found.to_user_id,
        "from_parent_user_id": found.to_parent_user_id,
    }
    mapped = map_message(as_of_customer(item, ids), frame)
    return mirrored_item(path, mapped, Direction.OUTBOUND, Status.SENT, Origin.ECHO)


def _mirror(one: MirroredMessage) -> Result:
    return mirror_set([one])[0]


def _react(reaction: InboundReaction) -> Result:
    if receive_reaction(reaction):
        return DONE
    return Result(Outcome.WAITING, "reaction to a message that is not known")


def _edit(edit: InboundEdit) -> Result:
    if receive_edit(edit):
        return DONE
    return Result(Outcome.WAITING, "change of a message that is not known")


def _mark_coexistent(number_id: int) -> Result:
    WhatsAppNumber.objects.filter(pk=number_id, is_coexistent=False).update(is_coexistent=True)
    return DONE


def _name_people(entries: Sequence[object]) -> Result:
    """Name those of an address book who are contacts; the others stay strangers."""
    named = False
    for entry in entries:
        found = read(StateSyncIn, entry)
        contact = read(AppContactIn, found.contact) if found else None
        if found is None or contact is None or found.action != "add":
            continue
        person = Person(
            wa_id=phone_digits(contact.phone_number),
            name=(contact.full_name or contact.first_name or "").strip()[:200],
        )
        if person.name and person.recognisable and find_contact(person) is not None:
            learn(person)
            named = True
    return DONE if named else Result(Outcome.KEPT, "nobody among them is a contact")
