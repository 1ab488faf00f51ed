"""What went wrong elsewhere, by the threads it was reported in; none of it may happen here.

Each fault once, seen from outside. Its edges are tested where the code is.
"""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Agent
from contacts.models import Contact
from conversations import tasks
from conversations.models import (
    Conversation,
    Lane,
    Media,
    MediaStatus,
    Message,
    Reaction,
)
from conversations.services.pump import Pump
from conversations.services.reply import Draft, send_reply
from conversations.services.uploads import store_upload
from helpdesk.embedded.locations import PROJECT_DIR
from helpdesk.supervisor import procfile
from tests import factories
from tests.conversations.conftest import channel  # noqa: F401 (a fixture)
from tests.conversations.fakes import FakeGateway
from tests.conversations.recordings import sound
from tests.conversations.test_deliver import write
from tests.conversations.test_uploads import picture
from tests.fixtures import Clock
from tests.whatsapp.test_ingest_batches import store, text_event
from tests.whatsapp.test_ingest_samples import ingest, sample
from whatsapp import ingest as ingest_module
from whatsapp.ingest import drain
from whatsapp.models import WebhookEvent, WhatsAppNumber

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media_folder(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def messages_of(body: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = body["entry"][0]["changes"][0]["value"]["messages"]
    return found


def wamids() -> list[str]:
    return sorted(Message.objects.values_list("wamid", flat=True))


def test_only_the_first_of_a_batch_is_read_chatwoot_9314(number: WhatsAppNumber) -> None:
    body = text_event(1)
    messages_of(body).append({**messages_of(body)[0], "id": "wamid.2"})
    for index in (3, 4):
        change = copy.deepcopy(body["entry"][0]["changes"][0])
        change["value"]["messages"] = [{**messages_of(body)[0], "id": f"wamid.{index}"}]
        (body["entry"][0]["changes"] if index == 3 else body["entry"]).append(
            change if index == 3 else {"id": body["entry"][0]["id"], "changes": [change]}
        )

    ingest(body)

    assert wamids() == ["wamid.1", "wamid.2", "wamid.3", "wamid.4"]


def test_a_dedup_lock_outlives_a_crash_and_swallows_the_redelivery_chatwoot_12821(
    number: WhatsAppNumber, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(text_event(1))
    with monkeypatch.context() as patch:
        patch.setattr(ingest_module, "_close", _die)
        with pytest.raises(KeyboardInterrupt):
            drain()
    assert WebhookEvent.objects.get().processed_at is None

    store(text_event(1))
    drain()

    assert wamids() == ["wamid.1"]
    assert set(WebhookEvent.objects.values_list("state", flat=True)) == {"processed"}


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_the_wamid_is_not_unique_chatwoot_15451(conversation: Conversation) -> None:
    factories.MessageFactory.create(conversation=conversation, wamid="wamid.1")

    with pytest.raises(IntegrityError), transaction.atomic():
        factories.MessageFactory.create(conversation=conversation, wamid="wamid.1")


def test_media_are_lost_for_ever_on_one_404_chatwoot_15754(
    number: WhatsAppNumber,
    channel: FakeGateway,  # noqa: F811
    clock: Clock,
) -> None:
    ingest(sample("image"))
    media = Media.objects.get()
    tasks.fetch_media(str(media.pk))
    media.refresh_from_db()
    assert media.status == MediaStatus.PENDING

    channel.files[media.external_id] = picture("JPEG")
    clock.forward(timedelta(minutes=2))
    tasks.sweep_media()
    tasks.fetch_media(str(media.pk))

    media.refresh_from_db()
    assert media.status != MediaStatus.PENDING
    assert channel.opened >= 2


def test_the_window_counts_from_processing_time_chatwoot_9516(number: WhatsAppNumber) -> None:
    written = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=20)
    ingest(text_event(1, at=int(written.timestamp())))

    conversation = Conversation.objects.get()

    assert conversation.window_expires_at == written + timedelta(hours=24)
    assert not conversation.window.is_open(timezone.now() + timedelta(hours=5))


def test_an_album_is_split_into_several_conversations_chatwoot_14058(
    number: WhatsAppNumber,
) -> None:
    album = [sample("image") for _ in range(4)]
    for place, body in enumerate(album):
        messages_of(body)[0]["id"] = f"wamid.{place}"
    store(*album)

    drain()

    assert Message.objects.count() == 4
    assert Conversation.objects.count() == 1


@pytest.mark.parametrize(
    ("short", "long"),
    [("551187654321", "5511987654321"), ("525512345678", "5215512345678")],
    ids=["Brazil", "Mexico"],
)
def test_brazil_and_mexico_numbers_make_two_contacts_chatwoot_13986(
    number: WhatsAppNumber, short: str, long: str
) -> None:
    for place, sender in enumerate((short, long)):
        body = text_event(place, sender=sender)
        messages_of(body)[0].pop("from_user_id")
        body["entry"][0]["changes"][0]["value"]["contacts"][0].pop("user_id")
        ingest(body)

    assert Contact.objects.count() == 1
    assert Conversation.objects.count() == 1
    assert Message.objects.count() == 2


def test_username_only_customers_are_invisible_in_list_and_search_chatwoot_15586(
    number: WhatsAppNumber, lead: Agent
) -> None:
    ingest(sample("bsuid-only-no-phone"))
    contact = Contact.objects.get()
    known = {identity.kind: identity.value for identity in contact.identities.all()}
    assert "wa_id" not in known
    browser = Client()
    browser.force_login(lead)
    link = reverse("inbox:conversation", args=[Conversation.objects.get().pk])

    for query in ({}, {"q": known.get("username", contact.name)}):
        page = browser.get(reverse("inbox:inbox"), {"view": "all", **query}).content.decode()
        assert link in page, query


def test_one_unsupported_message_blocks_the_channel_zammad_5439(number: WhatsAppNumber) -> None:
    strange = text_event(1)
    messages_of(strange)[0].update(type="hologram", hologram={"x": 1})
    messages_of(strange)[0].pop("text")
    unsupported = next(name for name in ("unsupported", "group-text") if _is_there(name))
    store(strange, sample(unsupported), text_event(3))

    drain()

    assert "wamid.3" in wamids()
    assert "wamid.1" in wamids()
    assert set(WebhookEvent.objects.values_list("state", flat=True)) == {"processed"}


def _is_there(name: str) -> bool:
    try:
        sample(name)
    except FileNotFoundError:
        return False
    return True


def test_bulk_work_starves_the_inbound_queue_chatwoot_15857(settings: Any) -> None:
    serving: dict[str, set[str]] = {}
    for one in procfile.read(PROJECT_DIR / "Procfile"):
        words = one.command.split() if isinstance(one.command, str) else list(one.command)
        if "-Q" in words:
            for queue in words[words.index("-Q") + 1].split(","):
                serving.setdefault(queue, set()).add(one.name)
    routes = {name: route["queue"] for name, route in settings.CELERY_TASK_ROUTES.items()}

    alone = {routes["whatsapp.drain_webhook_events"], routes["conversations.pump_replies"]}

    assert alone == {"inbound", "outbound"}
    for queue in alone:
        (process,) = serving[queue]
        assert [name for name, found in serving.items() if process in found] == [queue]
    assert routes["conversations.pump_bulk"] not in alone


@pytest.mark.django_db(transaction=True)
def test_bulk_work_starves_an_agents_answer(
    conversation: Conversation, agent: Agent, number: WhatsAppNumber
) -> None:
    wire = FakeGateway()
    for _ in range(20):
        other = factories.ConversationFactory.create(business_number=number)
        send_reply(other, Draft(uuid4(), text="Newsletter", lane=Lane.BULK), agent)
    mine = write(conversation, agent)

    Pump(Lane.REPLY, 2, wire).run()

    assert [message.pk for message in wire.sent] == [mine.pk]


def test_reactions_are_dropped_chatwoot_10411(number: WhatsAppNumber) -> None:
    reaction = sample("reaction")
    target = messages_of(reaction)[0]["reaction"]["message_id"]
    first = text_event(1)
    messages_of(first)[0]["id"] = target
    value = reaction["entry"][0]["changes"][0]["value"]
    messages_of(first)[0]["from"] = messages_of(reaction)[0]["from"]
    first["entry"][0]["changes"][0]["value"]["contacts"] = value["contacts"]
    messages_of(first)[0]["from_user_id"] = messages_of(reaction)[0].get("from_user_id", "")

    ingest(first)
    ingest(reaction)

    found = Reaction.objects.get()
    assert found.message.wamid == target
    assert found.emoji == messages_of(reaction)[0]["reaction"]["emoji"]
    assert Message.objects.count() == 1


def test_voice_notes_are_refused_for_their_mime_type_chatwoot_12713(
    number: WhatsAppNumber,
    channel: FakeGateway,  # noqa: F811
    agent: Agent,
) -> None:
    ingest(sample("audio-voice-note"))
    media = Media.objects.get()
    media.promised_sha256 = ""
    media.save()
    channel.files[media.external_id] = sound("ogg")

    tasks.fetch_media(str(media.pk))

    media.refresh_from_db()
    assert (media.status, media.mime_type) == (MediaStatus.READY, "audio/ogg")
    ours = store_upload(SimpleUploadedFile("x.webm", sound("webm")), agent, "voice", voice=True)
    assert (ours.is_voice, ours.mime_type) == (True, "audio/ogg")
