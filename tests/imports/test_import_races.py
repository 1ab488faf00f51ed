"""What happens at the same moment: two workers, a withdrawal, an erasure, two who decide."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Agent
from consent import erasure, import_work, imports, rights, tasks
from consent.gate import permits
from consent.imports import ImportRefused
from consent.ledger import Entry, append
from consent.models import Act, ConsentImport, ConsentRecord, ImportLine, Source
from consent.verify import verify_ledger
from contacts.models import Contact
from tests import factories
from tests.imports.conftest import ANNA, ANNAS_ID, BEN, HEAD, uploaded, worked

Answer = TypeVar("Answer")
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("topics")]


def in_thread(work: Callable[[], Answer]) -> Callable[[], Answer]:
    """With a connection of its own, which is given back."""

    def run() -> Answer:
        try:
            return work()
        finally:
            connection.close()

    return run


@contextmanager
def held_before_the_ledger(
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[threading.Event, threading.Event]]:
    """The writer stops when it has its contacts and before it appends: (it is there, let it go)."""
    there, go = threading.Event(), threading.Event()

    def slow(entries: list[Entry]) -> list[ConsentRecord]:
        there.set()
        assert go.wait(30)
        return append(entries)

    with monkeypatch.context() as patch:
        patch.setattr(import_work, "append", slow)
        try:
            yield there, go
        finally:
            go.set()


def confirmed(text: str, admin: Agent) -> ConsentImport:
    return imports.confirm(uploaded(text, admin), admin, "I have checked this")


def test_many_workers_write_each_line_once(admin: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_work, "AT_ONCE", 3)
    people = [f"+4915123456{n:03};;de;news;2026-01-01;paper;sheet {n};\n" for n in range(700, 730)]
    batch = confirmed(HEAD + "".join(people), admin)
    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(in_thread(lambda: tasks.run_import(str(batch.pk)))) for _ in range(8)]
        for one in runs:
            one.result()
    worked(batch)
    assert batch.state == "done"
    assert (Contact.objects.count(), ConsentRecord.objects.count()) == (30, 30)
    assert verify_ledger().broken is None


def test_who_withdraws_while_it_is_written_has_withdrawn(
    admin: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = factories.ContactFactory.create(wa_id=ANNAS_ID)
    batch = confirmed(HEAD + ANNA, admin)
    with held_before_the_ledger(monkeypatch) as (there, go), ThreadPoolExecutor(1) as pool:
        writing = pool.submit(in_thread(lambda: tasks.run_import(str(batch.pk))))
        assert there.wait(30)
        stop = Entry(anna, "marketing", Act.WITHDRAWN, Source.MESSAGE, timezone.now(), topic="news")
        append([stop])
        go.set()
        writing.result()
    assert not permits(anna, "marketing", "news").granted
    assert verify_ledger().broken is None


def test_an_erasure_that_begins_while_it_is_written_takes_everything(
    admin: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = factories.ContactFactory.create(wa_id=ANNAS_ID, name="Anna")
    batch = confirmed(HEAD + ANNA + BEN, admin)
    with held_before_the_ledger(monkeypatch) as (there, go), ThreadPoolExecutor(2) as pool:
        writing = pool.submit(in_thread(lambda: tasks.run_import(str(batch.pk))))
        assert there.wait(30)
        request = rights.ask(anna, "erasure", admin)
        # It waits for who holds the contact.
        erasing = pool.submit(in_thread(lambda: erasure.work_on(rights.start(request, admin).pk)))
        go.set()
        writing.result()
        erasing.result()
    tasks.run_request(str(request.pk))
    request.refresh_from_db()
    assert request.state == "done"
    assert not Contact.objects.filter(name__startswith="Anna").exists()
    assert [line.number for line in ImportLine.objects.exclude(contact_id=None)] == [3]
    assert verify_ledger().broken is None


def test_two_who_decide_at_once_decide_once(admin: Agent) -> None:
    batch = uploaded(HEAD + ANNA, admin)

    def confirm() -> str:
        try:
            imports.confirm(batch, admin, "I have checked this")
        except ImportRefused:
            return "refused"
        return "confirmed"

    def discard() -> str:
        try:
            imports.discard(batch)
        except ImportRefused:
            return "refused"
        return "discarded"

    with ThreadPoolExecutor(4) as pool:
        doing = [pool.submit(in_thread(work)) for work in (confirm, discard, confirm, discard)]
        said = [one.result() for one in doing]
    assert said.count("refused") == 3
