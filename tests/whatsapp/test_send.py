"""Sending: the bodies Meta gets, and what every kind of answer, or none, means."""

import socket
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from django.db import InterfaceError
from django.utils import timezone

from conversations.gateway import Accepted, NoAnswer, Refused, TryLater
from conversations.models import Message, TemplateStatus
from tests import factories
from tests.whatsapp.graph import Graph, Seen, reply
from whatsapp import alarms
from whatsapp.error_table import MEANINGS, Retry
from whatsapp.gateway import WhatsAppGateway

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(conversation, agent):
    return outbound(conversation, agent)


def outbound(conversation, agent, **values):
    defaults = {"text": "We are on it.", "attempts": 1, "status": "sending"}
    return factories.MessageFactory.create(
        conversation=conversation,
        outbound=True,
        author=agent,
        wamid=None,
        **{**defaults, **values},
    )


def send(message):
    return WhatsAppGateway().send(message)


def test_a_text_goes_to_the_full_number_with_our_id(graph: Graph, message, number):
    assert send(message) == Accepted("wamid.NEW")
    (seen,) = graph.requests
    assert (seen.method, seen.path) == ("POST", f"/v25.0/{number.phone_number_id}/messages")
    assert seen.headers["Authorization"] == "Bearer development-access-token"
    assert seen.json == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+4915112345678",
        "type": "text",
        "text": {"body": "We are on it.", "preview_url": False},
        "biz_opaque_callback_data": str(message.pk),
    }


def test_a_customer_without_a_number_is_written_to_by_recipient(graph, number, agent):
    contact = factories.ContactFactory.create(wa_id="", bsuid="US.7392", username="lin")
    conversation = factories.ConversationFactory.create(contact=contact, business_number=number)
    assert send(outbound(conversation, agent)) == Accepted("wamid.NEW")
    body = graph.requests[0].json
    assert body["recipient"] == "US.7392"
    assert "to" not in body


def test_nobody_to_write_to_is_refused_without_a_call(graph, number, agent):
    contact = factories.ContactFactory.create(wa_id="", username="lin")
    conversation = factories.ConversationFactory.create(contact=contact, business_number=number)
    outcome = send(outbound(conversation, agent))
    assert isinstance(outcome, Refused)
    assert outcome.reason == "no_address"
    assert graph.requests == []


def test_a_quote_and_a_link(graph, conversation, agent):
    send(outbound(conversation, agent, text="https://bahn.de", context_wamid="wamid.Q"))
    body = graph.requests[0].json
    assert body["context"] == {"message_id": "wamid.Q"}
    assert body["text"]["preview_url"] is True


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("location", {"latitude": 52.5, "longitude": 13.4, "name": "Berlin Hbf"}),
        ("contacts", [{"name": {"formatted_name": "Service"}}]),
        (
            "interactive",
            {
                "type": "location_request_message",
                "body": {"text": "Where are you?"},
                "action": {"name": "send_location"},
            },
        ),
        ("reaction", {"message_id": "wamid.X", "emoji": ""}),
    ],
)
def test_other_types_carry_their_own_object(graph, conversation, agent, kind, content):
    send(outbound(conversation, agent, type=kind, text="", payload={kind: content}))
    assert graph.requests[0].json["type"] == kind
    assert graph.requests[0].json[kind] == content


def test_a_template_carries_name_language_and_components(graph, conversation, agent, number):
    template = factories.MessageTemplateFactory.create(
        name="ticket_update", language="de", status=TemplateStatus.APPROVED
    )
    parameters = [{"type": "body", "parameters": [{"type": "text", "text": "4711"}]}]
    message = outbound(
        conversation,
        agent,
        type="template",
        template=template,
        payload={"template": {"components": parameters}},
    )
    send(message)
    assert graph.requests[0].json["template"] == {
        "name": "ticket_update",
        "language": {"code": "de"},
        "components": parameters,
    }


def test_a_file_is_uploaded_first_and_only_once(graph, conversation, agent):
    message = outbound(conversation, agent, type="image", text="Your ticket")
    factories.MediaFactory.create(message=message, external_id="")
    assert send(message) == Accepted("wamid.NEW")
    assert send(message) == Accepted("wamid.NEW")
    upload, first, second = graph.requests
    assert upload.path.endswith("/media")
    assert b'name="messaging_product"\r\n\r\nwhatsapp' in upload.body
    assert b'name="type"\r\n\r\nimage/png' in upload.body
    assert b"Content-Type: image/png" in upload.body
    assert first.json["image"] == {"id": "upload-1", "caption": "Your ticket"}
    assert second.json["image"] == first.json["image"]


