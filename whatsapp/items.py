"""A webhook body taken apart into items, each of which can be done, and can fail, alone.

What comes in great numbers, messages and statuses, can also be done in sets (`receive_set`,
`apply_set`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from functools import partial
from typing import Any

from consent.models import Act
from consent.services import record_platform_preference
from contacts.bulk import unlearned_pairs
from contacts.services import (
    Person,
    change_identity,
    find_contact,
    find_or_create_contact,
    learn,
)
from conversations.gateway import InboundEdit, InboundMessage, InboundReaction, StatusUpdate
from conversations.services.annotations import receive_edit, receive_reaction
from conversations.services.receive import receive_message, receive_messages
from conversations.services.statuses import apply_statuses
from whatsapp.mapping import Frame, IdentityChange, Ignored, Mapped, map_message
from whatsapp.payload import (
    Json,
    PreferenceIn,
    StatusIn,
    list_of,
    moment,
    person_of,
    read,
    text_of,
)
from whatsapp.status_mapping import map_status
from whatsapp.template_updates import TEMPLATE_FIELDS, update_template

STOPPED_MARKETING = "131050"
# Fields Meta documents and nothing here acts on (yet): kept, and visible in the admin.
KEPT_FIELDS = frozenset(
    {
        *("account_alerts", "account_review_update", "account_settings_update", "account_update"),
        *("automatic_events", "business_capability_update", "business_username_updates", "calls"),
        *("flows", "group_lifecycle_update", "group_participants_update", "group_settings_update"),
        *("group_status_update", "history", "message_template_quality_update"),
        *("partner_solutions", "payment_configuration_update", "phone_number_name_update"),
        *("phone_number_quality_update", "security", "smb_app_state_sync", "smb_message_echoes"),
        "user_id_update",
    }
)


class Outcome(IntEnum):
    """What became of an item; the event's state is the highest of its items'."""

    UNUSABLE = 0
    KEPT = 1
    DONE = 2
    WAITING = 3
    UNKNOWN_NUMBER = 4
    FAILED = 5


@dataclass(frozen=True)
class Result:
    outcome: Outcome
    reason: str = ""
    trace: str = ""


@dataclass(frozen=True)
class Report:
    """A status, and whom it names."""

    update: StatusUpdate
    person: Person


@dataclass(frozen=True)
class Item:
    """`path` says where in the body it stands: ids and positions only, never content.

    `message` or `report` is there when it can be done in a set with others of its kind. With
    `in_turn` it must find done what stands before it, and undone what comes after it.
    """

    path: str
    run: Callable[[], Result]
    message: InboundMessage | None = None
    report: Report | None = None
    in_turn: bool = False


DONE = Result(Outcome.DONE)


@dataclass(frozen=True)
class Source:
    """What the items of one event share: our numbers by Meta's id, and when it came."""

    numbers: Mapping[str, int]
    received_at: datetime


def items_of(body: object, source: Source) -> Iterator[Item]:
    """Every item of a webhook body, in the order in which they stand."""
    entries = body.get("entry") if isinstance(body, dict) else None
    if not isinstance(entries, list):
        yield _unusable("body", "no entry list")
        return
    assert isinstance(body, dict)
    if body.get("object") != "whatsapp_business_account":
        yield _unusable("body", "object is not whatsapp_business_account")
        return
    if not entries:
        yield _unusable("body", "no entries")
    for at, entry in enumerate(entries):
        changes = entry.get("changes") if isinstance(entry, dict) else None
        if not isinstance(changes, list):
            yield _unusable(f"entry[{at}]", "no changes list")
            continue
        account = text_of(entry.get("id")) if isinstance(entry.get("id"), str | int) else ""
        for number, change in enumerate(changes):
            path = f"entry[{at}].changes[{number}]"
            if not isinstance(change, dict) or not isinstance(change.get("value"), dict):
                yield _unusable(path, "no value object")
                continue
            yield from _items_of_change(path, account, change, source)


def fields_of(body: object) -> str:
    """The names of the fields in a body, for the admin's list."""
    names: list[str] = []
    for entry in list_of(body.get("entry") if isinstance(body, dict) else None):
        for change in list_of(entry.get("changes") if isinstance(entry, dict) else None):
            name = change.get("field") if isinstance(change, dict) else None
            if isinstance(name, str) and name not in names:
                names.append(name)
    return ", ".join(names)[:200]


def _items_of_change(path: str, account: str, change: Json, source: Source) -> Iterator[Item]:
    field, value = str(change.get("field"))[:60], change["value"]
    if field in TEMPLATE_FIELDS:
        yield Item(path, partial(_update_template, field, account, value))
    elif field in ("messages", "user_preferences"):
        yield from _items_of_number(path, value, source)
    elif field in KEPT_FIELDS:
        yield Item(path, partial(Result, Outcome.KEPT, f"{field}: kept, not shown yet"))
    else:
        yield _unusable(path, f"unknown field {field}")


