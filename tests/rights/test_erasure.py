"""Nothing is left of somebody who was erased, and everything of everybody else."""

from __future__ import annotations

import json

import pytest
import redis
from django.utils import timezone

from accounts.models import Agent
from consent import canonical
from consent.models import ChainLink, ConsentState
from consent.models.data_request import DataRequest, RequestState
from consent.verify import verify_ledger
from contacts.models import Contact, Identity
from conversations.dispatch import dispatch_events, last_sequence
from conversations.models import Conversation, Event, Message
from tests import factories
from tests.rights import marked
from tests.rights.conftest import run
from tests.whatsapp.door import as_body
from whatsapp.ingest import drain
from whatsapp.models import WebhookEvent, WhatsAppNumber

pytestmark = pytest.mark.django_db(transaction=True)
NEEDLES = (marked.MARK, marked.PHONE, marked.BSUID, marked.NAME, marked.EARLIER)


@pytest.fixture
def tom(number: WhatsAppNumber, admin: Agent) -> Contact:
    """Somebody who sent everything there is, with the mark on all of it."""
    marked.ingest_samples()
    tom = marked.the_person()
    marked.plant(tom, number, admin)
    return tom


def test_nothing_is_left(tom: Contact, admin: Agent, redis_client: redis.Redis) -> None:
    exported = run(tom, "access", admin, f"by telephone {marked.MARK}")
    assert exported.state == RequestState.DONE
    before = marked.places_of(*NEEDLES, client=redis_client)
    for table in (
        "contacts_contact",
        "conversations_message",
        "whatsapp_webhookevent",
        "django_admin_log",
        "conversations_event",
        "consent_consentdetail",
        "helpdesk_parkedtask",
        "accounts_adminnotice",
        "conversations_note",
        "conversations_earlystatus",
        "conversations_deliveryattempt",
        "conversations_reaction",
        "conversations_media",
        "contacts_identity",
        "contacts_contactmerge",
        "contacts_contactattribute",
        "contacts_contactnote",
        "consent_datarequest",
    ):
        assert f"table {table}" in before, table
    assert any(place.startswith("file exports/") for place in before)
    assert any(place.startswith("file media/") for place in before)
    assert any(
        place.startswith("redis ") for place in marked.places_of(str(tom.pk), client=redis_client)
    )

    request = run(tom, "erasure", admin, f"wants to be gone {marked.MARK}")

    assert (request.state, request.error) == (RequestState.DONE, "")
    assert marked.places_of(*NEEDLES, client=redis_client) == []
    assert [
        place
        for place in marked.places_of(str(tom.pk), client=redis_client)
        if place.startswith(("redis", "file"))
    ] == []
    assert verify_ledger().broken is None


def test_what_is_others_stays(tom: Contact, admin: Agent) -> None:
    body = (marked.SAMPLES / "batch-several-messages-two-senders.json").read_text()
    theirs = Message.objects.exclude(conversation__contact=tom).count()
    run(tom, "erasure", admin)

    assert Identity.objects.filter(value=marked.NEIGHBOUR, kind="wa_id").exists()
    assert Message.objects.count() == theirs
    [kept] = [event for event in WebhookEvent.objects.all() if b'"dos"' in bytes(event.body)]
    change = json.loads(bytes(kept.body))["entry"][0]["changes"][0]["value"]
    before = json.loads(body)["entry"][0]["changes"][0]["value"]
    assert change["messages"] == before["messages"][2:]
    assert change["contacts"] == before["contacts"][1:]
    assert change["metadata"] == before["metadata"]


def test_the_proof_says_it_without_the_data(tom: Contact, admin: Agent) -> None:
    messages = Message.objects.filter(conversation__contact=tom).count()
    request = run(tom, "erasure", admin)

    assert request.proof["counts"]["messages"] >= messages
    assert request.proof["counts"]["files"] >= 5
    assert request.proof_hash == canonical.digest(canonical.canonical(request.proof))
    assert request.keys == {}
    assert (request.done, request.percent) == (request.total, 100)
    for entry in request.proof["ledger"]:
        assert ChainLink.objects.get(sequence=entry["sequence"]).hash == entry["hash"]
    assert marked.erased_entries(tom.pk) == 2
    assert not ConsentState.objects.filter(contact_id=tom.pk).exists()


def test_who_writes_again_is_a_new_contact(tom: Contact, admin: Agent) -> None:
    run(tom, "erasure", admin)
    body = as_body(json.loads((marked.SAMPLES / "text.json").read_text()))
    WebhookEvent.objects.create(body=body)
    drain()

    again = Contact.objects.get(identities__value=marked.PHONE, identities__kind="wa_id")
    assert again.pk != tom.pk
    assert Message.objects.filter(conversation__contact=again).count() == 1


def test_what_comes_in_meanwhile_is_not_lost(
    tom: Contact, admin: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written before the parting and not processed yet: its message is the new contact's."""
    sample = json.loads((marked.SAMPLES / "text.json").read_text())
    message = sample["entry"][0]["changes"][0]["value"]["messages"][0]
    message["id"], message["text"]["body"] = "wamid.LATE", "Are you still there?"
    late = WebhookEvent.objects.create(body=as_body(sample))
    request = rights_started(tom, admin)
    from consent import erasure  # noqa: PLC0415

    assert erasure.work_on(request.pk) == erasure.AGAIN_S  # it waits for the ingest
    drain()
    assert erasure.work_on(request.pk) is None

    found = Message.objects.get(wamid="wamid.LATE")
    assert found.conversation.contact_id != tom.pk
    late.refresh_from_db()
    assert b"Are you still there?" in bytes(late.body)
    assert not Contact.objects.filter(pk=tom.pk).exists()


def test_the_messaging_limit_counts_on_for_nobody(
    conversation: Conversation, admin: Agent, redis_client: redis.Redis
) -> None:
    redis_client.zadd("whatsapp:outside:7", {str(conversation.contact_id): 5, "another": 6})
    run(conversation.contact, "erasure", admin)
    left = redis_client.zrange("whatsapp:outside:7", 0, -1, withscores=True)
    assert [score for _member, score in left] == [5, 6]
    assert str(conversation.contact_id).encode() not in {member for member, _score in left}


def test_a_number_that_is_somebody_elses_by_now_is_not_looked_for(
    number: WhatsAppNumber, admin: Agent
) -> None:
    """Who once had the number is erased; what its new owner sent stays."""
    before = factories.ContactFactory.create(wa_id=marked.PHONE)
    before.identities.update(ended_at=timezone.now())
    WebhookEvent.objects.create(body=(marked.SAMPLES / "text.json").read_bytes())
    drain()
    body = bytes(WebhookEvent.objects.get().body)
    run(before, "erasure", admin)
    assert bytes(WebhookEvent.objects.get().body) == body
    assert Contact.objects.get().identities.filter(value=marked.PHONE).exists()


def rights_started(contact: Contact, by: Agent) -> DataRequest:
    from consent import rights  # noqa: PLC0415

    return rights.start(rights.ask(contact, "erasure", by), by)


def test_numbers_of_events_are_not_given_again(tom: Contact, admin: Agent) -> None:
    dispatch_events()
    newest = last_sequence()
    run(tom, "erasure", admin)
    assert last_sequence() >= newest
    conversation = factories.ConversationFactory.create()
    from conversations.events import record  # noqa: PLC0415

    event = record("conversation.changed", conversation)  # type: ignore[arg-type]
    dispatch_events()
    assert Event.objects.get(pk=event.pk).sequence > newest  # type: ignore[operator]
