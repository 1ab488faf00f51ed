"""Anything may happen to identities, in any order: nobody is lost, doubled or written to wrongly.

People write, change and hide numbers, get numbers of others; their webhooks come late and twice;
an admin merges and splits whom they like, rightly or not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.db.models import Q
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import Role
from consent.gate import permits
from consent.models import ConsentRecord
from contacts.merging import merge_contacts, undo_merge
from contacts.models import Contact, ContactMerge, Identity, MergeReason
from contacts.numbers import variants
from contacts.services import Person, change_identity, find_contact, learn
from conversations.gateway import InboundMessage
from conversations.models import Conversation, Message
from conversations.services.lifecycle import resolve_conversation
from conversations.services.receive import receive_message
from conversations.window import WINDOW_LENGTH
from tests import factories

START = datetime(2026, 11, 1, tzinfo=UTC)
COUNTRIES = ("4915112{:06d}", "55119876{:05d}", "521551234{:04d}", "54911234{:05d}")
LEDGER = ("pk", "contact_id", "purpose", "act", "occurred_at")


@dataclass(eq=False)
class Human:
    """Who really stands behind the ids; `wrote` by number of ours: when, last."""

    wa_id: str
    bsuid: str
    username: str = ""
    wrote: dict[int, datetime] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<{self.wa_id} {self.bsuid}>"


def keys(rows: Iterable[Contact]) -> list[UUID]:
    return [row.pk for row in rows]


class Identities(RuleBasedStateMachine):
    humans = Bundle("humans")
    news = Bundle("news")

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.numbers: list[int] = []
        self.now = START
        self.serial = count(1)
        self.wamids: list[str] = []
        self.everybody: list[Human] = []
        self.threads: set[Any] = set()

    @initialize(target=humans)
    def three_people(self) -> Any:
        self.atomic.__enter__()
        self.numbers = [factories.WhatsAppNumberFactory.create().pk for _ in range(2)]
        self.agent = factories.AgentFactory.create(role=Role.ADMIN)
        found = [self.born(country.format(next(self.serial))) for country in COUNTRIES[:3]]
        return multiple(*found)

    def teardown(self) -> None:
        if not self.numbers:
            return
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def later(self, minutes: int = 1) -> datetime:
        self.now += timedelta(minutes=minutes)
        return self.now

    def born(self, wa_id: str) -> Human:
        human = Human(wa_id, f"DE.{next(self.serial)}")
        self.everybody.append(human)
        return human

    @rule(target=humans, country=st.sampled_from(COUNTRIES))
    def somebody(self, country: str) -> Human:
        return self.born(country.format(next(self.serial)))

    @rule(human=humans, first=st.booleans())
    def write_apart_and_together(self, human: Human, first: bool) -> None:
        """By number only, by account only, and then with both: that is one person."""
        for style in ("number", "account", "both") if first else ("account", "number", "both"):
            self.write_once(human, style, 0, "Hallo", 0)

    @rule(
        human=humans,
        style=st.sampled_from(["both", "both", "number", "account"]),
        number=st.integers(0, 1),
        words=st.sampled_from(["Hallo", "Hallo", "START", "STOP"]),
        spelling=st.integers(0, 1),
    )
    def write(self, human: Human, style: str, number: int, words: str, spelling: int) -> None:
        self.write_once(human, style, number, words, spelling)

    def write_once(self, human: Human, style: str, number: int, words: str, spelling: int) -> None:
        spellings = variants(human.wa_id)
        person = Person(
            wa_id="" if style == "account" else spellings[spelling % len(spellings)],
            bsuid="" if style == "number" else human.bsuid,
            username=human.username,
        )
        wamid = f"wamid.machine-{next(self.serial)}"
        inbound = InboundMessage(
            business_number_id=self.numbers[number],
            person=person,
            wamid=wamid,
            type="text",
            text=words,
            sent_at=self.later(),
        )
        message = receive_message(inbound)
        assert message is not None
        assert receive_message(inbound) is None
        self.wamids.append(wamid)
        human.wrote[self.numbers[number]] = self.now
        owner = Conversation.objects.get(pk=message.conversation_id).contact
        assert find_contact(person) == owner
        assert message.conversation.status != "resolved"

    @rule(human=humans)
    def status(self, human: Human) -> None:
        before = Contact.objects.count()
        learn(Person(wa_id=human.wa_id, bsuid=human.bsuid))
        assert Contact.objects.count() == before

    @rule(human=humans, name=st.sampled_from(["lin", "Lin", "tom.w"]))
    def take_username(self, human: Human, name: str) -> None:
        human.username = name

    @rule(
        target=news, human=humans, told=st.sampled_from(["now", "late", "never"]), old=st.booleans()
    )
    def change_number(self, human: Human, told: str, old: bool) -> Any:
        """`old` spellings of the news have no BSUIDs."""
        before = Person(wa_id=human.wa_id, bsuid="" if old else human.bsuid)
        human.wa_id, human.bsuid = f"4916099{next(self.serial):06d}", f"DE.{next(self.serial)}"
        self.later(26 * 60)  # the old number rests before somebody else gets it
        after = Person(wa_id=human.wa_id, bsuid="" if old else human.bsuid)
        if told == "now":
            self.tell((before, after))
        return multiple() if told == "never" else (before, after)

    @rule(target=news, told=consumes(news))
    def tell_again(self, told: tuple[Person, Person]) -> Any:
        self.tell(told)
        return told

    def tell(self, told: tuple[Person, Person]) -> None:
        contact = find_contact(told[0])
        if contact is not None:
            change_identity(contact, *told)

    @rule(target=humans, told=consumes(news))
    def recycle(self, told: tuple[Person, Person]) -> Any:
        """A number that was given up is somebody else's after a while; by then nobody is told of
        the change any more."""
        if any(human.wa_id == told[0].wa_id for human in self.everybody):
            return multiple()
        self.later(90 * 24 * 60)
        return self.born(told[0].wa_id)

    @precondition(lambda self: Contact.objects.filter(merged_into=None).count() > 1)
    @rule(one=st.integers(0, 9), other=st.integers(0, 9), back=st.booleans())
    def merge_by_hand(self, one: int, other: int, back: bool) -> None:
        """`back`: a mistake, seen at once: all is as it was."""
        living = list(Contact.objects.filter(merged_into=None).order_by("pk"))
        if len(living) < 2 or one % len(living) == other % len(living):
            return
        pair = living[one % len(living)], living[other % len(living)]
        ledger = list(ConsentRecord.objects.order_by("pk").values_list(*LEDGER))
        families = Contact.objects.filter(Q(pk__in=keys(pair)) | Q(merged_into__in=keys(pair)))
        newest = {
            record.purpose: record
            for record in ConsentRecord.objects.filter(contact__in=families).order_by(
                "occurred_at", "pk"
            )
        }
        before = self.photograph()
        self.later()
        merge = merge_contacts(*pair, MergeReason.BY_HAND, self.agent)
        for purpose, record in newest.items():
            assert permits(merge.survivor, purpose).granted == (record.act == "granted")
        if back:
            undo_merge(merge)
            assert self.photograph() == before
        assert list(ConsentRecord.objects.order_by("pk").values_list(*LEDGER)) == ledger

    @precondition(lambda self: ContactMerge.objects.filter(undone_at=None).exists())
    @rule(at=st.integers(0, 9))
    def split(self, at: int) -> None:
        merges = list(ContactMerge.objects.filter(undone_at=None).order_by("pk"))
        undo_merge(merges[at % len(merges)], self.agent)

    @precondition(lambda self: Conversation.objects.exclude(status="resolved").exists())
    @rule(at=st.integers(0, 9))
    def resolve(self, at: int) -> None:
        rows = list(Conversation.objects.exclude(status="resolved").order_by("pk"))
        resolve_conversation(rows[at % len(rows)], self.agent)

    def photograph(self) -> tuple[Any, ...]:
        """Whose everything is, as far as a merge and its undoing must not change it."""
        return (
            set(Identity.objects.values_list("pk", "contact", "ended_at")),
            set(
                Conversation.objects.values_list(
                    "pk", "contact", "status", "window_expires_at", "last_inbound_at"
                )
            ),
            set(Contact.objects.values_list("pk", "name", "merged_into")),
        )

    @invariant()
    def one_owner_of_each_identity(self) -> None:
        current = Identity.objects.filter(ended_at=None)
        proofs = current.exclude(kind="username").values_list("kind", "match_key")
        assert max(Counter(proofs).values(), default=1) == 1
        single = current.filter(kind__in=("wa_id", "phone", "username", "bsuid"))
        assert max(Counter(single.values_list("contact", "kind")).values(), default=1) == 1

    @invariant()
    def who_was_merged_has_nothing_left(self) -> None:
        merged = Contact.objects.exclude(merged_into=None)
        assert not merged.exclude(merged_into__merged_into=None).exists()
        assert not Identity.objects.filter(contact__in=merged).exists()
        assert not Conversation.objects.filter(contact__in=merged).exists()
        open_merges = ContactMerge.objects.filter(undone_at=None)
        assert set(open_merges.values_list("absorbed", flat=True)) == set(
            merged.values_list("pk", flat=True)
        )

    @invariant()
    def every_message_and_thread_is_there(self) -> None:
        stored = Message.objects.filter(direction="inbound").values_list("wamid", flat=True)
        assert sorted(self.wamids) == sorted(map(str, stored))
        threads = set(Conversation.objects.values_list("pk", flat=True))
        assert self.threads <= threads
        self.threads = threads

    @invariant()
    def one_open_thread_per_person_and_number(self) -> None:
        rows = Conversation.objects.exclude(status="resolved")
        pairs = Counter(rows.values_list("contact", "business_number"))
        assert max(pairs.values(), default=1) == 1

    @invariant()
    def no_window_is_open_that_the_addressee_did_not_open(self) -> None:
        if self.believes_a_lie():
            return
        rows = Conversation.objects.filter(window_expires_at__gt=self.now)
        for row in rows.select_related("contact"):
            human = self.addressee(row.contact)
            if human is None:
                continue  # an address of before: nobody is reached
            wrote = human.wrote.get(row.business_number_id)
            assert row.window_expires_at is not None
            assert wrote is not None
            assert row.window_expires_at <= wrote + WINDOW_LENGTH

    def addressee(self, contact: Contact) -> Human | None:
        """Whom a message to this contact would reach; as in `whatsapp/bodies.py`."""
        known = contact.identity_values
        for human in self.everybody:
            if wa_id := known.get("wa_id"):
                if wa_id in variants(human.wa_id):
                    return human
            elif known.get("bsuid") == human.bsuid:
                return human
        return None

    def believes_a_lie(self) -> bool:
        """An admin took a number of one and an account of another for the same account."""
        by_hand = ContactMerge.objects.filter(undone_at=None, reason=MergeReason.BY_HAND)
        return any(merge.moved["account_of"] is None for merge in by_hand)


@pytest.mark.django_db
@pytest.mark.timeout(600)
def test_identities_hold_whatever_happens() -> None:
    run_state_machine_as_test(
        Identities,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