def test_a_document_keeps_its_name_and_a_voice_note_its_voice(graph, conversation, agent):
    document = outbound(conversation, agent, type="document", text="")
    factories.MediaFactory.create(message=document, kind="document", filename="Ticket ä.pdf")
    voice = outbound(conversation, agent, type="audio", text="")
    factories.MediaFactory.create(message=voice, kind="audio", is_voice=True)
    send(document)
    send(voice)
    assert graph.requests[1].json["document"]["filename"] == "Ticket ä.pdf"
    assert graph.requests[3].json["audio"] == {"id": "upload-1", "voice": True}


def test_an_upload_that_fails_leaves_nothing_in_doubt(graph, conversation, agent):
    message = outbound(conversation, agent, type="image", text="")
    factories.MediaFactory.create(message=message, external_id="")
    graph.refuses(131053)
    assert isinstance(send(message), Refused)
    graph.says(500, b"oops")
    assert isinstance(send(message), TryLater)
    graph.answer = hang_up
    assert isinstance(send(message), TryLater)
    graph.says(200, {"no": "id"})
    assert isinstance(send(message), TryLater)
    assert all(seen.path.endswith("/media") for seen in graph.requests)


def test_a_file_that_is_gone_is_refused_in_words(graph, conversation, agent):
    message = outbound(conversation, agent, type="image", text="")
    media = factories.MediaFactory.create(message=message, external_id="")
    media.file.storage.delete(media.file.name)
    outcome = send(message)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "no_file"
    assert outcome.detail


def test_a_window_that_closed_during_the_upload_is_respected(graph, conversation, agent):
    message = outbound(conversation, agent, type="image", text="")
    factories.MediaFactory.create(message=message, external_id="")
    conversation.window_expires_at = timezone.now() - timedelta(seconds=1)
    conversation.save()
    outcome = send(message)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "window_closed"
    assert not [seen for seen in graph.requests if seen.path.endswith("/messages")]


def test_a_window_that_closed_while_all_connections_were_busy_is_respected(
    graph, conversation, agent
):
    claimed_at = timezone.now() - timedelta(seconds=20)
    message = outbound(conversation, agent, claimed_at=claimed_at)
    conversation.window_expires_at = timezone.now() + timedelta(seconds=2)  # within the margin
    conversation.save()
    outcome = send(message)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "window_closed"
    assert graph.requests == []


def test_a_claim_that_ended_while_all_connections_were_busy_sends_nothing(
    graph, conversation, agent
):
    message = outbound(conversation, agent, claimed_at=timezone.now() - timedelta(minutes=4))
    Message.objects.filter(pk=message.pk).update(status="unconfirmed")
    assert isinstance(send(message), NoAnswer)
    assert graph.requests == []


def test_what_whatsapp_took_is_taken_whatever_fails_after_it(graph, message, monkeypatch):
    def fail(*_):
        raise InterfaceError("the connection is closed")

    monkeypatch.setattr(alarms._BOARD, "settle", fail)
    assert send(message) == Accepted("wamid.NEW")


@pytest.mark.parametrize("code", sorted(code for code in MEANINGS if code >= 0))
def test_every_known_code_means_what_the_table_says(graph, message, code):
    graph.refuses(code)
    outcome = send(message)
    # What says "later" is put off where it is a template; see test_parking.py.
    expected = Refused if MEANINGS[code].retry in (Retry.NO, Retry.LATER) else TryLater
    assert isinstance(outcome, expected)
    assert outcome.reason == str(code)
    assert outcome.detail


@pytest.mark.parametrize(
    ("code", "wait_s"),
    [(4, 60), (80007, 60), (130429, None), (131016, None), (131056, 1), (131026, 10)],
)
def test_throttling_waits_as_long_as_it_must(graph, message, code, wait_s):
    graph.refuses(code)
    assert send(message).wait_s == wait_s


def test_the_pair_limit_waits_four_times_longer_each_time(graph, message):
    graph.refuses(131056)
    waits = []
    for message.attempts in (1, 2, 3, 4, 50):
        waits.append(send(message).wait_s)
    assert waits == [1, 4, 16, 64, 1024]


