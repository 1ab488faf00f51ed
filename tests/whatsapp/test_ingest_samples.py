"""Every sample of Meta's bodies goes through: no exception, and the outcome of this table."""

import json
from pathlib import Path
from typing import Any

import pytest

from contacts.models import Contact, Identity
from conversations.models import EarlyStatus, Media, Message
from tests import factories
from tests.whatsapp.door import as_body
from whatsapp.ingest import drain
from whatsapp.models import WebhookEvent

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parent / "samples"
NAMES = sorted(path.stem for path in SAMPLES.glob("*.json"))

KEPT = ("processed", [])
# Name → state of the event, types of the messages that stand in the thread afterwards.
EXPECTED: dict[str, tuple[str, list[str]]] = {
    **dict.fromkeys([name for name in NAMES if name.startswith("text")], ("processed", ["text"])),
    **dict.fromkeys([name for name in NAMES if name.startswith("status-")], KEPT),
    **dict.fromkeys([name for name in NAMES if name.startswith("account-")], KEPT),
    **dict.fromkeys([name for name in NAMES if name.startswith("calls-")], KEPT),
    **dict.fromkeys([name for name in NAMES if name.startswith("history-")], KEPT),
    # Echoes to somebody who never wrote wait for them to write.
    **dict.fromkeys([name for name in NAMES if name.startswith("smb-message")], ("waiting", [])),
    "smb-app-state-sync": KEPT,
    **dict.fromkeys([name for name in NAMES if name.startswith("system-")], KEPT),
    **dict.fromkeys([name for name in NAMES if name.startswith("template-")], KEPT),
    **dict.fromkeys([name for name in NAMES if name.startswith("phone-number-")], KEPT),
    **dict.fromkeys([name for name in NAMES if name.startswith("business-")], KEPT),
    **dict.fromkeys(["edit-text", "edit-image-caption", "revoke"], ("waiting", [])),
    **dict.fromkeys([name for name in NAMES if name.startswith("reaction")], ("waiting", [])),
    "audio-file": ("processed", ["audio"]),
    "audio-voice-note": ("processed", ["audio"]),
    "batch-message-and-value-errors": ("processed", ["unsupported"]),
    "batch-several-messages-two-senders": ("processed", ["text", "image", "text"]),
    "batch-several-statuses": KEPT,
    "batch-three-changes-mixed": ("processed", ["text"]),
    "batch-two-entries": ("unknown_number", ["text"]),
    "bsuid-alphanumeric": ("processed", ["text"]),
    "bsuid-only-image-no-phone": ("processed", ["image"]),
    "bsuid-only-no-phone": ("processed", ["text"]),
    "bsuid-parent-no-phone": ("processed", ["text"]),
    "bsuid-username-with-phone": ("processed", ["text"]),
    "button-template-quick-reply": ("processed", ["button"]),
    "contacts": ("processed", ["contacts"]),
    "contacts-request-contact-info": ("processed", ["contacts"]),
    "document": ("processed", ["document"]),
    "history-chunk": ("processed", ["text", "unsupported", "text"]),
    "group-text": ("processed", ["unsupported"]),
    "image": ("processed", ["image"]),
    "image-with-caption": ("processed", ["image"]),
    "interactive-button-reply": ("processed", ["interactive"]),
    "interactive-call-permission-reply": ("processed", ["interactive"]),
    "interactive-list-reply": ("processed", ["interactive"]),
    "interactive-nfm-reply-flow": ("processed", ["interactive"]),
    "location-pin": ("processed", ["location"]),
    "location-place": ("processed", ["location"]),
    "media-too-big-131052": ("processed", ["unsupported"]),
    "order": ("processed", ["order"]),
    "referral-ctwa-ad-image": ("processed", ["text"]),
    "referral-ctwa-ad-video": ("processed", ["text"]),
    "request-welcome": ("processed", ["request_welcome"]),
    "sticker-animated": ("processed", ["sticker"]),
    "sticker-static": ("processed", ["sticker"]),
    "unknown-field-and-type": ("processed", ["unsupported"]),
    "unsupported-131051": ("processed", ["unsupported"]),
    "unsupported-131060-unavailable": ("processed", ["unsupported"]),
    "user-preferences-resume": ("waiting", []),
    "user-preferences-signup": KEPT,
    "user-preferences-stop": ("waiting", []),
    "user-preferences-stop-bsuid-no-phone": ("waiting", []),
    "value-errors-only": KEPT,
    "video": ("processed", ["video"]),
}


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text())


def ingest(body: object) -> WebhookEvent:
    raw = body if isinstance(body, bytes) else as_body(body)
    event = WebhookEvent.objects.create(body=raw)
    drain()
    event.refresh_from_db()
    return event


