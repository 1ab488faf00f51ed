"""How webhooks travel: handshake, signature, retries, duplicates, order, restart."""

import json
from pathlib import Path

from tests.simulator.driver import LENA, Phone, eventually, signature_of


def test_the_endpoint_is_verified_before_the_first_webhook(phone: Phone) -> None:
    phone.writes()

    assert phone.helpdesk.handshakes[0]["hub.mode"] == "subscribe"
    assert len(phone.helpdesk.handshakes) == 1
    assert len(phone.helpdesk.bodies) == 1


def test_nothing_is_delivered_while_the_handshake_fails(tmp_path: Path) -> None:
    phone = Phone(tmp_path)
    phone.helpdesk.knows_the_token = False
    with phone:
        answer = phone.writes()

        assert not answer["delivered"]
        assert phone.helpdesk.bodies == []

        phone.helpdesk.knows_the_token = True
        eventually(phone.helpdesk.messages)


def test_every_body_is_signed_over_exactly_its_bytes(phone: Phone) -> None:
    for number in range(6):
        phone.writes(f"Grüße aus Köln / Bonn {number}")

    bodies = phone.helpdesk.bodies
    assert phone.helpdesk.signatures == [signature_of(body) for body in bodies]
    assert b"Gr\\u00fc\\u00dfe" in b"".join(bodies)
    assert b"\\/" in b"".join(bodies)
    assert [each["text"]["body"] for each in phone.helpdesk.messages()] == [
        f"Grüße aus Köln / Bonn {number}" for number in range(6)
    ]


def test_what_was_not_answered_with_200_comes_again(phone: Phone) -> None:
    phone.helpdesk.refuse_with = [503, 0, 201]

    answer = phone.writes("Noch da?")

    assert (answer["delivered"], answer["status"]) == (False, 503)
    eventually(lambda: len(phone.helpdesk.bodies) == 4)
    assert len(set(phone.helpdesk.bodies)) == 1


def test_duplicates_are_the_same_bytes_again(phone: Phone) -> None:
    phone.control("faults", duplicate=3)

    phone.writes()

    eventually(lambda: len(phone.helpdesk.bodies) == 3)
    assert len(set(phone.helpdesk.bodies)) == 1


def test_batching_joins_several_messages_in_one_body(phone: Phone) -> None:
    phone.control("faults", batch=True)

    answer = phone.control(
        "inbound", {"messages": [{"from": LENA, "text": f"Nummer {n}"} for n in range(5)]}
    )

    assert answer["delivered"]
    assert len(answer["wamids"]) == 5
    assert len(phone.helpdesk.bodies) == 1
    assert len(phone.helpdesk.messages()) == 5


def test_shuffled_webhooks_all_arrive(phone: Phone) -> None:
    phone.control("faults", shuffle=True)

    phone.control("inbound", {"from": LENA, "text": "Hallo", "repeat": 12})

    assert len({each["id"] for each in phone.helpdesk.messages()}) == 12


def test_what_was_on_its_way_survives_a_restart(tmp_path: Path) -> None:
    with Phone(tmp_path) as phone:
        phone.helpdesk.refuse_with = [503] * 1000
        wamid = phone.writes("Vor dem Neustart")["wamid"]

    with Phone(tmp_path) as phone:
        eventually(phone.helpdesk.messages)
        assert phone.helpdesk.messages()[0]["id"] == wamid
        assert json.loads(phone.helpdesk.bodies[0])["object"] == "whatsapp_business_account"
