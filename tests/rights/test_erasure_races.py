"""What happens to a person at the very moment of their erasure."""

from __future__ import annotations

import json
from collections.abc import Callable
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from accounts.models import Agent
from consent import erasure, rights
from consent.models.data_request import DataRequest
from contacts import bulk, family
from contacts.models import Contact, Identity
from conversations.models import Conversation, Message, Status
from conversations.services.claim import claim_due
from conversations.services.reply import Draft, send_reply
from tests.conversations.fakes import FakeGateway
from tests.rights import marked
from tests.whatsapp.door import as_body
from whatsapp.ingest import drain
from whatsapp.models import WebhookEvent, WhatsAppNumber

pytestmark = pytest.mark.django_db(transaction=True)


def elsewhere(work: Callable[[], object]) -> None:
    """In another connection, to its end."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 (raised again below)
            failed.append(error)
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()
    if failed:
        raise failed[0]


def begun(contact: Contact, admin: Agent) -> DataRequest:
    return rights.start(rights.ask(contact, "erasure", admin), admin)


def test_a_message_that_is_being_stored_goes_to_a_new_contact(
    number: WhatsAppNumber, admin: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ingest has read whose number it is; then the parting takes it away; then it stores."""
    first = json.loads((marked.SAMPLES / "text.json").read_text())
    WebhookEvent.objects.create(body=as_body(first))
    drain()
    known = Contact.objects.get(identities__value=marked.PHONE, identities__kind="wa_id")
    request = begun(known, admin)
    second = json.loads(json.dumps(first))
    message = second["entry"][0]["changes"][0]["value"]["messages"][0]
    message["id"], message["text"]["body"] = "wamid.SECOND", "One more thing"
    WebhookEvent.objects.create(body=as_body(second))
    parted: list[bool] = []

    def hold(contacts: Any) -> bool:
        if not parted:
            parted.append(True)
            elsewhere(lambda: erasure._portion(request.pk))
        return family.hold_unchanged(contacts)

    monkeypatch.setattr(bulk, "hold_unchanged", hold)
    drain()
    assert parted
    stored = Message.objects.get(wamid="wamid.SECOND")
    assert stored.conversation.contact_id != known.pk
    assert erasure.work_on(request.pk) is None
    assert not Contact.objects.filter(pk=known.pk).exists()
    stored.refresh_from_db()
    assert stored.text == "One more thing"
    [identity] = Identity.objects.filter(value=marked.PHONE)
    assert identity.contact_id == stored.conversation.contact_id


def test_nothing_leaves_after_the_parting(
    conversation: Conversation, agent: Agent, admin: Agent
) -> None:
    message = send_reply(conversation, Draft(uuid4(), text="Hello"), agent).message
    request = begun(conversation.contact, admin)
    assert erasure._portion(request.pk)
    message.refresh_from_db()
    assert message.status == Status.BLOCKED
    assert claim_due(FakeGateway(), "reply", 10).claims == []  # type: ignore[arg-type]
    refused = send_reply(
        Conversation.objects.get(pk=conversation.pk), Draft(uuid4(), text="Still there?"), agent
    ).message
    assert (refused.status, refused.status_reason) == (Status.BLOCKED, "no_address")


def test_what_was_claimed_since_it_was_begun_is_waited_for(
    conversation: Conversation, agent: Agent, admin: Agent
) -> None:
    send_reply(conversation, Draft(uuid4(), text="Hello"), agent)
    request = begun(conversation.contact, admin)
    [claim] = claim_due(FakeGateway(), "reply", 10).claims  # type: ignore[arg-type]
    assert erasure.work_on(request.pk) == erasure.AGAIN_S
    assert Identity.objects.filter(contact=conversation.contact).exists()
    Message.objects.filter(pk=claim.message.pk).update(status=Status.ACCEPTED)
    assert erasure.work_on(request.pk) is None
    assert not Message.objects.exists()


def test_two_workers_do_not_do_it_twice(
    conversation: Conversation, admin: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    from consent import tasks  # noqa: PLC0415

    request = begun(conversation.contact, admin)
    worked: list[object] = []
    monkeypatch.setattr(erasure, "work_on", worked.append)
    with tasks._alone_with(request.pk) as mine:
        assert mine
        elsewhere(lambda: tasks.run_request(str(request.pk)))
    assert worked == []
    tasks.run_request(str(request.pk))
    assert worked == [request.pk]