def _items_of_number(path: str, value: Json, source: Source) -> Iterator[Item]:
    """Messages, statuses and preferences: what belongs to one of our numbers."""
    metadata = value.get("metadata")
    said = metadata.get("phone_number_id") if isinstance(metadata, dict) else None
    phone_number_id = text_of(said) if isinstance(said, str | int) else ""
    if not phone_number_id or len(phone_number_id) > 40:
        yield _unusable(path, "no phone_number_id")
        return
    number_id = source.numbers.get(phone_number_id)
    if number_id is None:
        yield Item(path, partial(Result, Outcome.UNKNOWN_NUMBER, phone_number_id))
        return
    frame = Frame(
        number_id=number_id,
        contacts=list_of(value.get("contacts")),
        received_at=source.received_at,
        errors=list_of(value.get("errors")),
    )
    found = False
    for name, read_item in _READERS.items():
        for at, item in enumerate(list_of(value.get(name))):
            found = True
            yield _read_safely(f"{path}.{name}[{at}]", read_item, item, frame)
    if not found:
        codes = ", ".join(_code(error) for error in frame.errors)
        if codes:
            yield Item(path, partial(Result, Outcome.KEPT, f"errors: {codes}"))
        else:
            yield _unusable(path, "neither messages nor statuses")


def _read_safely(
    path: str, read_item: Callable[[str, object, Frame], Item], item: object, frame: Frame
) -> Item:
    """The item, or one that fails alone when it cannot even be read."""
    try:
        return read_item(path, item, frame)
    except Exception as error:  # noqa: BLE001 (raised again where the item is run)
        return Item(path, partial(_fail, error))


def _fail(error: Exception) -> Result:
    raise error


def _message(path: str, item: object, frame: Frame) -> Item:
    mapped = map_message(item, frame)
    return Item(
        path,
        partial(perform, mapped),
        message=mapped if isinstance(mapped, InboundMessage) else None,
        in_turn=isinstance(mapped, IdentityChange),
    )


def receive_set(messages: Sequence[InboundMessage]) -> None:
    """Store many messages at once, or none."""
    receive_messages(messages)


def perform(mapped: Mapped) -> Result:
    """Do what a message asks for; every branch may be called again for the same thing."""
    match mapped:
        case InboundMessage():
            receive_message(mapped)
        case InboundReaction():
            if not receive_reaction(mapped):
                return Result(Outcome.WAITING, "reaction to a message that is not known")
        case InboundEdit():
            if not receive_edit(mapped):
                return Result(Outcome.WAITING, "change of a message that is not known")
        case IdentityChange():
            return _change_identity(mapped)
        case Ignored():
            return _ignored(mapped)
    return DONE


def _status(path: str, item: object, frame: Frame) -> Item:
    update = map_status(item, frame)
    if isinstance(update, Ignored):
        return Item(path, partial(_ignored, update))
    found = read(StatusIn, item)
    assert found is not None  # it was mapped
    person = person_of(
        frame.contacts,
        found.recipient_id,
        found.recipient_user_id,
        found.recipient_parent_user_id,
    )
    report = Report(update, person)
    return Item(path, partial(_apply, report), report=report)


def _apply(report: Report) -> Result:
    apply_set([report])
    return DONE


def apply_set(reports: Sequence[Report]) -> None:
    """Apply many statuses at once, or none; learn who goes with which number."""
    for person in unlearned_pairs([report.person for report in reports]):
        learn(person)  # whoever writes next without a number is then the same person
    for report in reports:
        update = report.update
        if update.reason == STOPPED_MARKETING:
            # Tells of a withdrawal whose own webhook we may never have seen.
            contact = find_contact(report.person)
            if contact is not None:
                reference = update.wamid[:200]
                record_platform_preference(contact, Act.WITHDRAWN, reference, update.occurred_at)
    apply_statuses([report.update for report in reports])


def _take_preference(item: object, frame: Frame) -> Result:
    """The customer's own switch for marketing messages, in WhatsApp's settings."""
    found = read(PreferenceIn, item)
    if found is None:
        return Result(Outcome.UNUSABLE, "not a preference object")
    acts = {"stop": Act.WITHDRAWN, "resume": Act.GRANTED, "signup": Act.GRANTED}
    act = acts.get(found.value or "")
    if act is None or found.category != "marketing_messages":
        return Result(Outcome.KEPT, "preference of another kind")
    person = person_of(frame.contacts, found.wa_id, found.user_id, found.parent_user_id)
    if not person.recognisable:
        return Result(Outcome.UNUSABLE, "preference without a person")
    # Only who signs up by it becomes a contact; others must have written to us before.
    contact = find_or_create_contact(person) if found.value == "signup" else learn(person)
    if contact is None:
        return Result(Outcome.WAITING, "preference of somebody who is not known")
    when = moment(found.timestamp, frame.received_at)
    reference = f"user_preferences:{found.value}:{text_of(found.timestamp)}"[:200]
    record_platform_preference(contact, act, reference, when, (found.detail or "")[:4096])
    return DONE


def _change_identity(change: IdentityChange) -> Result:
    contact = find_contact(change.old)
    if contact is None:
        return Result(Outcome.KEPT, "new number of somebody who is not known")
    change_identity(contact, change.old, change.new)
    return DONE


def _update_template(field: str, account: str, value: Json) -> Result:
    reason = update_template(field, account, value)
    return Result(Outcome.KEPT, reason) if reason else DONE


def _preference(path: str, item: object, frame: Frame) -> Item:
    return Item(path, partial(_take_preference, item, frame))


_READERS: dict[str, Callable[[str, object, Frame], Item]] = {
    "messages": _message,
    "statuses": _status,
    "user_preferences": _preference,
}


def _ignored(ignored: Ignored) -> Result:
    return Result(Outcome.KEPT if ignored.usable else Outcome.UNUSABLE, ignored.reason)


def _unusable(path: str, reason: str) -> Item:
    return Item(path, partial(Result, Outcome.UNUSABLE, reason))


def _code(error: Any) -> str:
    code = error.get("code") if isinstance(error, dict) else None
    return str(code)[:20] if isinstance(code, str | int) else "?"