def test_there_are_98_samples_and_each_has_an_expected_outcome():
    assert len(NAMES) == 98
    assert set(EXPECTED) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_goes_through(number, name):
    event = ingest((SAMPLES / f"{name}.json").read_bytes())
    state, types = EXPECTED[name]
    assert (event.state, event.attempts) == (state, 1), event.reason
    assert list(Message.objects.order_by("pk").values_list("type", flat=True)) == types
    assert event.fields


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_that_comes_again_changes_nothing(number, name):
    ingest(sample(name))
    tables = (Message, Media, Contact, Identity, EarlyStatus)
    before = [list(table.objects.order_by("pk").values()) for table in tables]
    ingest(sample(name))
    assert [list(table.objects.order_by("pk").values()) for table in tables] == before


def test_all_samples_at_once_each_as_its_own_event(number):
    for name in NAMES:
        WebhookEvent.objects.create(body=(SAMPLES / f"{name}.json").read_bytes())
    drain()
    assert not WebhookEvent.objects.filter(state__in=("pending", "failed")).exists()


def test_text_has_its_words_time_and_author(number):
    ingest(sample("text"))
    item = sample("text")["entry"][0]["changes"][0]["value"]["messages"][0]
    message = Message.objects.get()
    assert message.text == item["text"]["body"]
    assert message.wamid == item["id"]
    assert message.sent_at.timestamp() == 1794000000
    assert message.payload == {}
    assert message.conversation.contact.name == "Tom Whitlock"
    assert message.conversation.window_expires_at.timestamp() == 1794000000 + 24 * 3600


def test_a_quote_points_to_the_quoted_message(number):
    ingest(sample("text-reply-context"))
    item = sample("text-reply-context")["entry"][0]["changes"][0]["value"]["messages"][0]
    assert Message.objects.get().context_wamid == item["context"]["id"]


def test_a_forward_a_referral_and_a_product_stay_in_the_payload(number):
    ingest(sample("text-frequently-forwarded"))
    ingest(sample("referral-ctwa-ad-image"))
    ingest(sample("text-product-inquiry"))
    forwarded, ad, product = Message.objects.order_by("pk")
    assert forwarded.payload == {"context": {"frequently_forwarded": True}}
    assert ad.payload["referral"]["source_id"] == "120226305854810726"
    assert product.payload["context"]["referred_product"]["product_retailer_id"] == "SKU-BLUE-041"


def test_a_voice_note_is_one_file_that_waits_to_be_fetched(number):
    ingest(sample("audio-voice-note"))
    media = Media.objects.get()
    assert (media.kind, media.status, media.is_voice) == ("audio", "pending", True)
    assert media.external_id
    assert (len(media.promised_sha256), media.sha256) == (64, "")
    assert Message.objects.get().payload == {"audio": {"voice": True}}


def test_captions_and_file_names_are_kept(number):
    ingest(sample("image-with-caption"))
    ingest(sample("document"))
    image, document = Message.objects.order_by("pk")
    assert image.text
    assert document.media.get().filename.endswith(".pdf")


def test_taps_read_like_what_was_tapped(number):
    names = ["interactive-button-reply", "interactive-list-reply", "button-template-quick-reply"]
    for name in names:
        ingest(sample(name))
    assert all(message.text for message in Message.objects.all())
    assert Message.objects.first().payload["interactive"]["button_reply"]["id"]


def test_a_customer_without_a_phone_number_is_a_contact_like_any_other(number):
    ingest(sample("bsuid-only-no-phone"))
    contact = Contact.objects.get()
    assert contact.identity_values == {"bsuid": "US.73920144860157233", "username": "lin_okafor"}
    assert contact.conversations.get().unread == 1


def test_a_phone_number_learnt_later_belongs_to_the_same_contact(number):
    ingest(sample("bsuid-only-no-phone"))
    body = sample("bsuid-only-no-phone")
    value = body["entry"][0]["changes"][0]["value"]
    value["contacts"][0]["wa_id"] = value["messages"][0]["from"] = "12025550147"
    value["messages"][0]["id"] = "wamid.second"
    ingest(body)
    contact = Contact.objects.get()
    assert contact.phone == "+12025550147"
    assert contact.conversations.get().unread == 2


def test_people_are_matched_by_their_ids_not_by_their_place(number):
    body = sample("batch-several-messages-two-senders")
    value = body["entry"][0]["changes"][0]["value"]
    names = {c["wa_id"]: c["profile"]["name"] for c in value["contacts"]}
    value["contacts"].reverse()
    ingest(body)
    for message in Message.objects.all():
        contact = message.conversation.contact
        assert contact.name == names[contact.identity_values["wa_id"]]


