"""What becomes of a message: sent, delivered, read, played; prices, conversations, order."""

from typing import Any

import pytest

from tests.simulator.driver import LENA, Phone, eventually


def test_sent_and_delivered_carry_callback_data_price_and_contact(phone: Phone) -> None:
    phone.writes()

    wamid = phone.sent(biz_opaque_callback_data="zeile-7")

    sent, delivered = phone.wait_for(wamid, "sent"), phone.wait_for(wamid, "delivered")
    for status in (sent, delivered):
        assert status["recipient_id"] == LENA
        assert status["recipient_user_id"].startswith("DE.")
        assert status["biz_opaque_callback_data"] == "zeile-7"
        assert status["timestamp"].isdecimal()
        assert status["pricing"] == {
            "billable": False,
            "pricing_model": "PMP",
            "type": "free_customer_service",
            "category": "service",
        }
        assert "conversation" not in status
    assert phone.helpdesk.values("statuses")[0]["contacts"][0]["wa_id"] == LENA


def test_up_to_version_23_statuses_carry_a_conversation(phone: Phone) -> None:
    phone.writes()

    wamid = phone.sent(version="v23.0")

    conversation = phone.wait_for(wamid, "sent")["conversation"]
    assert conversation["id"]
    assert conversation["expiration_timestamp"].isdecimal()
    assert conversation["origin"] == {"type": "service"}


def test_beyond_the_free_tier_service_messages_cost(phone: Phone) -> None:
    phone.writes()
    phone.control("faults", free_tier=1)
    phone.wait_for(phone.sent(), "sent")

    pricing = phone.wait_for(phone.sent(), "sent")["pricing"]

    assert (pricing["type"], pricing["billable"]) == ("regular", True)


def test_the_customer_reads_the_chat(phone: Phone) -> None:
    phone.writes()
    first, second = phone.sent(), phone.sent()
    phone.wait_for(first, "delivered")
    phone.wait_for(second, "delivered")

    assert phone.control("read", {"from": LENA})["read"] == 2

    phone.wait_for(first, "read")
    phone.wait_for(second, "read")
    assert phone.accepted(first)["status"] == "read"


def test_read_may_come_without_delivered(phone: Phone) -> None:
    phone.writes()
    phone.control("faults", skip_delivered=True)
    wamid = phone.sent()
    phone.wait_for(wamid, "sent")

    phone.control("read", {"wamid": wamid})

    phone.wait_for(wamid, "read")
    assert phone.helpdesk.status_names(wamid) == {"sent", "read"} | (
        phone.helpdesk.status_names(wamid) & {"delivered"}
    )


def test_without_read_receipts_read_never_comes(phone: Phone) -> None:
    phone.writes()
    phone.control("customers", {"from": LENA, "read_receipts": False})
    wamid = phone.sent()
    phone.wait_for(wamid, "delivered")

    assert phone.control("read", {"from": LENA})["read"] == 0


def test_held_statuses_come_when_they_are_released(phone: Phone) -> None:
    phone.writes()
    phone.control("faults", hold_statuses=True)
    wamid = phone.sent()
    eventually(lambda: phone.accepted(wamid)["status"] == "delivered")
    assert phone.helpdesk.statuses(wamid) == []

    phone.control("faults", hold_statuses=False)

    phone.wait_for(wamid, "sent")
    phone.wait_for(wamid, "delivered")


def test_a_phone_that_is_off_gets_its_messages_later(phone: Phone) -> None:
    phone.writes()
    phone.control("customers", {"from": LENA, "online": False})
    wamid = phone.sent()
    phone.wait_for(wamid, "sent")

    phone.control("customers", {"from": LENA, "online": True})

    phone.wait_for(wamid, "delivered")


@pytest.mark.parametrize(
    ("switch", "template", "code"),
    [
        ({"blocked": True}, None, 131026),
        ({"stopped_marketing": True}, "neuigkeiten_monat", 131050),
    ],
)
def test_who_blocked_or_stopped_the_business_is_not_reached(
    phone: Phone, switch: dict[str, Any], template: str | None, code: int
) -> None:
    phone.writes()
    phone.control("customers", {"from": LENA, **switch})
    message = news(template) if template else {}

    status = phone.wait_for(phone.sent(message), "failed")

    assert status["errors"][0]["code"] == code


def news(template: str = "neuigkeiten_monat") -> dict[str, Any]:
    """Marketing."""
    image = {"type": "image", "image": {"link": "https://example.test/a.jpg"}}
    words = [{"type": "text", "text": each} for each in ("Lena", "Dezember")]
    return {
        "type": "template",
        "text": None,
        "template": {
            "name": template,
            "language": {"code": "de"},
            "components": [
                {"type": "header", "parameters": [image]},
                {"type": "body", "parameters": words},
            ],
        },
    }


def test_a_customer_gets_so_much_marketing_a_day(phone: Phone) -> None:
    """Sections 11 and 12: 131049, by webhook. What was withheld does not count itself."""
    phone.writes()
    phone.control("faults", marketing_per_day=1)
    phone.wait_for(phone.sent(news()), "delivered")
    for _ in range(2):
        status = phone.wait_for(phone.sent(news()), "failed")
        assert status["errors"][0]["code"] == 131049
    phone.wait_for(phone.sent(), "delivered")  # no marketing

    phone.control("clock", advance_s=24 * 3600 + 1)
    phone.wait_for(phone.sent(news()), "delivered")


def test_any_failure_can_be_ordered(phone: Phone) -> None:
    phone.writes()
    phone.control("faults", fail_code=131049, count=1)

    assert phone.wait_for(phone.sent(), "failed")["errors"][0]["code"] == 131049
    phone.wait_for(phone.sent(), "delivered")


def test_a_voice_message_is_played(phone: Phone) -> None:
    phone.writes()
    wamid = phone.sent(type="audio", text=None, audio={"link": "https://example.test/a.ogg"})
    phone.wait_for(wamid, "delivered")

    phone.control("read", {"wamid": wamid, "played": True})

    phone.wait_for(wamid, "played")


def test_marketing_can_be_stopped_and_resumed_by_menu(phone: Phone) -> None:
    phone.control("inbound", {"from": LENA, "type": "user_preferences", "value": "stop"})

    change = phone.helpdesk.changes[0]
    preference = change["value"]["user_preferences"][0]
    assert change["field"] == "user_preferences"
    assert (preference["value"], preference["category"]) == ("stop", "marketing_messages")
    assert isinstance(preference["timestamp"], int)
