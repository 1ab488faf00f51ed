"""Further numbers and accounts, bans, restrictions, tiers (reference sections 2.5, 6, 9, 11)."""

from typing import Any

import pytest

from tests.simulator.driver import ACCOUNT, LENA, NUMBER, TOKEN, Phone

SECOND, OTHER_ACCOUNT = "209988776655443", "300400500600700"


def template(name: str = "hello_world", language: str = "en_US") -> dict[str, Any]:
    """A template message without parameters."""
    return {
        "messaging_product": "whatsapp",
        "to": f"+{LENA}",
        "type": "template",
        "template": {"name": name, "language": {"code": language}},
    }


def text(to: str = LENA) -> dict[str, Any]:
    """A text message."""
    return {
        "messaging_product": "whatsapp", "to": f"+{to}", "type": "text", "text": {"body": "Moin"},
    }  # fmt: skip


def post(phone: Phone, number: str, body: dict[str, Any], token: str = TOKEN) -> Any:
    """Send from a number with a token."""
    headers = {"Authorization": f"Bearer {token}"}
    return phone.graph("POST", f"{number}/messages", json=body, headers=headers)


def error_of(response: Any) -> int:
    """The code of a refusal."""
    assert response.status_code >= 400, response.text
    return int(response.json()["error"]["code"])


def second(phone: Phone, **more: Any) -> Any:
    """Make the second number, of another account."""
    body = {"id": SECOND, "waba": OTHER_ACCOUNT, "display_phone_number": "+49 431 39200-200"}
    return phone.control("numbers", body | {"verified_name": "Nordlicht Bus", **more})


def test_a_second_number_stands_in_its_own_account(phone: Phone) -> None:
    made = second(phone)

    assert (made["waba_id"], made["phone"], made["status"]) == (
        OTHER_ACCOUNT, "4943139200200", "CONNECTED",
    )  # fmt: skip
    ids = [
        each["id"] for each in phone.graph("GET", f"{OTHER_ACCOUNT}/phone_numbers").json()["data"]
    ]
    assert ids == [SECOND]
    assert [
        each["id"] for each in phone.graph("GET", f"{ACCOUNT}/phone_numbers").json()["data"]
    ] == [NUMBER]
    assert phone.graph("GET", f"{OTHER_ACCOUNT}/message_templates").json()["data"] == []


def test_windows_are_kept_per_number(phone: Phone) -> None:
    """Section 10: the window belongs to (business number, user)."""
    second(phone)
    phone.writes(phone_number_id=SECOND)

    assert post(phone, SECOND, text()).status_code == 200
    wamid = phone.sent()

    assert phone.wait_for(wamid, "failed")["errors"][0]["code"] == 131047


def test_webhooks_name_the_number_and_its_account(phone: Phone) -> None:
    second(phone)

    phone.writes(phone_number_id=SECOND)

    body = phone.helpdesk.bodies[-1].decode()
    assert f'"id":"{OTHER_ACCOUNT}"' in body
    assert phone.helpdesk.values("messages")[-1]["metadata"] == {
        "display_phone_number": "4943139200200", "phone_number_id": SECOND,
    }  # fmt: skip


def test_one_body_can_hold_several_accounts(phone: Phone) -> None:
    """Section 2.4: one POST can mix WABAs, as several entries."""
    second(phone)
    phone.control("faults", batch=True)

    phone.control(
        "inbound",
        {"text": "Hallo", "from": LENA, "messages": [{}, {"phone_number_id": SECOND}]},
    )

    assert [len(phone.helpdesk.bodies), len(phone.helpdesk.messages())] == [1, 2]
    assert phone.helpdesk.bodies[0].count(b'"changes"') == 2


def test_a_number_takes_its_own_token_only(phone: Phone) -> None:
    """Section 1: 190 for a token that is not the number's."""
    second(phone, token="its-own")
    phone.writes(phone_number_id=SECOND)

    assert error_of(post(phone, SECOND, text())) == 190
    assert error_of(post(phone, NUMBER, text(), "its-own")) == 190
    assert post(phone, SECOND, text(), "its-own").status_code == 200


