"""What Meta says of numbers and accounts is taken over, and an admin is told what matters."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import override_settings
from django.utils import translation

from accounts.models import AdminNotice
from tests import factories
from tests.whatsapp.graph import Graph, reply
from whatsapp.connection import register, subscribe
from whatsapp.health import CheckFailed, check_account, check_number, troubles
from whatsapp.models import WhatsAppAccount, WhatsAppNumber
from whatsapp.number_state import state_of

pytestmark = pytest.mark.django_db


def says(**values: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "display_phone_number": "+49 30 123456",
        "verified_name": "Bahn Service",
        "quality_rating": "GREEN",
        "throughput": {"level": "HIGH"},
        "status": "CONNECTED",
        "name_status": "APPROVED",
        "whatsapp_business_manager_messaging_limit": "TIER_2K",
        "health_status": {"can_send_message": "AVAILABLE", "entities": []},
        **values,
    }


BLOCKED = {
    "can_send_message": "BLOCKED",
    "entities": [
        {"entity_type": "PHONE_NUMBER", "id": "1", "can_send_message": "AVAILABLE"},
        {
            "entity_type": "WABA",
            "id": "2",
            "can_send_message": "BLOCKED",
            "errors": [
                {
                    "error_code": 131031,
                    "error_description": "The account is locked.",
                    "possible_solution": "Ask for a review.",
                }
            ],
        },
    ],
}


def open_kinds() -> set[str]:
    return set(AdminNotice.objects.filter(settled_at=None).values_list("kind", flat=True))


def test_a_number_is_taken_over(graph: Graph, number: WhatsAppNumber) -> None:
    graph.says(200, says())
    check_number(number)
    row = WhatsAppNumber.objects.get()
    assert (row.name, row.verified_name) == ("Kundenservice", "Bahn Service")
    assert (row.quality, row.throughput, row.messaging_limit) == ("GREEN", "HIGH", "TIER_2K")
    assert (row.platform_status, row.can_send, row.health) == ("CONNECTED", "AVAILABLE", [])
    assert row.checked_at is not None
    assert state_of(row).key == "connected"
    assert open_kinds() == set()


def test_a_blocked_number_is_told_of_until_it_is_over(graph: Graph, number: WhatsAppNumber) -> None:
    graph.says(200, says(health_status=BLOCKED, quality_rating="RED", name_status="DECLINED"))
    check_number(number)
    check_number(number)
    assert state_of(number).key == "blocked"
    assert open_kinds() == {"number_blocked", "number_quality", "name_rejected"}
    notice = AdminNotice.objects.get(kind="number_blocked")
    assert (notice.times, notice.details) == (2, "The account is locked")
    (trouble,) = troubles(number.health)
    assert (trouble.what, trouble.code) == ("waba", "131031")
    graph.says(200, says())
    check_number(number)
    assert open_kinds() == set()


def test_a_replaced_number_may_be_blocked(graph: Graph, number: WhatsAppNumber) -> None:
    number.replaced_by = factories.WhatsAppNumberFactory.create()
    number.save()
    graph.says(200, says(health_status=BLOCKED))
    check_number(number)
    assert open_kinds() == set()
    assert state_of(number).key == "replaced"


def test_a_wrong_token_is_said_in_words_and_told(graph: Graph, number: WhatsAppNumber) -> None:
    graph.refuses(190, 401)
    with pytest.raises(CheckFailed) as caught:
        check_number(number)
    with translation.override("en"):
        assert caught.value.words == (
            "WhatsApp refuses the access token of Kundenservice. Please enter a new one."
        )
    assert open_kinds() == {"token"}
    assert number.checked_at is None
    graph.says(200, says())
    check_number(number)
    assert open_kinds() == set()


def test_nobody_there_is_said_in_words(number: WhatsAppNumber) -> None:
    with (
        override_settings(WHATSAPP_GRAPH_URL="http://127.0.0.1:9"),
        pytest.raises(CheckFailed) as caught,
    ):
        check_number(number)
    with translation.override("en"):
        assert "does not answer" in caught.value.words


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"quality_rating": {"a": 1}, "throughput": "HIGH", "health_status": [1]},
        {"health_status": {"can_send_message": 5, "entities": [None, {"errors": "x"}, 3]}},
        {"status": "A" * 90, "verified_name": None, "display_phone_number": 5},
    ],
)
def test_strange_answers_do_no_harm(graph: Graph, number: WhatsAppNumber, odd: Any) -> None:
    graph.says(200, odd)
    check_number(number)
    assert troubles(number.health) == []
    assert WhatsAppNumber.objects.get().name == "Kundenservice"


def test_an_account_is_taken_over(graph: Graph, number: WhatsAppNumber) -> None:
    body = {"id": "2", "name": "Bahn", "account_review_status": "APPROVED"}
    graph.says(200, {**body, "health_status": BLOCKED})
    check_account(number.waba_id, number)
    row = WhatsAppAccount.objects.get()
    assert (row.name, row.review_status, row.can_send) == ("Bahn", "APPROVED", "BLOCKED")
    assert len(troubles(row.health)) == 1


def test_registering_and_subscribing(graph: Graph, number: WhatsAppNumber) -> None:
    graph.says(200, {"success": True})
    register(number, "123456")
    subscribe(number)
    first, second = graph.requests
    assert first.path.endswith(f"/{number.phone_number_id}/register")
    assert first.json == {"messaging_product": "whatsapp", "pin": "123456"}
    assert second.path.endswith(f"/{number.waba_id}/subscribed_apps")


def test_a_wrong_pin_is_said_in_words(graph: Graph, number: WhatsAppNumber) -> None:
    def answer(seen: Any, handler: Any) -> None:
        error = {"error": {"code": 133005, "message": "Two-step PIN Mismatch"}}
        reply(handler, 400, json.dumps(error).encode())

    graph.answer = answer
    with pytest.raises(CheckFailed) as caught:
        register(number, "000000")
    assert "PIN" in caught.value.words
