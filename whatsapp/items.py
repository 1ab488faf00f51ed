"""A webhook body taken apart into items, each of which can be done, and can fail, alone.

What comes in great numbers, messages and statuses, can also be done in sets (`receive_set`,
`mirror_set`, `apply_set`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial

from django.db import transaction

from consent.models import Act
from consent.services import record_platform_preference
from contacts.bulk import unlearned_pairs
from contacts.services import Person, change_identity, find_contact, find_or_create_contact, learn
from conversations.gateway import (
    InboundEdit,
    InboundMessage,
    InboundReaction,
    SecurityCodeChange,
)
from conversations.services.annotations import receive_edit, receive_reaction
from conversations.services.incidents import note_security_code
from conversations.services.receive import receive_message, receive_messages
from conversations.services.statuses import apply_statuses
from whatsapp.account_updates import ACCOUNT_FIELDS, update_account
from whatsapp.alarms import follow_statuses
from whatsapp.calls import call_items
from whatsapp.echoes import app_state_items, echo_items
from whatsapp.history import history_items
from whatsapp.limits import limiter
from whatsapp.mapping import Frame, IdentityChange, Ignored, Mapped, map_message
from whatsapp.payload import (
    Json,
    PreferenceIn,
    Scalar,
    StatusIn,
    UserIdUpdateIn,
    bsuid,
    list_of,
    moment,
    person_of,
    phone_digits,
    read,
    text_of,
)
from whatsapp.status_mapping import map_status
from whatsapp.template_updates import TEMPLATE_FIELDS, update_template
from whatsapp.work import (
    DONE,
    Change,
    Item,
    Outcome,
    Report,
    Result,
    Source,
    codes_of,
    frame_of,
    ignored,
    kept,
    read_safely,
    unusable,
)

STOPPED_MARKETING = "131050"
# Fields Meta documents that concern nothing we have: kept, and visible in the admin.
KEPT_FIELDS = (
    *("account_settings_update", "automatic_events", "partner_solutions"),
    *("group_lifecycle_update", "group_participants_update", "group_settings_update"),
    "group_status_update",
)


def items_of(body: object, source: Source) -> Iterator[Item]:
    """Every item of a webhook body, in the order in which they stand."""
    entries = body.get("entry") if isinstance(body, dict) else None
    if not isinstance(entries, list):
        yield unusable("body", "no entry list")
        return
    assert isinstance(body, dict)
    if body.get("object") != "whatsapp_business_account":
        yield unusable("body", "object is not whatsapp_business_account")
        return
    if not entries:
        yield unusable("body", "no entries")
    for at, entry in enumerate(entries):
        changes = entry.get("changes") if isinstance(entry, dict) else None
        if not isinstance(changes, list):
            yield unusable(f"entry[{at}]", "no changes list")
            continue
        account = text_of(entry.get("id")) if isinstance(entry.get("id"), str | int) else ""
        for number, change in enumerate(changes):
            path = f"entry[{at}].changes[{number}]"
            if not isinstance(change, dict) or not isinstance(change.get("value"), dict):
                yield unusable(path, "no value object")
                continue
            yield from _items_of_change(
                Change(
                    path=path,
                    account=account,
                    field=str(change.get("field"))[:60],
                    value=change["value"],
                    at=moment(_time_of(entry), source.received_at),
                    source=source,
                )
            )


def fields_of(body: object) -> str:
    """The names of the fields in a body, for the admin's list."""
    names: list[str] = []
    for entry in list_of(body.get("entry") if isinstance(body, dict) else None):
        for change in list_of(entry.get("changes") if isinstance(entry, dict) else None):
            name = change.get("field") if isinstance(change, dict) else None
            if isinstance(name, str) and name not in names:
                names.append(name)
    return ", ".join(names)[:200]


def _items_of_change(change: Change) -> Iterator[Item]:
    reader = _FIELDS.get(change.field)
    if reader is None:
        yield unusable(change.path, f"unknown field {change.field}")
    else:
        yield from reader(change)


def _time_of(entry: Json) -> Scalar:
    """Meta's time of an entry: seconds; milliseconds have been seen on Graph's other fields."""
    said = entry.get("time")
    if not isinstance(said, str | int):
        return None
    text = text_of(said)
    return text[:-3] if len(text) == 13 else text


