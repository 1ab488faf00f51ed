"""Legal holds: nothing of a person on hold goes, whoever wants it to, and whenever it was set."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event as Signal
from threading import Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone, translation

from accounts.models import Agent
from consent import rights, tasks
from consent.export import as_json
from consent.holds import hold_of, kept_contacts, lift_hold, set_hold
from consent.models import LegalHold
from consent.models.data_request import DataRequest, RequestState
from consent.personal_data import Person
from consent.refused import Refused
from consent.retention import retention
from consent.retention_run import dry_run, real_run
from contacts.merging import merge_contacts, undo_merge
from contacts.models import Contact, MergeReason
from conversations.models import Conversation, EarlyStatus, Message
from conversations.services import forget
from tests import factories
from tests.retention.helpers import aged, due, gone, resolved, rule
from tests.rights import marked
from tests.rights.conftest import run
from tests.whatsapp.door import as_body
from whatsapp import keepers
from whatsapp.cutting import Traits
from whatsapp.ingest import drain
from whatsapp.models import WebhookEvent, WhatsAppNumber
from whatsapp.personal_data import parts_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


def an_old_text(contact: Contact, number: WhatsAppNumber, text: str = "Hello") -> Message:
    thread = resolved(factories.ConversationFactory.create(contact=contact, business_number=number))
    return aged(factories.MessageFactory.create(conversation=thread, text=text), 400)


def test_nothing_of_a_held_person_goes_until_it_is_lifted(
    contact: Contact, number: WhatsAppNumber, admin: Agent
) -> None:
    rule("text", 30)
    message = an_old_text(contact, number)
    hold = set_hold(contact, "Lawsuit 4 O 12/26", admin)
    assert hold_of(contact) == hold
    assert due("text") == gone("text") == 0
    message.refresh_from_db()
    assert message.text == "Hello"
    lift_hold(hold, admin)
    assert due("text") == gone("text") == 1
    with pytest.raises(Refused):
        lift_hold(hold, admin)


def test_a_restricted_persons_data_stay_as_well(
    contact: Contact, number: WhatsAppNumber, admin: Agent
) -> None:
    rule("text", 30)
    an_old_text(contact, number)
    run(contact, "restriction", admin)
    assert due("text") == gone("text") == 0


def test_the_whole_family_is_held(number: WhatsAppNumber, admin: Agent) -> None:
    rule("text", 30)
    people = factories.ContactFactory.create_batch(3)
    messages = [an_old_text(person, number) for person in people]
    survivor, absorbed, stranger = people
    merge_contacts(survivor, absorbed, MergeReason.BY_HAND, admin)
    absorbed.refresh_from_db()
    set_hold(absorbed, "Lawsuit", admin)
    assert set(kept_contacts().values_list("pk", flat=True)) == {survivor.pk, absorbed.pk}
    assert due("text") == gone("text") == 1
    messages[2].refresh_from_db()
    assert messages[2].text == ""
    assert messages[2].conversation.contact_id == stranger.pk


def test_who_was_held_before_a_merge_is_held_after_it(number: WhatsAppNumber, admin: Agent) -> None:
    one, other = factories.ContactFactory.create_batch(2)
    set_hold(other, "Lawsuit", admin)
    merge_contacts(one, other, MergeReason.BY_HAND, admin)
    assert hold_of(one) is not None
    assert set(kept_contacts().values_list("pk", flat=True)) == {one.pk, other.pk}


def test_who_is_split_from_a_held_person_goes_on_being_held(admin: Agent) -> None:
    one, other = factories.ContactFactory.create_batch(2)
    merge = merge_contacts(one, other, MergeReason.BY_HAND, admin)
    one.refresh_from_db()
    set_hold(one, "Lawsuit", admin)
    undo_merge(merge, admin)
    assert set(kept_contacts().values_list("pk", flat=True)) == {one.pk, other.pk}


def test_a_hold_needs_a_reason_and_stands_once(contact: Contact, admin: Agent) -> None:
    with pytest.raises(Refused):
        set_hold(contact, "  ", admin)
    set_hold(contact, "Lawsuit", admin)
    with pytest.raises(Refused):
        set_hold(contact, "Another", admin)
    with pytest.raises(IntegrityError), transaction.atomic():
        LegalHold.objects.create(contact_id=contact.pk, reason="x", set_at=timezone.now())


def test_erasure_is_refused_with_words_and_access_goes_on(contact: Contact, admin: Agent) -> None:
    set_hold(contact, "Lawsuit", admin)
    asked = rights.ask(contact, "erasure", admin)
    with pytest.raises(rights.RightsRefused, match="legal hold"):
        rights.start(asked, admin)
    assert run(contact, "access", admin).state == RequestState.DONE


def test_the_database_keeps_a_held_contact(contact: Contact, admin: Agent) -> None:
    hold = set_hold(contact, "Lawsuit", admin)
    with pytest.raises(IntegrityError), transaction.atomic():
        contact.delete()
    lift_hold(hold, admin)
    contact.delete()


def test_who_is_being_erased_cannot_be_held(contact: Contact, admin: Agent) -> None:
    rights.start(rights.ask(contact, "erasure", admin), admin)
    with pytest.raises(Refused, match="too late"):
        set_hold(contact, "Lawsuit", admin)


def test_an_erasure_takes_lifted_holds_along(contact: Contact, admin: Agent) -> None:
    lift_hold(set_hold(contact, "Lawsuit", admin), admin)
    assert run(contact, "erasure", admin).state == RequestState.DONE
    assert not LegalHold.objects.exists()


def test_an_export_of_a_held_person_is_not_deleted(contact: Contact, admin: Agent) -> None:
    export = run(contact, "access", admin)
    hold = set_hold(contact, "Lawsuit", admin)
    past = timezone.now() - timedelta(hours=1)
    DataRequest.objects.filter(pk=export.pk).update(expires_at=past)
    tasks.sweep_requests()
    export.refresh_from_db()
    assert export.file
    lift_hold(hold, admin)
    tasks.sweep_requests()
    export.refresh_from_db()
    assert not export.file


def test_raw_bodies_and_statuses_of_a_held_person_stay(
    number: WhatsAppNumber, admin: Agent
) -> None:
    for name in ("text", "image"):
        body = json.loads((marked.SAMPLES / f"{name}.json").read_text())
        if name == "image":
            theirs = (
                json.dumps(body).replace(marked.PHONE, "49151999").replace(marked.BSUID, "DE.999")
            )
            body = json.loads(theirs)
        WebhookEvent.objects.create(body=as_body(body))
    drain()
    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(days=100))
    marked_status = "wamid.HBgMNDQ3NzAwOTAwMzIxFQIAERgS"
    EarlyStatus.objects.create(
        business_number=number, wamid=marked_status, status="read", occurred_at=timezone.now()
    )
    EarlyStatus.objects.update(created_at=timezone.now() - timedelta(days=8))
    held = Contact.objects.get(identities__value=marked.PHONE, identities__kind="wa_id")
    set_hold(held, "Lawsuit", admin)
    assert due("webhooks") == gone("webhooks") == 1
    assert due("early") == gone("early") == 0
    [left] = WebhookEvent.objects.all()
    assert marked.PHONE.encode() in bytes(left.body)


# -- At the very same moment ----------------------------------------------------------------------


def elsewhere(work: Callable[[], object], errors: list[BaseException]) -> Thread:
    def body() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 (looked at by the test)
            errors.append(error)
        finally:
            connection.close()

    thread = Thread(target=body)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_a_hold_that_is_set_while_a_run_works_comes_before_or_after_a_portion(
    contact: Contact, number: WhatsAppNumber, admin: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule("text", 30)
    first = an_old_text(contact, number, "first")
    working, go_on = Signal(), Signal()
    errors: list[BaseException] = []

    def slowly(rows: Any) -> None:
        working.set()
        assert go_on.wait(20)
        forget.forget_texts(rows)

    kind = retention.kinds["text"]
    monkeypatch.setitem(
        retention.kinds,
        "text",
        _with(kind, slowly),
    )
    runner = elsewhere(real_run, errors)
    assert working.wait(20)
    setter = elsewhere(lambda: set_hold(contact, "Lawsuit", admin), errors)
    setter.join(0.5)
    assert setter.is_alive()  # it waits for the portion
    go_on.set()
    runner.join(20)
    setter.join(20)
    assert errors == []
    assert hold_of(contact) is not None
    first.refresh_from_db()
    assert first.text == ""  # removed before the hold
    second = aged(factories.MessageFactory.create(conversation=first.conversation), 400)
    monkeypatch.undo()
    assert gone("text") == 0
    second.refresh_from_db()
    assert second.text


@pytest.mark.django_db(transaction=True)
def test_a_hold_that_is_being_set_makes_a_run_pass_by(
    contact: Contact, number: WhatsAppNumber, admin: Agent
) -> None:
    rule("text", 30)
    message = an_old_text(contact, number)
    errors: list[BaseException] = []
    with transaction.atomic():
        set_hold(contact, "Lawsuit", admin)
        runner = elsewhere(real_run, errors)
        runner.join(20)
        assert not runner.is_alive()  # it does not wait for us
    assert errors == []
    message.refresh_from_db()
    assert message.text == "Hello"
    assert dry_run().counts["text"]["count"] == 0


@pytest.mark.django_db(transaction=True)
def test_a_thread_that_is_opened_again_at_this_moment_keeps_its_words(
    contact: Contact, number: WhatsAppNumber
) -> None:
    rule("text", 30)
    message = an_old_text(contact, number)
    errors: list[BaseException] = []
    with transaction.atomic():
        Conversation.objects.filter(pk=message.conversation_id).update(status="open")
        runner = elsewhere(real_run, errors)
        runner.join(20)
        assert not runner.is_alive()
    assert errors == []
    message.refresh_from_db()
    assert message.text == "Hello"


def _with(kind: Any, remove: Callable[[Any], None]) -> Any:
    from dataclasses import replace  # noqa: PLC0415

    return replace(kind, keeper=replace(kind.keeper, remove=remove))


def test_the_reason_is_in_no_export() -> None:
    contact = factories.ContactFactory.create()
    set_hold(contact, "Strafanzeige 4711", factories.AgentFactory.create())
    told = "".join(as_json(Person.of(contact)))
    assert "set_at" in told
    assert "4711" not in told


def test_a_body_is_read_once_however_many_are_held(
    number: WhatsAppNumber, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked.ingest_samples()
    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(days=91))
    by = factories.AgentFactory.create()
    for contact in Contact.objects.filter(merged_into=None):
        set_hold(contact, "a lawsuit", by)
    read: list[int] = []

    def counted(event: WebhookEvent, traits: Traits) -> list[object]:
        read.append(event.pk)
        return parts_of(event, traits)

    monkeypatch.setattr(keepers, "parts_of", counted)
    due("webhooks")
    assert len(read) > 5
    assert len(read) == len(set(read))