def test_pair_and_throughput_are_counted_per_number(phone: Phone) -> None:
    """Section 11."""
    second(phone, throughput_per_s=2)
    phone.writes()
    phone.writes(phone_number_id=SECOND)

    post(phone, SECOND, text())

    assert error_of(post(phone, SECOND, text())) == 130429
    phone.sent()


def test_a_template_belongs_to_its_account(phone: Phone) -> None:
    second(phone)
    phone.writes(phone_number_id=SECOND)

    assert error_of(post(phone, SECOND, template())) == 132001


@pytest.mark.parametrize(
    ("given", "code", "status"), [({}, 131031, 403), ({"code": 368}, 368, 403)]
)
def test_a_banned_number_sends_nothing(
    phone: Phone, given: dict[str, int], code: int, status: int
) -> None:
    """Sections 6 and 12: 131031 or 368, `account_update` with `ban_info`, health BLOCKED."""
    phone.writes()

    told = phone.control("numbers", {"id": NUMBER, "status": "BANNED", **given})["webhooks"]

    response = phone.send()
    assert (response.status_code, error_of(response)) == (status, code)
    change = phone.helpdesk.changes[-1]
    assert change["field"] == told[0]["field"] == "account_update"
    assert change["value"]["event"] == "DISABLED_UPDATE"
    assert change["value"]["ban_info"]["waba_ban_state"] == "DISABLE"
    number = phone.graph("GET", f"{NUMBER}?fields=status,health_status").json()
    assert number["status"] == "BANNED"
    assert number["health_status"]["can_send_message"] == "BLOCKED"
    assert number["health_status"]["entities"][0]["errors"][0]["error_code"] == code

    phone.control("numbers", {"id": NUMBER, "status": "CONNECTED"})
    assert phone.helpdesk.changes[-1]["value"]["ban_info"]["waba_ban_state"] == "REINSTATE"
    phone.sent()


def test_a_disabled_account_takes_all_its_numbers_down(phone: Phone) -> None:
    second(phone)
    phone.writes()
    phone.control("accounts", {"id": ACCOUNT, "status": "DISABLED"})

    assert phone.code() == 131031
    assert phone.graph("GET", f"{ACCOUNT}?fields=health_status").json()["health_status"][
        "can_send_message"
    ] == "BLOCKED"  # fmt: skip
    phone.writes(phone_number_id=SECOND)
    assert post(phone, SECOND, text()).status_code == 200


def test_a_restricted_account_answers_but_does_not_begin(phone: Phone) -> None:
    """Section 6: ACCOUNT_RESTRICTION, RESTRICTED_BIZ_INITIATED_MESSAGING."""
    phone.control("customers", {"name": "Lena", "phone": LENA})
    phone.control("accounts", {"id": ACCOUNT, "status": "RESTRICTED", "restricted_for_s": 3600})

    assert error_of(post(phone, NUMBER, template())) == 368
    phone.writes()
    phone.sent()
    value = next(c["value"] for c in phone.helpdesk.changes if c["field"] == "account_update")
    assert value["event"] == "ACCOUNT_RESTRICTION"
    assert value["restriction_info"][0]["restriction_type"] == "RESTRICTED_BIZ_INITIATED_MESSAGING"

    phone.control("clock", advance_s=25 * 3600)
    assert post(phone, NUMBER, template()).status_code == 200


def test_the_portfolio_has_one_messaging_limit(phone: Phone) -> None:
    """Section 11: unique users outside windows in 24 hours, over all numbers of the portfolio."""
    phone.control("numbers", {"id": SECOND, "tier": "TIER_50"})
    people = [f"49151200{number:05}" for number in range(51)]
    phone.control("customers", {"customers": [{"phone": each} for each in people]})
    for number, each in enumerate(people[:50]):
        sender = SECOND if number % 2 else NUMBER
        assert post(phone, sender, template() | {"to": f"+{each}"}).status_code == 200

    assert error_of(post(phone, NUMBER, template() | {"to": f"+{people[50]}"})) == 131048
    assert post(phone, NUMBER, template() | {"to": f"+{people[0]}"}).status_code == 200
    phone.writes(sender=people[50])
    assert post(phone, NUMBER, template() | {"to": f"+{people[50]}"}).status_code == 200
    phone.control("faults", tier_code=130429)
    phone.control("customers", {"phone": "4915129999999"})
    assert error_of(post(phone, NUMBER, template() | {"to": "+4915129999999"})) == 130429
    phone.control("clock", advance_s=24 * 3600 + 60)
    assert post(phone, NUMBER, template() | {"to": "+4915129999999"}).status_code == 200