def _items_of_number(change: Change) -> Iterator[Item]:
    """Messages, statuses and preferences: what belongs to one of our numbers."""
    frame = frame_of(change)
    if isinstance(frame, Item):
        yield frame
        return
    found = False
    for name, read_item in _READERS.items():
        for at, item in enumerate(list_of(change.value.get(name))):
            found = True
            yield read_safely(f"{change.path}.{name}[{at}]", read_item, item, frame)
    if not found:
        if frame.errors:
            yield kept(change.path, f"errors: {codes_of(frame.errors)}")
        else:
            yield unusable(change.path, "neither messages nor statuses")


def _message(path: str, item: object, frame: Frame) -> Item:
    mapped = map_message(item, frame)
    return Item(
        path,
        partial(perform, mapped),
        message=mapped if isinstance(mapped, InboundMessage) else None,
        in_turn=isinstance(mapped, IdentityChange),
    )


def receive_set(messages: Sequence[InboundMessage]) -> list[Result]:
    """Store many messages at once, or none; what became of each."""
    receive_messages(messages)
    # What comes in uses up the numbers' throughput as well.
    counts = Counter(message.business_number_id for message in messages)
    transaction.on_commit(partial(limiter().note_inbound, counts), robust=True)
    return [DONE] * len(messages)


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
        case SecurityCodeChange():
            if not note_security_code(mapped):
                return Result(Outcome.KEPT, "security code of somebody who is not known")
        case Ignored():
            return ignored(mapped)
    return DONE


def _status(path: str, item: object, frame: Frame) -> Item:
    update = map_status(item, frame)
    if isinstance(update, Ignored):
        return Item(path, partial(ignored, update))
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


def apply_set(reports: Sequence[Report]) -> list[Result]:
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
    updates = [report.update for report in reports]
    apply_statuses(updates)
    transaction.on_commit(partial(follow_statuses, updates), robust=True)
    return [DONE] * len(reports)


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


def _preference(path: str, item: object, frame: Frame) -> Item:
    return Item(path, partial(_take_preference, item, frame))


def _user_id_items(change: Change) -> Iterator[Item]:
    """`user_id_update`, documented for some months of 2026: a customer's BSUID has changed."""
    rows = list_of(change.value.get("user_id_update")) or [change.value]
    for at, row in enumerate(rows):
        found = read(UserIdUpdateIn, row) or UserIdUpdateIn()
        ids = found.user_id if isinstance(found.user_id, dict) else {}
        before, after = ids.get("previous"), ids.get("current")
        old = Person(
            wa_id=phone_digits(found.wa_id),
            bsuid=bsuid(found.previous_user_id) or bsuid(before if _is_word(before) else None),
        )
        said = found.user_id if _is_word(found.user_id) else after
        new = Person(wa_id=phone_digits(found.wa_id), bsuid=bsuid(said if _is_word(said) else None))
        path = f"{change.path}.user_id_update[{at}]"
        if old.bsuid and new.bsuid:
            run = partial(_change_identity, IdentityChange(old, new))
            yield Item(path, run, in_turn=True)
        else:
            yield unusable(path, "no change of a user id")


def _is_word(value: object) -> bool:
    return isinstance(value, str)


def _template_items(change: Change) -> Iterator[Item]:
    yield Item(change.path, partial(_act, update_template, change))


def _account_items(change: Change) -> Iterator[Item]:
    yield Item(change.path, partial(_act, update_account, change))


def _act(update: Callable[[str, str, Json, datetime], str], change: Change) -> Result:
    reason = update(change.field, change.account, change.value, change.at)
    return Result(Outcome.KEPT, reason) if reason else DONE


def _kept_items(change: Change) -> Iterator[Item]:
    yield kept(change.path, f"{change.field}: kept")


_READERS: dict[str, Callable[[str, object, Frame], Item]] = {
    "messages": _message,
    "statuses": _status,
    "user_preferences": _preference,
}
_FIELDS: dict[str, Callable[[Change], Iterator[Item]]] = {
    "messages": _items_of_number,
    "user_preferences": _items_of_number,
    "smb_message_echoes": echo_items,
    "smb_app_state_sync": app_state_items,
    "history": history_items,
    "calls": call_items,
    "user_id_update": _user_id_items,
    **dict.fromkeys(TEMPLATE_FIELDS, _template_items),
    **dict.fromkeys(ACCOUNT_FIELDS, _account_items),
    **dict.fromkeys(KEPT_FIELDS, _kept_items),
}
