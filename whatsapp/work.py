"""The units a webhook body is taken apart into, and what becomes of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from functools import partial
from typing import Any

from contacts.services import Person
from conversations.gateway import InboundMessage, MirroredMessage, StatusUpdate
from whatsapp.mapping import Frame, Ignored
from whatsapp.payload import Json, list_of, phone_digits, text_of


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


DONE = Result(Outcome.DONE)


@dataclass(frozen=True)
class Report:
    """A status, and whom it names."""

    update: StatusUpdate
    person: Person


@dataclass(frozen=True)
class Item:
    """`path` says where in the body it stands: ids and positions only, never content.

    `message`, `mirrored` or `report` is there when it can be done in a set with others of its
    kind. With `in_turn` it must find done what stands before it, and undone what comes after it.
    """

    path: str
    run: Callable[[], Result]
    message: InboundMessage | None = None
    mirrored: MirroredMessage | None = None
    report: Report | None = None
    in_turn: bool = False


@dataclass(frozen=True)
class Source:
    """What the items of one event share: our numbers by Meta's id, and when it came."""

    numbers: Mapping[str, int]
    received_at: datetime


@dataclass(frozen=True)
class Change:
    """One of `changes[]`: `at` is the entry's own time where it tells one, else the receipt."""

    path: str
    account: str
    field: str
    value: Json
    at: datetime
    source: Source


def frame_of(change: Change) -> Frame | Item:
    """What surrounds the items of a change that belongs to one of our numbers; else the item that
    says why there are none."""
    metadata = change.value.get("metadata")
    found: Json = metadata if isinstance(metadata, dict) else {}
    said = found.get("phone_number_id")
    phone_number_id = text_of(said) if isinstance(said, str | int) else ""
    if not phone_number_id or len(phone_number_id) > 40:
        return unusable(change.path, "no phone_number_id")
    number_id = change.source.numbers.get(phone_number_id)
    if number_id is None:
        return Item(change.path, partial(Result, Outcome.UNKNOWN_NUMBER, phone_number_id))
    display = found.get("display_phone_number")
    return Frame(
        number_id=number_id,
        contacts=list_of(change.value.get("contacts")),
        received_at=change.source.received_at,
        errors=list_of(change.value.get("errors")),
        our_digits=phone_digits(display) if isinstance(display, str | int) else "",
    )


def read_safely(
    path: str, read_item: Callable[[str, object, Frame], Item], item: object, frame: Frame
) -> Item:
    """The item, or one that fails alone when it cannot even be read."""
    try:
        return read_item(path, item, frame)
    except Exception as error:  # noqa: BLE001 (raised again where the item is run)
        return Item(path, partial(_fail, error))


def _fail(error: Exception) -> Result:
    raise error


def ignored(found: Ignored) -> Result:
    return Result(Outcome.KEPT if found.usable else Outcome.UNUSABLE, found.reason)


def kept(path: str, reason: str) -> Item:
    return Item(path, partial(Result, Outcome.KEPT, reason))


def unusable(path: str, reason: str) -> Item:
    return Item(path, partial(Result, Outcome.UNUSABLE, reason))


def codes_of(errors: Sequence[Any]) -> str:
    """The codes of Meta's `errors[]`, for a reason."""
    return ", ".join(_code(error) for error in errors)


def _code(error: Any) -> str:
    code = error.get("code") if isinstance(error, dict) else None
    return str(code)[:20] if isinstance(code, str | int) else "?"