def test_a_new_number_moves_with_its_owner(number):
    ingest(sample("text"))
    ingest(sample("system-user-changed-number"))
    contact = Contact.objects.get()
    assert contact.phone == "+447700900388"
    assert contact.identity_values["bsuid"] == "GB.7731840296650017"
    assert Message.objects.count() == 1


def test_a_reaction_before_its_message_waits_for_it(number):
    reaction = sample("reaction")
    first = WebhookEvent.objects.create(body=as_body(reaction))
    drain()
    text = sample("text")
    value = reaction["entry"][0]["changes"][0]["value"]
    wamid = value["messages"][0]["reaction"]["message_id"]
    text["entry"][0]["changes"][0]["value"]["messages"][0]["id"] = wamid
    ingest(text)
    first.refresh_from_db()
    assert first.state == "waiting"
    assert first.retry_at is not None
    WebhookEvent.objects.filter(pk=first.pk).update(state="pending")
    drain()
    first.refresh_from_db()
    assert first.state == "processed"
    assert Message.objects.get().reactions.get().emoji == "❤️"


def test_one_that_waited_too_often_is_kept_with_its_reason(number):
    event = WebhookEvent.objects.create(body=as_body(sample("reaction")), attempts=7)
    drain()
    event.refresh_from_db()
    assert event.state == "processed"
    assert "reaction to a message that is not known" in event.reason


def test_an_edit_and_a_revoke_change_the_message_they_name(number):
    text = sample("text")
    edit = sample("edit-text")
    value = edit["entry"][0]["changes"][0]["value"]["messages"][0]
    wamid = value["edit"]["original_message_id"]
    text["entry"][0]["changes"][0]["value"]["messages"][0]["id"] = wamid
    value["timestamp"] = "1794000300"
    ingest(text)
    assert ingest(edit).state == "processed"
    message = Message.objects.get()
    assert message.text == "Hi, my parcel 48231 never arrived. Can you check?"
    assert message.edited_at.timestamp() == 1794000300


def test_a_preference_of_a_known_customer_is_in_the_ledger(number):
    body = sample("text")
    preference = sample("user-preferences-stop")["entry"][0]["changes"][0]["value"]
    value = body["entry"][0]["changes"][0]["value"]
    value["contacts"] = preference["contacts"]
    value["messages"][0]["from"] = preference["contacts"][0]["wa_id"]
    value["messages"][0]["from_user_id"] = preference["contacts"][0]["user_id"]
    ingest(body)
    assert ingest(sample("user-preferences-stop")).state == "processed"
    contact = Contact.objects.get()
    record = contact.consent_records.get(purpose="marketing")
    assert (record.act, record.source) == ("withdrawn", "platform")


def test_a_group_message_opens_no_window(number):
    ingest(sample("group-text"))
    message = Message.objects.get()
    assert message.conversation.window_expires_at is None
    assert message.payload["text"]["body"] == "Adding my colleague here"


def test_a_status_that_comes_before_its_message_is_kept(number):
    ingest(sample("status-failed-131047-window-closed"))
    early = EarlyStatus.objects.get()
    assert (early.status, early.reason) == ("failed", "131047")
    assert early.detail


def test_a_status_teaches_who_a_phone_number_is(number):
    """Written to by phone, they answer without one: still the same person."""
    known = factories.ContactFactory.create(wa_id="447700900321")
    ingest(sample("status-delivered"))
    assert known.identities.get(kind="bsuid").value == "GB.5512093384471106"
    body = sample("bsuid-only-no-phone")
    value = body["entry"][0]["changes"][0]["value"]
    value["contacts"][0]["user_id"] = "GB.5512093384471106"
    value["messages"][0]["from_user_id"] = "GB.5512093384471106"
    ingest(body)
    assert Message.objects.get().conversation.contact == known


def test_a_status_makes_no_contact(number):
    ingest(sample("status-delivered"))
    assert not Contact.objects.exists()


def test_a_refusal_because_of_a_stop_is_in_the_ledger(number):
    contact = factories.ContactFactory.create(wa_id="5491155501234")
    for _ in range(2):
        ingest(sample("status-failed-131050-user-stopped-marketing"))
    record = contact.consent_records.get()
    assert (record.purpose, record.act, record.source) == ("marketing", "withdrawn", "platform")


def test_a_status_finds_its_row_by_our_id_before_its_wamid_is_known(conversation, agent):
    message = factories.MessageFactory.create(
        conversation=conversation, outbound=True, author=agent, wamid=None, status="unconfirmed"
    )
    body = sample("status-sent-biz-opaque-callback-data")
    status = body["entry"][0]["changes"][0]["value"]["statuses"][0]
    status["biz_opaque_callback_data"] = str(message.pk)
    ingest(body)
    message.refresh_from_db()
    assert (message.status, message.wamid) == ("sent", status["id"])
    assert message.pricing_category == "service"
