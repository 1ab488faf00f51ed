"""EINSTELLUNGEN is answered with a link that the customer gets, and nobody else sees."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Agent, ApiToken
from consent import email_sign_up, erasure, rights
from consent.evidence import evidence_of
from consent.models import OwnPageLink
from consent.own_page import PLACE, address_of, find_link, token_of
from contacts.merging import merge_contacts
from contacts.models import Identity, MergeReason
from contacts.services import Person, change_identity, find_or_create_contact
from conversations.gateway import InboundEdit, InboundMessage, MirroredMessage
from conversations.models import Direction, Message, MessageType, Origin, Status
from conversations.services.annotations import receive_edit
from conversations.services.mirror import mirror_messages
from conversations.services.own_page import with_link
from conversations.services.pump import Pump
from conversations.services.receive import receive_message
from conversations.services.reply import Draft, send_again, send_reply
from tests import factories, fixtures
from tests.conversations.fakes import FakeGateway
from tests.ownpage.conftest import WA_ID, Customer
from whatsapp.bodies import _content
from whatsapp.models import WhatsAppNumber

pytestmark = pytest.mark.django_db


def answer() -> Message:
    return Message.objects.filter(direction="outbound", text__contains=PLACE).latest("created_at")


def test_the_word_is_answered_with_a_link_and_how_long_it_is_valid(customer: Customer) -> None:
    message = answer()
    sent = with_link(message)
    address = address_of(message.pk)
    assert address in sent.text
    assert address.startswith("http://127.0.0.1:")
    assert "valid for 24 hours" in sent.text
    assert PLACE not in sent.text
    link = customer.link
    assert (link.contact, link.identity.value) == (customer.contact, WA_ID)
    assert link.expires_at - link.created_at == timedelta(hours=24)
    assert customer.client.get(customer.path).status_code == 200


def test_whatsapp_is_not_asked_to_preview_it(customer: Customer) -> None:
    content: Any = _content(with_link(answer()), {})
    assert content["preview_url"] is False


@pytest.mark.django_db(transaction=True)
def test_the_row_never_holds_the_link(customer: Customer) -> None:
    with_link(answer())
    token = token_of(answer().pk)
    for message in Message.objects.all():
        assert token not in repr((message.text, message.payload))
    evidence = evidence_of(customer.contact)
    assert token not in evidence.as_json


def test_what_a_worker_sends_has_it_and_what_it_stores_has_not(
    transactional_db: None, number: Any
) -> None:
    karla = Customer(number)
    karla.says("Einstellungen")
    gateway = FakeGateway()
    Pump(answer().lane, 2, gateway).run()  # type: ignore[arg-type]
    message = answer()
    assert address_of(message.pk) in "".join(sent.text for sent in gateway.sent)
    assert message.status == Status.ACCEPTED
    assert PLACE in message.text


def test_the_api_shows_the_place_and_not_the_link(
    customer: Customer, admin: Agent, client: Client
) -> None:
    secret = ApiToken.issue(admin, "test")
    response = client.get("/api/v1/messages/", headers={"authorization": f"Bearer {secret}"})
    assert response.status_code == 200
    assert token_of(answer().pk) not in response.content.decode()


def test_an_agent_cannot_have_a_link_made(customer: Customer, agent: Agent) -> None:
    conversation = answer().conversation
    message = send_reply(conversation, Draft(uuid4(), "text", f"Look: {PLACE}"), agent).message
    assert with_link(message).text == f"Look: {PLACE}"
    assert find_link(token_of(message.pk)) is None


def test_what_is_sent_again_has_the_link_of_the_first(customer: Customer, admin: Agent) -> None:
    first = answer()
    Message.objects.filter(pk=first.pk).update(status=Status.FAILED, status_reason="131026")
    first.refresh_from_db()
    again = send_again(first, admin)
    assert address_of(first.pk) in with_link(again).text
    assert PLACE in again.text


def test_a_link_is_nothing_without_our_signature(customer: Customer) -> None:
    client, link = customer.client, customer.link
    signed = token_of(link.pk)
    for forged in (
        link.pk.hex,
        str(link.pk),
        f"{link.pk.hex}.",
        f"{link.pk.hex}.{'A' * 43}",
        signed[:-1] + ("A" if signed[-1] != "A" else "B"),
        signed.upper(),
        "x" * 3000,
        "%00",
        "..%2F..",
    ):
        assert client.get(f"/my/{forged}/").status_code == 404


def test_a_signed_id_of_any_other_message_opens_nothing(customer: Customer) -> None:
    other = Message.objects.exclude(pk=answer().pk).first()
    assert other is not None
    assert customer.client.get(f"/my/{token_of(other.pk)}/").status_code == 404


def test_a_link_expires(customer: Customer, clock: fixtures.Clock) -> None:
    clock.at(customer.link.expires_at + timedelta(seconds=1))
    response = customer.client.get(customer.path)
    assert response.status_code == 410
    assert b"SETTINGS" in response.content
    email_sign_up.sweep()
    assert not OwnPageLink.objects.exists()


def test_a_new_link_ends_the_one_before(customer: Customer) -> None:
    before = customer.path
    customer.says("Meine Daten")
    assert customer.client.get(before).status_code == 410
    assert customer.client.get(customer.path).status_code == 200


def test_it_dies_when_the_number_has_another_owner(customer: Customer) -> None:
    path = customer.path
    Identity.objects.create(contact=customer.contact, kind="bsuid", value="DE.1")
    find_or_create_contact(Person(wa_id=WA_ID, bsuid="DE.2"))
    assert customer.client.get(path).status_code == 410


def test_it_dies_when_the_number_changes(customer: Customer) -> None:
    path, old = customer.path, Person(wa_id=WA_ID)
    change_identity(customer.contact, old, Person(wa_id="4915199999999"))
    assert customer.client.get(path).status_code == 410


def test_it_dies_in_a_merge_on_either_side(customer: Customer, admin: Agent) -> None:
    path, mine = customer.path, customer.contact
    twin = factories.ContactFactory.create(wa_id="4917600000001")
    merge_contacts(mine, twin, MergeReason.BY_HAND, admin)
    assert customer.client.get(path).status_code == 410
    customer.says("EINSTELLUNGEN")
    path = customer.path
    merge_contacts(factories.ContactFactory.create(), customer.contact, MergeReason.BY_HAND, admin)
    assert customer.client.get(path).status_code == 410


def test_an_erasure_ends_it_with_its_first_step(customer: Customer, admin: Agent) -> None:
    path, link = customer.path, customer.link
    request = rights.start(rights.ask(customer.contact, "erasure", admin), admin)
    erasure._portion(request.pk)
    assert find_link(token_of(link.pk)) is None
    assert customer.client.get(path).status_code == 404


def test_it_dies_when_an_identity_moved_without_any_signal(customer: Customer) -> None:
    path = customer.path
    Identity.objects.filter(value=WA_ID).update(ended_at=timezone.now())
    assert customer.client.get(path).status_code == 410


def test_a_link_that_is_told_in_the_chat_is_ended(customer: Customer) -> None:
    path = customer.path
    customer.says(f"It does not work: {address_of(customer.link.pk)} help")
    assert customer.client.get(path).status_code == 410


def test_a_link_in_a_caption_is_ended(customer: Customer) -> None:
    inbound = InboundMessage(
        business_number_id=customer.number.pk,
        person=Person(wa_id=WA_ID),
        wamid="wamid.picture",
        type=MessageType.IMAGE,
        sent_at=timezone.now(),
        text=f"here: {address_of(customer.link.pk)}",
    )
    path = customer.path
    receive_message(inbound)
    assert customer.client.get(path).status_code == 410


def test_a_link_that_an_edit_brings_in_is_ended(customer: Customer) -> None:
    said = customer.says("here it is")
    path = customer.path
    assert said.wamid
    edit = InboundEdit(
        customer.number.pk, said.wamid, timezone.now(), text=address_of(customer.link.pk)
    )
    assert receive_edit(edit)
    assert customer.client.get(path).status_code == 410


def test_a_link_in_what_was_written_before_we_came_is_ended(customer: Customer) -> None:
    inbound = InboundMessage(
        business_number_id=customer.number.pk,
        person=Person(wa_id=WA_ID),
        wamid="wamid.past",
        type=MessageType.TEXT,
        sent_at=timezone.now(),
        text=address_of(customer.link.pk),
    )
    path = customer.path
    mirror_messages([MirroredMessage(inbound, Direction.INBOUND, Status.RECEIVED, Origin.HISTORY)])
    assert customer.client.get(path).status_code == 410


def test_help_mentions_it(customer: Customer) -> None:
    customer.says("HILFE")
    assert Message.objects.filter(text__contains="write SETTINGS").count() == 1


def test_a_word_that_comes_a_day_late_gets_no_link(number: WhatsAppNumber) -> None:
    Customer(number).says("Einstellungen", at=timezone.now() - timedelta(hours=25))
    assert not OwnPageLink.objects.exists()


def test_the_same_webhook_again_is_one_link(customer: Customer) -> None:
    customer.written -= 1
    with pytest.raises(AssertionError):
        customer.says("EINSTELLUNGEN")
    assert OwnPageLink.objects.count() == 1