def test_a_new_tier_is_told_to_the_number_and_the_account(phone: Phone) -> None:
    """Section 6: phone_number_quality_update and business_capability_update."""
    answer = phone.control("numbers", {"id": NUMBER, "tier": "TIER_2K"})

    fields = [change["field"] for change in phone.helpdesk.changes]
    assert fields == ["phone_number_quality_update", "business_capability_update"]
    values = [change["value"] for change in phone.helpdesk.changes]
    assert values[0]["max_daily_conversations_per_business"] == "TIER_2K"
    assert values[1]["max_daily_conversations_per_business"] == 2000
    assert answer["whatsapp_business_manager_messaging_limit"] == "TIER_2K"


def test_account_fields_carry_a_time_on_the_entry(phone: Phone) -> None:
    """Section 3: `entry[].time` on account and template fields, not on messages."""
    phone.control("accounts", {"alert": {"alert_severity": "CRITICAL"}})
    phone.writes()

    alert, message = phone.helpdesk.bodies
    assert b'"time":' in alert
    assert b'"alert_severity":"CRITICAL"' in alert
    assert b'"time":' not in message


def test_quality_name_and_throughput_are_seen_on_the_number(phone: Phone) -> None:
    """Section 9: the fields of `GET /{phone_number_id}`."""
    phone.control(
        "numbers",
        {
            "id": NUMBER,
            "quality": "RED",
            "status": "FLAGGED",
            "name": "Nordlicht",
            "throughput": 1000,
        },
    )

    number = phone.graph("GET", NUMBER).json()
    assert (number["quality_rating"], number["status"]) == ("RED", "FLAGGED")
    assert number["verified_name"] == "Nordlicht"
    assert number["throughput"] == {"level": "HIGH"}
    fields = [change["field"] for change in phone.helpdesk.changes]
    assert fields == ["phone_number_name_update", "phone_number_quality_update"]
    assert phone.helpdesk.changes[1]["value"]["event"] == "THROUGHPUT_UPGRADE"


def test_who_cannot_pay_is_accepted_and_fails(phone: Phone) -> None:
    """Section 10: without a payment method service messages stop with 131042."""
    phone.writes()
    phone.control("accounts", {"can_pay": False})

    assert phone.wait_for(phone.sent(), "failed")["errors"][0]["code"] == 131042


@pytest.mark.parametrize(
    ("status", "code"),
    [("DISCONNECTED", 133010), ("DELETED", 33), ("RATE_LIMITED", 131048), ("MAINTENANCE", 131057)],
)
def test_other_states_have_their_own_refusals(phone: Phone, status: str, code: int) -> None:
    """Section 12."""
    phone.writes()
    phone.control("numbers", {"id": NUMBER, "status": status})

    assert phone.code() == code


def test_a_coexistence_number_is_fixed_at_20_per_second(phone: Phone) -> None:
    """Section 11."""
    phone.control("numbers", {"id": NUMBER, "coexistence": True})
    phone.control("faults", pair_rate=False)
    phone.writes()

    codes = [phone.send().status_code for _ in range(40)]

    assert 400 in codes


def test_numbers_survive_a_restart(tmp_path: Any) -> None:
    with Phone(tmp_path) as phone:
        second(phone, token="its-own", quality="YELLOW")
    with Phone(tmp_path) as phone:
        number = phone.look("numbers")["numbers"][1]
        assert (number["id"], number["token"], number["quality_rating"]) == (
            SECOND, "its-own", "YELLOW",
        )  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [{"id": "abc"}, {"status": "HAPPY"}, {"tier": "TIER_3"}, {"colour": 1}, {"quality": "BLUE"},
     {"display_phone_number": "call me"}],
)  # fmt: skip
def test_a_control_that_makes_no_sense_is_refused(phone: Phone, body: dict[str, Any]) -> None:
    assert phone.client.post("/control/numbers", json=body).status_code == 400
