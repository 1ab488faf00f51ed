"""The one question other rooms ask: may this person be written to for this purpose?"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from consent.models import Act, ConsentRecord, ConsentState, Purpose
from consent.models.data_request import DataRequest, RequestKind, RequestState
from consent.states import IN_FORCE
from contacts.family import family_of
from contacts.models import Contact

# Who a consent is of, by who they are now.
_PERSON = Coalesce("contact__merged_into", "contact")


class Refusal(StrEnum):
    NO_CONSENT = "no_consent"
    OPTED_OUT = "opted_out"
    EXPIRED = "consent_expired"
    RESTRICTED = "restricted"


@dataclass(frozen=True)
class Permission:
    """The answer, and the ledger entry it rests on (None when there never was one)."""

    refusal: Refusal | None
    record: ConsentRecord | None

    @property
    def granted(self) -> bool:
        return self.refusal is None


def permits(contact: Contact, purpose: str, topic: str = "") -> Permission:
    """Whether a consent for `purpose` (and `topic`, if it is about one) is in force now.

    The newest act of the person decides, whichever of the contacts that turned out to be theirs it
    was recorded for. Acts carry the customer's clock, so one "of the future" counts: a withdrawal
    must not wait for our clock to catch up.

    Whoever agreed to a topic may be written to for its purpose in general; whoever agreed in
    general, about every topic they did not leave. Leaving in general leaves every topic that was
    agreed to earlier.
    """
    if is_restricted(contact):
        return Permission(Refusal.RESTRICTED, None)
    states = {state.topic: state for state in states_of(contact) if state.purpose == purpose}
    general = states.get("")
    if topic:
        asked = [state for state in (states.get(topic) or general,) if state]
    else:
        asked = list(states.values())
    allowing = [state for state in asked if is_in_force(state, general)]
    if allowing:
        return Permission(None, max(allowing, key=_newest).record)
    if not asked:
        return Permission(Refusal.NO_CONSENT, None)
    last = max(asked, key=_newest)
    ended = Refusal.EXPIRED if last.act == Act.EXPIRED else Refusal.OPTED_OUT
    return Permission(ended, last.record)


def is_restricted(contact: Contact) -> bool:
    """Whether the person has asked us to keep their data and do nothing with them: then nothing is
    sent, whatever was agreed to (Art. 18 GDPR)."""
    if contact._restricted is not None:
        return contact._restricted
    family = family_of(contact).values("pk")
    return _restrictions().filter(contact_id__in=family).exists()


def know_restrictions(contacts: Collection[Contact]) -> None:
    """Look once for many contacts, for as long as these objects are used."""
    named = set(_restrictions().values_list("contact_id", flat=True))
    if named:  # few are, ever
        named |= set(
            Contact.objects.filter(Q(merged_into__in=named)).values_list("pk", flat=True)
        ) | set(
            Contact.objects.filter(pk__in=named, merged_into__isnull=False).values_list(
                "merged_into_id", flat=True
            )
        )
    for contact in contacts:
        contact._restricted = contact.pk in named


def _restrictions() -> QuerySet[DataRequest]:
    return DataRequest.objects.filter(
        kind=RequestKind.RESTRICTION, state=RequestState.DONE, lifted_at=None
    )


def is_in_force(state: ConsentState, general: ConsentState | None) -> bool:
    """Whether `state` allows writing, beside what holds for its purpose in general."""
    if state.act not in IN_FORCE:
        return False
    overruled = general and general.act not in IN_FORCE and _newest(general) > _newest(state)
    return not overruled


def states_of(contact: Contact) -> list[ConsentState]:
    """The person's newest act for each purpose and topic, the newest first."""
    rows = ConsentState.objects.filter(contact__in=family_of(contact)).select_related(
        "record__wording"
    )
    return newest_of(rows)


def subscribed_topics(contacts: Collection[Contact]) -> dict[UUID, list[str]]:
    """For each contact the keys of the topics the person may be written to about, in order."""
    by_person = marketing_states(contacts)
    return {contact.pk: _topics(by_person[contact.survivor_id]) for contact in contacts}


def marketing_states(contacts: Collection[Contact]) -> dict[UUID, list[ConsentState]]:
    """What the persons of these contacts did about marketing, by who they are now; of an act that
    is told twice both. `newest_of` says what counts."""
    who = {contact.survivor_id for contact in contacts}
    rows = ConsentState.objects.filter(
        Q(contact__in=who) | Q(contact__merged_into__in=who),
        purpose=Purpose.MARKETING,
    ).select_related("contact", "record__wording")
    by_person: dict[UUID, list[ConsentState]] = {person: [] for person in who}
    for state in rows:
        by_person[state.contact.survivor_id].append(state)
    return by_person


def people_subscribed_to(topics: Collection[str]) -> QuerySet[ConsentState, Any]:
    """The ids of the people who may be written to about one of `topics`, as a subquery: what
    `subscribed_topics` says of each, asked of all."""
    states = ConsentState.objects.filter(purpose=Purpose.MARKETING).annotate(person=_PERSON)
    newer = Q(occurred_at__gt=OuterRef("occurred_at")) | Q(
        occurred_at=OuterRef("occurred_at"), record__gt=OuterRef("record")
    )
    ended = states.filter(newer, person=OuterRef("person")).exclude(act__in=IN_FORCE)
    ended = ended.filter(Q(topic="") | Q(topic=OuterRef("topic")))
    agreed = states.filter(topic__in=topics, act__in=IN_FORCE).exclude(topic="")
    return agreed.exclude(Exists(ended)).values("person")


def _topics(rows: Iterable[ConsentState]) -> list[str]:
    states = newest_of(rows)
    general = next((state for state in states if not state.topic), None)
    return sorted(state.topic for state in states if state.topic and is_in_force(state, general))


def newest_of(rows: Iterable[ConsentState]) -> list[ConsentState]:
    """Of each purpose and topic of one person the newest act, the newest first."""
    newest: dict[tuple[str, str], ConsentState] = {}
    for state in sorted(rows, key=_newest, reverse=True):
        newest.setdefault((state.purpose, state.topic), state)
    return list(newest.values())


def moment_for(contact: Contact) -> datetime:
    """When an act of this moment happened, by our clock: after everything the person did, also
    where WhatsApp's clock was ahead. A withdrawal must not be older than what it takes back."""
    newest = max((state.occurred_at for state in states_of(contact)), default=None)
    now = timezone.now()
    return now if newest is None else max(now, newest + timedelta(microseconds=1))


def topics_agreed_to(contact: Contact) -> list[str]:
    """Keys of the topics whose newest act is an agreement: what leaving altogether must end, one by
    one, whatever holds in general."""
    return sorted(
        state.topic
        for state in states_of(contact)
        if state.purpose == Purpose.MARKETING and state.topic and state.act in IN_FORCE
    )


def records_of(contact: Contact) -> QuerySet[ConsentRecord]:
    """The person's entries in the ledger. None moves in a merge: each stays what it was."""
    return ConsentRecord.objects.filter(contact__in=family_of(contact))


def _newest(state: ConsentState) -> tuple[object, int]:
    return (state.occurred_at, state.record_id)
