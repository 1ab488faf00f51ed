"""The connection to Meta, check by check: what is wrong is said, with a way out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.utils import timezone, translation

from tests import factories
from tests.fixtures import Clock
from tests.whatsapp.graph import Graph, Seen, reply
from whatsapp import misfits
from whatsapp.connection_check import CHECKS, check_connection, is_sound, rows_of
from whatsapp.connection_words import WORDS, words_of
from whatsapp.models import ConnectionCheck, WhatsAppNumber
from whatsapp.tasks import check_connections

pytestmark = pytest.mark.django_db
SCOPES = ["whatsapp_business_management", "whatsapp_business_messaging"]
Meta = Callable[..., None]


@pytest.fixture
def meta(graph: Graph, number: WhatsAppNumber, settings: LazySettings) -> Meta:
    """Meta as it should be, and our own webhook address; parts said otherwise by name."""
    settings.PUBLIC_URL = graph.url
    number.templates_synced_at = timezone.now()
    number.save()

    def says(
        token: Any = None,
        numbers: Any = None,
        apps: Any = None,
        state: Any = None,
        door: Any = None,
    ) -> None:
        fine = {
            "display_phone_number": "+49 30 1",
            "verified_name": "Bahn",
            "quality_rating": "GREEN",
            "status": "CONNECTED",
            "name_status": "APPROVED",
            "whatsapp_business_manager_messaging_limit": "TIER_2K",
            "health_status": {"can_send_message": "AVAILABLE", "entities": []},
        }
        answers: dict[str, Any] = {
            "debug_token": {"data": token or {"is_valid": True, "expires_at": 0, "scopes": SCOPES}},
            "phone_numbers": {"data": [{"id": number.phone_number_id}]}
            if numbers is None
            else numbers,
            "subscribed_apps": {"data": [{"whatsapp_business_api_data": {"id": "1"}}]}
            if apps is None
            else apps,
            number.phone_number_id: {**fine, **(state or {})},
            number.waba_id: {"name": "Bahn", "account_review_status": "APPROVED"},
        }

        def answer(seen: Seen, handler: BaseHTTPRequestHandler) -> None:
            path = urlsplit(seen.path).path
            if path.startswith("/webhooks/"):
                status, words = door or (200, "1158201444")
                reply(handler, status, words.encode())
                return
            body = answers[path.rpartition("/")[2]]
            reply(handler, 200, json.dumps(body).encode())

        graph.answer = answer

    says()
    return says


def found(number: WhatsAppNumber) -> dict[str, str]:
    check_connection(number)
    return {row.name: row.code for row in rows_of(number)}


def test_all_is_well(meta: Meta, number: WhatsAppNumber) -> None:
    factories.WebhookEventFactory.create()
    factories.MessageTemplateFactory.create(account=number.waba_id)
    assert found(number) == {
        "token": "token_for_ever",
        "permissions": "permissions",
        "belongs": "belongs",
        "registered": "number_registered",
        "quality": "quality_green",
        "subscribed": "subscribed",
        "address": "address",
        "arriving": "arriving",
        "templates": "templates",
        "clock": "clock",
    }
    assert is_sound(number)


@pytest.mark.parametrize("refused", [False, True])
def test_the_token_is_asked_for_once(
    meta: Meta, graph: Graph, number: WhatsAppNumber, refused: bool
) -> None:
    if refused:
        graph.answer = lambda _seen, handler: reply(handler, 400, b'{"error": {"code": 190}}')
    found(number)
    assert len([one for one in graph.requests if "debug_token" in one.path]) == 1


@pytest.mark.parametrize(
    ("said", "check", "code"),
    [
        ({"token": {"is_valid": False}}, "token", "token_invalid"),
        (
            {"token": {"is_valid": True, "expires_at": 5, "scopes": SCOPES}},
            "token",
            "token_invalid",
        ),
        ({"token": {"is_valid": True, "scopes": SCOPES[:1]}}, "permissions", "permission_missing"),
        ({"numbers": {"data": [{"id": "7"}]}}, "belongs", "belongs_not"),
        ({"numbers": {"data": "x"}}, "belongs", "belongs_not"),
        ({"apps": {"data": []}}, "subscribed", "no_app"),
        ({"state": {"status": "PENDING"}}, "registered", "number_not_connected"),
        ({"state": {"status": "BANNED"}}, "registered", "number_blocked"),
        ({"state": {"name_status": "DECLINED"}}, "registered", "name_rejected"),
        ({"state": {"quality_rating": "RED"}}, "quality", "quality_red"),
        ({"door": (302, "")}, "address", "address_refuses"),
        ({"door": (200, "a login page")}, "address", "address_refuses"),
    ],
)
def test_what_is_wrong_is_named(
    meta: Meta, number: WhatsAppNumber, said: dict[str, Any], check: str, code: str
) -> None:
    meta(**said)
    assert found(number)[check] == code
    row = ConnectionCheck.objects.get(name=check)
    assert row.found == ConnectionCheck.Found.WRONG
    with translation.override("en"):
        words = words_of(row)
    assert words.helps
    assert "%(" not in f"{words.says}{words.helps}"
    assert not is_sound(number)


def test_a_refused_token_hides_nothing_else(
    graph: Graph, number: WhatsAppNumber, settings: LazySettings
) -> None:
    settings.PUBLIC_URL = graph.url
    graph.refuses(190, 401)
    codes = found(number)
    assert set(codes) == set(CHECKS)
    assert codes["token"] == "refused"
    assert codes["arriving"] == "nothing_yet"


def test_nobody_there(number: WhatsAppNumber, settings: LazySettings) -> None:
    settings.WHATSAPP_GRAPH_URL = settings.PUBLIC_URL = "http://127.0.0.1:9"
    codes = found(number)
    assert codes["token"] == codes["clock"] == "unreachable"
    assert codes["address"] == "address_silent"


def test_plain_http_is_told_where_meta_is_real(
    meta: Meta, number: WhatsAppNumber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whatsapp.connection_check._is_simulated", lambda: False)
    assert found(number)["address"] == "address_not_https"


def test_a_wrong_app_secret_shows(meta: Meta, number: WhatsAppNumber) -> None:
    cache.set(misfits.KEY, 12)
    assert found(number)["arriving"] == "secret_wrong"
    factories.WebhookEventFactory.create()  # a right one came, too: the others are strangers'
    assert found(number)["arriving"] == "arriving"


def test_a_wrong_clock_shows(
    meta: Meta, number: WhatsAppNumber, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = "Sun, 22 Nov 2020 10:00:00 GMT"
    monkeypatch.setattr(BaseHTTPRequestHandler, "date_time_string", lambda *_: at)
    assert found(number)["clock"] == "clock_wrong"


def test_since_stays_while_the_same_is_wrong(
    meta: Meta, number: WhatsAppNumber, clock: Clock
) -> None:
    meta(apps={"data": []})
    began = clock.at(timezone.now())
    check_connection(number)
    clock.forward(timedelta(minutes=30))
    check_connection(number)
    row = ConnectionCheck.objects.get(name="subscribed")
    assert row.since == began
    assert row.checked_at == began + timedelta(minutes=30)
    meta()
    check_connection(number)
    row.refresh_from_db()
    assert row.since == row.checked_at


def test_the_task_checks_one_and_leaves_the_replaced_alone(
    meta: Meta, number: WhatsAppNumber
) -> None:
    check_connections(number.pk)
    assert len(rows_of(number)) == len(CHECKS)
    old = factories.WhatsAppNumberFactory.create(replaced_by=number)
    check_connections(old.pk)
    check_connections(987654)
    assert rows_of(old) == []


def test_every_sentence_is_filled_and_harmless(number: WhatsAppNumber) -> None:
    for code in [*WORDS, "of a later version"]:
        words = words_of(ConnectionCheck(number=number, code=code, found="wrong", params={"a": 1}))
        assert words.says
