"""Many who learn, change, merge and split the same few people at once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Thread
from time import sleep

import psycopg
import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from contacts.merging import MergeRefused, merge_contacts, undo_merge
from contacts.models import Contact, ContactMerge, Identity, MergeReason
from contacts.services import (
    Person,
    change_identity,
    find_contact,
    find_or_create_contact,
    learn,
)
from conversations.gateway import InboundMessage
from conversations.models import Conversation, Message
from conversations.services.receive import receive_message
from tests import factories

NUMBERS = ("4915112345678", "5511987654321", "551187654321")
ACCOUNTS = ("DE.1", "DE.2", "BR.3")
TRIES = 20


def patiently(work: object) -> None:
    """As the drainer does: again after a deadlock or a lost race."""
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                work()  # type: ignore[operator]
            return
        except (OperationalError, IntegrityError) as error:
            deadlock = isinstance(error.__cause__, psycopg.errors.DeadlockDetected)
            if attempt == TRIES - 1 or not (deadlock or isinstance(error, IntegrityError)):
                raise


def in_own_connection(work: Callable[[], None]) -> None:
    try:
        work()
    finally:
        connection.close()


def anybody(dice: random.Random) -> Person:
    style = dice.choice(["both", "number", "account"])
    return Person(
        wa_id="" if style == "account" else dice.choice(NUMBERS),
        bsuid="" if style == "number" else dice.choice(ACCOUNTS),
        username=dice.choice(["", "lin", "tom.w"]),
    )


def act(dice: random.Random, number: int, wamids: list[str]) -> None:
    """One thing that happens."""
    kind = dice.choice(["write", "write", "write", "learn", "change", "merge", "split"])
    if kind == "write":
        wamid = f"wamid.race-{dice.getrandbits(60)}"
        inbound = InboundMessage(
            business_number_id=number,
            person=anybody(dice),
            wamid=wamid,
            type="text",
            text="Hallo",
            sent_at=timezone.now(),
        )
        patiently(lambda: receive_message(inbound))
        wamids.append(wamid)
    elif kind == "learn":
        person = anybody(dice)
        patiently(lambda: learn(person))
    elif kind == "change":
        old, new = anybody(dice), anybody(dice)
        contact = find_contact(old)
        if contact is not None:
            known = contact
            patiently(lambda: change_identity(known, old, new))
    elif kind == "merge":
        living = list(Contact.objects.filter(merged_into=None)[:5])
        if len(living) > 1:
            merge_contacts(*dice.sample(living, 2), MergeReason.BY_HAND)
    else:
        merges = list(ContactMerge.objects.filter(undone_at=None))
        if merges:
            undo_merge(dice.choice(merges))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", [1, 2])
def test_nobody_is_lost_or_doubled_when_all_happens_at_once(seed: int) -> None:
    number = factories.WhatsAppNumberFactory.create().pk
    barrier = Barrier(4)
    wamids: list[str] = []
    failures: list[str] = []

    def live(own: int) -> None:
        dice = random.Random(seed * 100 + own)
        barrier.wait()
        try:
            for _ in range(25):
                try:
                    act(dice, number, wamids)
                except MergeRefused:
                    continue
        except Exception as error:
            failures.append(repr(error))
            raise
        finally:
            connection.close()

    threads = [Thread(target=live, args=[own]) for own in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert sorted(wamids) == sorted(map(str, Message.objects.values_list("wamid", flat=True)))
    merged = Contact.objects.exclude(merged_into=None)
    assert not merged.exclude(merged_into__merged_into=None).exists()
    assert not Conversation.objects.filter(contact__in=merged).exists()
    assert not Identity.objects.filter(contact__in=merged).exists()
    open_ones = Conversation.objects.exclude(status="resolved").values_list("contact")
    assert max(Counter(open_ones).values(), default=1) == 1
    names = Identity.objects.filter(kind="username", ended_at=None).values_list("contact")
    assert max(Counter(names).values(), default=1) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("known", ["", "lin"])
def test_two_who_hear_of_a_username_at_once_leave_one(known: str) -> None:
    number = factories.WhatsAppNumberFactory.create().pk
    contact = find_or_create_contact(Person(wa_id=NUMBERS[0], username=known))
    written, learning = Event(), Event()

    def write() -> None:
        inbound = InboundMessage(
            business_number_id=number,
            person=Person(wa_id=NUMBERS[0], username="tom.w"),
            wamid="wamid.username",
            type="text",
            text="Hallo",
            sent_at=timezone.now(),
        )
        with transaction.atomic():
            receive_message(inbound)
            written.set()
            assert learning.wait(10)
            sleep(0.2)  # the other waits for this transaction by now

    def hear() -> None:
        assert written.wait(10)
        learning.set()
        patiently(lambda: learn(Person(wa_id=NUMBERS[0], username="lin.o")))

    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(in_own_connection, work) for work in (write, hear)]:
            one.result()

    names = contact.identities.filter(kind="username", ended_at=None)
    assert [name.value for name in names] == ["lin.o"]
