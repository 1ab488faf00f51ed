"""Every kind of message and its limits (sections 7, 7.1, 8), and what is told of it (4, 10)."""

import base64
import struct
from typing import Any

import pytest

from simulator.media_kinds import ogg_opus, stand_in, webp_size
from tests.simulator.driver import LENA, NUMBER, Phone, eventually

Json = dict[str, Any]


def interactive(kind: str, action: Json, **more: Any) -> Json:
    """An interactive message."""
    part = {"type": kind, "body": {"text": "Bitte wählen"}, "action": action, **more}
    part = {name: value for name, value in part.items() if value is not None}
    return {"type": "interactive", "text": None, "interactive": part}


def named(name: str, **parameters: Any) -> Json:
    """An action with a name."""
    return {"name": name, "parameters": parameters} if parameters else {"name": name}


FLOW = {"flow_message_version": "3", "flow_id": "1", "flow_cta": "Los", "flow_token": "t"}
PICTURE = {"type": "image", "image": {"link": "https://nordlicht-bahn.example/a.png"}}
CARDS: list[Json] = [
    {
        "card_index": index,
        "header": PICTURE,
        "body": {"text": "Küstenticket"},
        "action": named("cta_url", display_text="Zum Ticket", url="https://example.org"),
    }
    for index in range(2)
]


@pytest.mark.parametrize(
    "message",
    [
        interactive("location_request_message", named("send_location")),
        interactive("request_contact_info", named("request_contact_info")),
        interactive("call_permission_request", named("call_permission_request")),
        interactive("voice_call", named("voice_call", display_text="Anrufen")),
        interactive("flow", named("flow", **FLOW)),
        interactive("flow", named("flow", **FLOW, mode="draft", flow_action="data_exchange")),
        interactive("cta_url", CARDS[0]["action"], header=PICTURE),
        interactive("product", {"catalog_id": "1", "product_retailer_id": "2"}),
        interactive("catalog_message", named("catalog_message")),
        interactive("carousel", {"cards": CARDS}),
        interactive(
            "product_list",
            {
                "catalog_id": "1",
                "sections": [{"title": "A", "product_items": [{"product_retailer_id": "1"}] * 30}],
            },
            header={"type": "text", "text": "Angebote"},
        ),
    ],
    ids=lambda message: message["interactive"]["type"],
)
def test_every_interactive_kind_is_accepted(phone: Phone, message: Json) -> None:
    phone.writes()

    wamid = phone.sent(message)

    phone.wait_for(wamid, "delivered")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (131009, interactive("location_request_message", named("somewhere"))),
        (131008, interactive("flow", named("flow", **{**FLOW, "flow_name": "zwei"}))),
        (131009, interactive("flow", named("flow", **{**FLOW, "flow_message_version": "2"}))),
        (131009, interactive("flow", named("flow", **{**FLOW, "flow_cta": "x" * 31}))),
        (131008, interactive("flow", named("flow", **FLOW, flow_action_payload={"data": {}}))),
        (131009, interactive("carousel", {"cards": CARDS[:1]})),
        (131009, interactive("carousel", {"cards": [*CARDS, CARDS[0]]})),
        (131009, interactive("carousel", {"cards": [CARDS[0], {**CARDS[1], "body": {"text":
                                                                                   "x" * 161}}]})),
        (131008, interactive("cta_url", CARDS[0]["action"], header={"type": "image", "image": {}})),
        (131008, interactive("product_list", {"catalog_id": "1", "sections": [
            {"product_items": [{"product_retailer_id": "1"}]}]})),
        (131009, interactive("list", {"button": "B", "sections": []}, header=PICTURE)),
        (100, interactive("location_request_message", named("send_location"),
                          footer={"text": "Fuß"})),
        (131009, interactive("cta_url", named("cta_url", display_text="x" * 21,
                                              url="https://example.org"))),
    ],
)  # fmt: skip
def test_what_breaks_a_limit_is_refused(phone: Phone, code: int, message: Json) -> None:
    phone.writes()

    assert phone.code(message) == code


def upload(phone: Phone, content: bytes, mime_type: str, name: str = "datei") -> str:
    """Upload a file; its id."""
    response = phone.graph(
        "POST", f"{NUMBER}/media", data={"messaging_product": "whatsapp", "type": mime_type},
        files={"file": (name, content, mime_type)},
    )  # fmt: skip
    assert response.status_code == 200, response.text
    return str(response.json()["id"])


