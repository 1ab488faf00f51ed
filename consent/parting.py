"""Whom a running erasure has parted from their identities, which nobody has until it ends."""

from __future__ import annotations

from collections.abc import Iterable

from consent.models.data_request import OPEN, DataRequest, RequestKind
from contacts.numbers import match_key
from contacts.services import Person


def parted(people: Iterable[Person]) -> set[Person]:
    """Those of `people` who are being erased. Ask it after looking for their contact: the parting
    takes the identities and writes them down here at once."""
    running = DataRequest.objects.filter(kind=RequestKind.ERASURE, state__in=OPEN)
    gone = {
        (kind, match_key(kind, value))
        for keys in running.exclude(keys={}).values_list("keys", flat=True)
        for kind, value in keys["identifiers"]
    }
    return {person for person in people if gone & set(person.keys.items())} if gone else set()