def test_retry_after_is_honoured(graph, message):
    graph.says(429, {"error": {"code": 130429, "message": "x"}}, {"Retry-After": "17"})
    assert send(message).wait_s == 17


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408, 302])
def test_a_status_without_a_code_that_passes_is_tried_later(graph, message, status):
    graph.says(status, b"<html>", {"Location": "http://127.0.0.1:1/elsewhere"})
    outcome = send(message)
    assert isinstance(outcome, TryLater)
    assert outcome.reason == f"http_{status}"
    assert len(graph.requests) == 1  # no redirect is followed


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refusal_without_a_code_is_final(graph, message, status):
    graph.says(status, b"no")
    assert send(message) == Refused(f"http_{status}", f"HTTP {status}")


def test_an_unknown_code_is_refused_with_metas_words_unless_transient(graph, message):
    graph.refuses(999999, details="Something new")
    assert send(message) == Refused("999999", "(#999999) Some title: Something new")
    graph.says(400, {"error": {"code": 999999, "message": "x", "is_transient": True}})
    assert isinstance(send(message), TryLater)


@pytest.mark.parametrize("error_data", ["a plain string", None, ["list"], {"details": 5}, 7])
def test_any_shape_of_an_error_is_understood(graph, message, error_data):
    graph.says(400, {"error": {"code": 131047, "message": "x", "error_data": error_data}})
    assert send(message).reason == "131047"


@pytest.mark.parametrize(
    "body", [{"error": "x"}, {"error": None}, [], "x", {"error": {"code": {}}}]
)
def test_an_error_that_is_none_is_refused_all_the_same(graph, message, body):
    graph.says(400, body)
    assert send(message).reason == "http_400"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b'{"messages": []}',
        b'{"messages": [{"id": ""}]}',
        b'{"messages": 5}',
    ],
)
def test_accepted_without_an_id_is_no_answer(graph, message, body):
    graph.says(200, body)
    assert isinstance(send(message), NoAnswer)


def hang_up(_seen: Seen, handler: BaseHTTPRequestHandler) -> None:
    """Take the request, and break the connection without a word."""
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def break_off(_seen: Seen, handler: BaseHTTPRequestHandler) -> None:
    """Break the connection in the middle of the answer."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")
    handler.wfile.flush()
    hang_up(_seen, handler)


def stay_silent(_seen: Seen, handler: BaseHTTPRequestHandler) -> None:
    """Take the request, and say nothing for longer than anybody waits."""
    handler.connection.settimeout(5)
    handler.rfile.read(1)
    handler.close_connection = True


@pytest.mark.parametrize("fault", [hang_up, break_off, stay_silent])
def test_a_connection_that_breaks_after_writing_is_no_answer(graph, message, fault):
    graph.answer = fault
    assert isinstance(send(message), NoAnswer)


def test_a_connection_that_never_opened_is_tried_later(settings, message):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings.WHATSAPP_GRAPH_URL = f"http://127.0.0.1:{probe.getsockname()[1]}"
        outcome = send(message)
    assert outcome == TryLater("not_connected", "NewConnectionError")


def test_a_host_name_nobody_knows_is_tried_later(settings, message):
    settings.WHATSAPP_GRAPH_URL = "https://graph.invalid"
    assert isinstance(send(message), TryLater)


def test_without_encryption_nothing_goes_to_another_machine(settings, message):
    settings.WHATSAPP_GRAPH_URL = "http://graph.facebook.com"
    assert send(message) == TryLater("internal")


def test_a_proxy_of_the_environment_is_not_asked(graph, message, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert send(message) == Accepted("wamid.NEW")


def test_a_kept_connection_that_was_closed_meanwhile_is_not_written_into(graph, message):
    closed = threading.Semaphore(0)

    def answer_and_close(_seen: Seen, handler: BaseHTTPRequestHandler) -> None:
        reply(handler, 200, b'{"messages": [{"id": "wamid.1"}]}')
        handler.close_connection = True
        handler.connection.shutdown(socket.SHUT_RDWR)
        closed.release()

    graph.answer = answer_and_close
    for _ in range(5):
        assert send(message) == Accepted("wamid.1")
        assert closed.acquire(timeout=10)


def test_marking_read_and_typing_tell_meta_and_never_raise(graph, conversation):
    inbound = factories.MessageFactory.create(conversation=conversation)
    WhatsAppGateway().mark_read(inbound)
    WhatsAppGateway().show_typing(inbound)
    read, typing = (seen.json for seen in graph.requests)
    assert read == {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": inbound.wamid,
    }
    assert typing["typing_indicator"] == {"type": "text"}
    graph.refuses(131009)
    WhatsAppGateway().mark_read(inbound)
    graph.answer = hang_up
    WhatsAppGateway().mark_read(inbound)