def opus(channels: int) -> bytes:
    """A second of silence."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, channels, 312, 48000, 0, 0)
    return ogg_opus([b"\xf8\xff\xfe"] * 50, 960, head)


def webp(width: int, height: int, size: int, *, moving: bool = False) -> bytes:
    """The beginning of a WebP file, and zeros."""
    flags = 2 if moving else 0
    measures = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    head = b"RIFF" + struct.pack("<I", size) + b"WEBPVP8X" + struct.pack("<I", 10)
    return (head + bytes((flags, 0, 0, 0)) + measures).ljust(size, b"\0")


@pytest.mark.parametrize(
    ("kind", "mime_type", "content", "voice"),
    [
        ("audio", "audio/mpeg", b"ID3" + b"\0" * 100, True),
        ("audio", "audio/ogg", b"OggS" + b"\0" * 100, False),
        ("audio", "audio/ogg", opus(2), False),
        ("sticker", "image/webp", webp(511, 512, 2000), None),
        ("sticker", "image/webp", webp(512, 512, 101 * 1024), None),
        ("image", "image/webp", webp(512, 512, 2000), None),
    ],
)
def test_a_file_of_the_wrong_kind_fails_with_131053(
    phone: Phone, kind: str, mime_type: str, content: bytes, voice: bool | None
) -> None:
    """Section 8: Opus and mono in Ogg; stickers 512×512, 100 KB unless they move."""
    phone.writes()
    part: Json = {"id": upload(phone, content, mime_type)}
    if voice is not None:
        part["voice"] = voice

    wamid = phone.sent({"type": kind, "text": None, kind: part})

    assert phone.wait_for(wamid, "failed")["errors"][0]["code"] == 131053


@pytest.mark.parametrize(
    ("kind", "mime_type", "content"),
    [
        ("audio", "audio/ogg", opus(1)),
        ("audio", "audio/mpeg", b"ID3" + b"\0" * 100),
        ("sticker", "image/webp", webp(512, 512, 90 * 1024)),
        ("sticker", "image/webp", webp(512, 512, 400 * 1024, moving=True)),
    ],
)
def test_a_file_of_the_right_kind_arrives(
    phone: Phone, kind: str, mime_type: str, content: bytes
) -> None:
    phone.writes()
    part = {"id": upload(phone, content, mime_type)}

    phone.wait_for(phone.sent({"type": kind, "text": None, kind: part}), "delivered")


def test_what_is_no_webp_has_no_size() -> None:
    assert webp_size(b"RIFF1234WEBP") is None
    assert webp_size(b"\x89PNG" + b"\0" * 40) is None


def reaction(wamid: str, emoji: str = "👍") -> Json:
    """A reaction of the business."""
    return {"type": "reaction", "text": None, "reaction": {"message_id": wamid, "emoji": emoji}}


def test_reactions_have_their_rules(phone: Phone) -> None:
    """Section 7: not to what is older than 30 days, nor to a reaction."""
    wamid = phone.writes()["wamid"]
    own = phone.sent(reaction(wamid))
    eventually(lambda: phone.helpdesk.status_names(own) == {"sent"})

    assert phone.code(reaction(own)) == 131009
    phone.control("clock", advance_s=31 * 86400)
    assert phone.code(reaction(wamid)) == 131009


def test_reading_goes_back_30_days(phone: Phone) -> None:
    """Section 7."""
    wamid = phone.writes()["wamid"]
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
    assert phone.graph("POST", f"{NUMBER}/messages", json=read).status_code == 200

    phone.control("clock", advance_s=31 * 86400)

    response = phone.graph("POST", f"{NUMBER}/messages", json=read)
    assert response.json()["error"]["code"] == 131009


def test_a_message_that_waits_too_long_is_dropped_in_silence(phone: Phone) -> None:
    """Section 4: the TTL is 30 days, 10 minutes for authentication templates."""
    phone.writes()
    phone.control("customers", {"phone": LENA, "online": False})
    wamid = phone.sent()
    phone.wait_for(wamid, "sent")

    phone.control("clock", advance_s=31 * 86400)
    phone.control("customers", {"phone": LENA, "online": True})
    later = phone.writes("Wieder da")["wamid"]

    assert later
    assert phone.helpdesk.status_names(wamid) == {"sent"}


def test_the_identity_check_compares_hashes(phone: Phone) -> None:
    """Sections 7 and 9: `identity_key_hash` in webhooks once switched on; mismatch 137000."""
    wanted = {"user_identity_change": {"enable_identity_key_check": True}}
    assert phone.graph("POST", f"{NUMBER}/settings", json=wanted).json() == {"success": True}
    phone.writes()
    known = phone.helpdesk.values("contacts")[-1]["contacts"][0]["identity_key_hash"]

    phone.wait_for(phone.sent(recipient_identity_key_hash=known), "delivered")
    wamid = phone.sent(recipient_identity_key_hash=base64.b64encode(b"somebody").decode())

    assert phone.wait_for(wamid, "failed")["errors"][0]["code"] == 137000


def pricing(phone: Phone, wamid: str) -> tuple[str, str]:
    """What a message cost."""
    found = phone.wait_for(wamid, "sent")["pricing"]
    return found["type"], found["category"]


def test_service_messages_are_free_up_to_the_tier_of_the_month(phone: Phone) -> None:
    """Section 10: since 2026-10-01, per number and month."""
    phone.control("clock", now="2026-11-20T10:00:00+00:00")
    phone.control("faults", free_tier=1)
    phone.writes()

    assert pricing(phone, phone.sent()) == ("free_customer_service", "service")
    assert pricing(phone, phone.sent()) == ("regular", "service")
    phone.control("clock", now="2026-12-01T10:00:00+00:00")
    phone.writes()
    assert pricing(phone, phone.sent()) == ("free_customer_service", "service")


def test_before_october_2026_all_service_messages_were_free(phone: Phone) -> None:
    phone.control("clock", now="2026-09-20T10:00:00+00:00")
    phone.control("faults", free_tier=0)
    phone.writes()

    assert pricing(phone, phone.sent()) == ("free_customer_service", "service")


REFERRAL = {"source_id": "1", "source_type": "ad", "source_url": "https://fb.me/x"}


def test_an_ad_opens_the_free_entry_point_once_it_is_answered(phone: Phone) -> None:
    """Section 10: 72 hours in which everything is free; free-form still needs the window."""
    phone.writes(referral=REFERRAL)
    first = phone.sent()
    assert pricing(phone, first) == ("free_entry_point", "referral_conversion")
    assert "conversation" in phone.wait_for(first, "sent")

    phone.control("clock", advance_s=71 * 3600)
    hello = {"name": "hello_world", "language": {"code": "en_US"}}
    wamid = phone.sent({"type": "template", "text": None, "template": hello})
    assert pricing(phone, wamid) == ("free_entry_point", "referral_conversion")
    assert phone.wait_for(phone.sent(), "failed")["errors"][0]["code"] == 131047


def test_an_ad_answered_too_late_is_no_free_entry_point(phone: Phone) -> None:
    phone.writes(referral=REFERRAL)
    phone.control("clock", advance_s=25 * 3600)
    phone.writes("Noch da?")

    assert pricing(phone, phone.sent())[0] != "free_entry_point"


def test_the_price_can_come_on_delivered_only(phone: Phone) -> None:
    """Section 4: sometimes only on the latter."""
    phone.control("faults", pricing_on_sent=False)
    phone.writes()
    wamid = phone.sent()

    assert "pricing" not in phone.wait_for(wamid, "sent")
    assert "pricing" in phone.wait_for(wamid, "delivered")


def test_the_marketing_endpoint_takes_marketing_only(phone: Phone) -> None:
    """Section 7: statuses say `marketing_lite`; 134100 for the rest."""
    phone.writes()
    image = {"type": "image", "image": {"link": "https://nordlicht-bahn.example/a.png"}}
    words = [{"type": "text", "text": each} for each in ("Lena", "Mai")]
    parts = [{"type": "header", "parameters": [image]}, {"type": "body", "parameters": words}]
    template = {"name": "neuigkeiten_monat", "language": {"code": "de"}, "components": parts}
    message = {"messaging_product": "whatsapp", "to": f"+{LENA}", "type": "template"}
    path = f"{NUMBER}/marketing_messages"

    answer = phone.graph("POST", path, json=message | {"template": template})

    assert pricing(phone, answer.json()["messages"][0]["id"])[1] == "marketing_lite"
    hello = {"name": "hello_world", "language": {"code": "en_US"}}
    refused = phone.graph("POST", path, json=message | {"template": hello})
    assert refused.json()["error"]["code"] == 134100


def test_the_picture_of_a_header_must_be_one(phone: Phone) -> None:
    """Sections 7 and 8: 131009 for an unknown id, 131053 for a file of another kind."""
    phone.writes()
    yes = {"buttons": [{"type": "reply", "reply": {"id": "1", "title": "Ja"}}]}

    def message(media_id: str) -> Json:
        return interactive("button", yes, header={"type": "image", "image": {"id": media_id}})

    assert phone.code(message("1")) == 131009
    wamid = phone.sent(message(upload(phone, b"%PDF-1.4 x", "application/pdf")))
    assert phone.wait_for(wamid, "failed")["errors"][0]["code"] == 131053
    picture = upload(phone, stand_in("image")[0], "image/png")
    phone.wait_for(phone.sent(message(picture)), "delivered")
