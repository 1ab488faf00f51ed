"""Phone numbers in `to`, BSUIDs in `recipient`, and what happens when they are mixed up."""

import pytest

from tests.simulator.driver import LENA, Phone

BSUID = "DE.7392014486015723"


def test_a_username_only_customer_hides_the_phone_number(phone: Phone) -> None:
    phone.control("inbound", {"user_id": BSUID, "username": "fjord.kind", "text": "Moin"})

    value = phone.helpdesk.values("messages")[0]
    message = value["messages"][0]
    assert value["contacts"][0]["user_id"] == BSUID
    assert value["contacts"][0]["profile"]["username"] == "fjord.kind"
    assert "wa_id" not in value["contacts"][0]
    assert message["from_user_id"] == BSUID
    assert "from" not in message


def test_a_bsuid_in_recipient_reaches_its_owner(phone: Phone) -> None:
    phone.control("inbound", {"user_id": BSUID, "username": "fjord.kind", "text": "Moin"})

    response = phone.send(to=None, recipient=BSUID)

    assert response.json()["contacts"] == [{"input": BSUID, "user_id": BSUID}]
    status = phone.wait_for(response.json()["messages"][0]["id"], "delivered")
    assert status["recipient_user_id"] == BSUID
    assert "recipient_id" not in status


def test_to_wins_over_recipient(phone: Phone) -> None:
    phone.writes()

    response = phone.send(recipient=BSUID)

    assert response.json()["contacts"] == [{"input": f"+{LENA}", "wa_id": LENA}]


def test_a_bsuid_in_to_is_accepted_and_never_heard_of_again(phone: Phone) -> None:
    phone.control("inbound", {"user_id": BSUID, "username": "fjord.kind", "text": "Moin"})

    lost = phone.sent(to=BSUID)

    arrives = phone.sent(to=None, recipient=BSUID)
    phone.wait_for(arrives, "delivered")
    assert phone.helpdesk.statuses(lost) == []


def test_a_number_without_whatsapp_is_accepted_and_fails_later(phone: Phone) -> None:
    wamid = phone.sent(to="+4915299999999")

    status = phone.wait_for(wamid, "failed")

    assert status["errors"][0]["code"] == 131026
    assert status["recipient_id"] == "4915299999999"


def test_a_failure_has_no_contacts_and_names_a_bsuid_only_if_addressed(phone: Phone) -> None:
    wamid = phone.sent(to=None, recipient="DE.999")

    status = phone.wait_for(wamid, "failed")

    assert status["recipient_user_id"] == "DE.999"
    assert "contacts" not in phone.helpdesk.values("statuses")[0]


def test_codes_cannot_be_sent_to_a_bsuid(phone: Phone) -> None:
    phone.control("inbound", {"user_id": BSUID, "username": "fjord.kind", "text": "Moin"})
    template = {
        "name": "anmeldung_code",
        "language": {"code": "de"},
        "components": [
            {"type": "body", "parameters": [{"type": "text", "text": "482913"}]},
            {
                "type": "button",
                "sub_type": "url",
                "index": "0",
                "parameters": [{"type": "text", "text": "482913"}],
            },
        ],
    }

    code = phone.code(to=None, recipient=BSUID, type="template", text=None, template=template)

    assert code == 131062


def test_a_business_cannot_write_to_itself(phone: Phone) -> None:
    assert phone.code(to="+4943139200100") == 131021


def test_a_test_number_reaches_its_list_only(phone: Phone) -> None:
    phone.writes()
    phone.control("faults", test_recipients=["4915100000000"])

    assert phone.code() == 131030


def test_who_moves_to_another_number_gets_another_bsuid(phone: Phone) -> None:
    before = phone.writes()

    phone.control("customers", {"from": LENA, "new_phone": "4915187654321"})

    system = phone.helpdesk.messages()[-1]["system"]
    assert system["type"] == "user_changed_number"
    assert system["wa_id"] == "4915187654321"
    assert system["previous_user_id"] == before["user_id"] != system["user_id"]


def test_a_customer_keeps_the_bsuid_when_the_simulator_forgets(phone: Phone) -> None:
    before = phone.writes()["user_id"]

    phone.control("reset")

    assert phone.writes()["user_id"] == before


@pytest.mark.parametrize(
    ("known", "dialled"),
    [
        ("551187654321", "5511987654321"),
        ("5511987654321", "551187654321"),
        ("5215512345678", "525512345678"),
        ("525512345678", "5215512345678"),
        ("5491155501234", "541155501234"),
        ("541155501234", "5491155501234"),
    ],
)
def test_a_number_is_found_by_the_other_way_of_dialling_it(
    phone: Phone, known: str, dialled: str
) -> None:
    """Section 3: `wa_id` may differ from the dialled number (Brazil, Mexico, Argentina)."""
    phone.writes(sender=known)

    response = phone.send(to=f"+{dialled}").json()

    assert response["contacts"] == [{"input": f"+{dialled}", "wa_id": known}]
    told = phone.wait_for(response["messages"][0]["id"], "delivered")
    assert told["recipient_id"] == known


def test_a_number_without_plus_can_be_taken_for_a_national_one(phone: Phone) -> None:
    """Section 7: Meta's page says so; most clients find that bare international digits work."""
    phone.writes()
    phone.wait_for(phone.sent(to=LENA), "delivered")
    phone.control("faults", national_numbers=True)

    wamid = phone.sent(to=LENA)

    assert phone.wait_for(wamid, "failed")["errors"][0]["code"] == 131026
    phone.wait_for(phone.sent(to=LENA.removeprefix("49")), "delivered")
