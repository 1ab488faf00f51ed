"""What Meta would refuse in a template is said in words before; the rest goes out in its shape."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from django.utils import translation

from accounts.models import AdminNotice
from conversations.models import MessageTemplate
from simulator.template_rules import check_components
from tests import factories
from tests.whatsapp.graph import Graph, reply
from whatsapp.models import WhatsAppNumber
from whatsapp.template_calls import (
    TemplateRefused,
    change_template,
    create_template,
    delete_template,
    upload_sample,
)
from whatsapp.template_drafts import ButtonDraft, TemplateDraft
from whatsapp.template_editor import problems
from whatsapp.template_shapes import can_be_written, components_of, draft_of

GOOD = TemplateDraft(
    name="train_late",
    language="de",
    category="utility",
    header="TEXT",
    header_text="Zug {{1}}",
    header_sample="ICE 70",
    body="Hallo {{1}}, Ihr Zug nach {{2}} kommt heute später an als geplant.",
    body_samples={"1": "Frau Kaya", "2": "Kiel"},
    footer="Nordlicht Bahn",
    buttons=[
        ButtonDraft("QUICK_REPLY", "Danke"),
        ButtonDraft("URL", "Details", "https://bahn.example/{{1}}", "https://bahn.example/70"),
        ButtonDraft("PHONE_NUMBER", "Anrufen", "+4930123456"),
        ButtonDraft("COPY_CODE", "", "KIEL10"),
    ],
)
NAMED = replace(
    GOOD,
    is_named=True,
    header_text="Zug {{train}}",
    body="Hallo {{name}}, Ihr Zug kommt heute später.",
    body_samples={"name": "Frau Kaya"},
)


@pytest.mark.parametrize("draft", [GOOD, NAMED, replace(GOOD, header="", buttons=[], footer="")])
def test_a_good_one_is_good_to_meta_too(draft: TemplateDraft) -> None:
    """By the simulator's rules, which were written from the reference, not from these."""
    assert problems(draft) == {}
    check_components(components_of(draft), "UTILITY", draft.is_named)


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"name": "Train-Late"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "a" * 513}, "name"),
        ({"language": "german"}, "language"),
        ({"category": "authentication"}, "category"),
        ({"header_text": ""}, "header_text"),
        ({"header_text": "x" * 61}, "header_text"),
        ({"header_text": "*Zug* {{1}}"}, "header_text"),
        ({"header_text": "{{1}} {{2}}"}, "header_text"),
        ({"header_sample": ""}, "header_sample"),
        ({"header": "IMAGE"}, "header_file"),
        ({"body": ""}, "body"),
        ({"body": "x" * 1025}, "body"),
        ({"body": "{{1}} ist ein Anfang von allem"}, "body"),
        ({"body": "Das Ende von allem ist {{1}}"}, "body"),
        ({"body": "Hallo {{2}}, Ihr Zug kommt heute später."}, "body"),
        ({"body": "Hallo {{name}}, Ihr Zug kommt heute später."}, "body"),
        ({"body": "Hallo\n\n\nIhr Zug kommt"}, "body"),
        ({"body": "A {{1}} {{2}} {{3}} b", "body_samples": dict.fromkeys("123", "x")}, "body"),
        ({"body_samples": {"1": "Frau Kaya"}}, "sample-2"),
        ({"footer": "x" * 61}, "footer"),
        ({"footer": "Ihr {{1}}"}, "footer"),
        ({"buttons": [ButtonDraft("QUICK_REPLY", str(n)) for n in range(11)]}, "buttons"),
        ({"buttons": [ButtonDraft("QUICK_REPLY", "Ja")] * 2}, "buttons"),
        ({"buttons": [ButtonDraft("QUICK_REPLY", "x" * 26)]}, "buttons-0-text"),
        ({"buttons": [ButtonDraft("QUICK_REPLY", "")]}, "buttons-0-text"),
        ({"buttons": [ButtonDraft("OTP", "Code")]}, "buttons-0-kind"),
        ({"buttons": [ButtonDraft("URL", "Hin", "bahn.example")]}, "buttons-0-value"),
        ({"buttons": [ButtonDraft("URL", "Hin", "https://b.example/{{1}}")]}, "buttons-0-sample"),
        ({"buttons": [ButtonDraft("URL", "Hin", "https://b.example/{{1}}/x")]}, "buttons-0-value"),
        ({"buttons": [ButtonDraft("PHONE_NUMBER", "An", "030")]}, "buttons-0-value"),
        ({"buttons": [ButtonDraft("COPY_CODE", "", "x" * 16)]}, "buttons-0-value"),
        ({"buttons": [ButtonDraft("FLOW", "Form", "x")]}, "buttons-0-value"),
        (
            {"buttons": [ButtonDraft("COPY_CODE", "", "A"), ButtonDraft("COPY_CODE", "", "B")]},
            "buttons-1-kind",
        ),
        (
            {
                "buttons": [
                    ButtonDraft("QUICK_REPLY", "A"),
                    ButtonDraft("COPY_CODE", "", "B"),
                    ButtonDraft("QUICK_REPLY", "C"),
                ]
            },
            "buttons",
        ),
    ],
)
def test_what_meta_would_refuse_is_said_at_its_field(changes: dict[str, Any], at: str) -> None:
    assert at in problems(replace(GOOD, **changes))


@pytest.mark.parametrize("draft", [GOOD, NAMED])
def test_a_template_is_read_back_as_it_was_written(db: None, draft: TemplateDraft) -> None:
    row = factories.MessageTemplateFactory.create(
        name=draft.name,
        components=components_of(draft),
        parameter_format="named" if draft.is_named else "positional",
    )
    assert can_be_written(row)
    assert draft_of(row) == replace(draft, buttons=list(draft.buttons))


def test_what_the_form_has_no_place_for_is_left_alone(db: None) -> None:
    carousel = [{"type": "BODY", "text": "x"}, {"type": "CAROUSEL", "cards": []}]
    code = [{"type": "BODY", "text": "x"}, {"type": "BUTTONS", "buttons": [{"type": "OTP"}]}]
    for components in (carousel, code):
        row = factories.MessageTemplateFactory.create(components=components)
        assert not can_be_written(row)


def test_a_template_is_created(graph: Graph, number: WhatsAppNumber) -> None:
    graph.says(200, {"id": "4711", "status": "PENDING", "category": "MARKETING"})
    row = create_template(number, GOOD)
    (seen,) = graph.requests
    assert seen.path.endswith(f"/{number.waba_id}/message_templates")
    assert seen.json["parameter_format"] == "POSITIONAL"
    assert (row.external_id, row.status) == ("4711", "pending")
    assert (row.category, row.previous_category) == ("marketing", "utility")
    assert list(row.business_numbers.values_list("pk", flat=True)) == [number.pk]


@pytest.mark.parametrize(
    ("error", "at", "words"),
    [
        ({"code": 2388299, "message": "x"}, "body", "begin nor end"),
        ({"code": 100, "error_subcode": 2388024, "message": "x"}, "language", "already"),
        ({"code": 2388047, "error_user_msg": "No emoji."}, "header_text", "No emoji."),
        ({"code": 100, "error_data": {"details": "Odd category."}}, "", "Odd category."),
        ({"code": 80008}, "", "within an hour"),
        ({"code": 190}, "", "access token"),
        ({"code": "x", "error_subcode": {}}, "", ""),
        ("nonsense", "", ""),
    ],
)
def test_metas_refusal_is_said_in_words_at_the_field(
    graph: Graph, number: WhatsAppNumber, error: Any, at: str, words: str
) -> None:
    graph.says(400, {"error": error})
    with translation.override("en"), pytest.raises(TemplateRefused) as caught:
        create_template(number, GOOD)
    assert caught.value.at == at
    assert words in caught.value.words
    assert not MessageTemplate.objects.exists()


def test_no_answer_may_mean_that_it_was_done(graph: Graph, number: WhatsAppNumber) -> None:
    graph.answer = lambda _seen, handler: handler.connection.close()
    with pytest.raises(TemplateRefused) as caught:
        create_template(number, GOOD)
    assert caught.value.unknown


def test_a_template_is_changed_and_deleted(graph: Graph, number: WhatsAppNumber) -> None:
    row = factories.MessageTemplateFactory.create(external_id="4711", category="utility")
    graph.says(200, {"success": True})
    change_template(number, row, replace(GOOD, category="marketing"))
    row.refresh_from_db()
    assert (row.status, row.category) == ("pending", "marketing")
    assert graph.requests[0].path.endswith("/4711")
    assert graph.requests[0].json["category"] == "MARKETING"
    delete_template(number, row)
    row.refresh_from_db()
    assert row.status == "gone"
    assert graph.requests[1].method == "DELETE"
    assert f"hsm_id=4711&name={row.name}" in graph.requests[1].path


def test_a_sample_file_is_uploaded_in_two_steps(graph: Graph, number: WhatsAppNumber) -> None:
    def answer(seen: Any, handler: Any) -> None:
        body = {"h": "4::handle"} if "/upload:" in seen.path else {"id": "upload:abc?sig=x-Y_="}
        reply(handler, 200, json.dumps(body).encode())

    graph.answer = answer
    handle = upload_sample(number, BytesIO(b"png"), 3, "image/png", "header_file")
    draft = replace(GOOD, header="IMAGE", header_handle=handle)
    assert components_of(draft)[0]["example"] == {"header_handle": ["4::handle"]}
    begin, finish = graph.requests
    assert "file_length=3&file_type=image%2Fpng" in begin.path
    assert (finish.body, finish.headers["Authorization"]) == (
        b"png",
        "OAuth development-access-token",
    )


def test_a_strange_upload_session_is_not_followed(graph: Graph, number: WhatsAppNumber) -> None:
    graph.says(200, {"id": "../me/accounts"})
    with pytest.raises(TemplateRefused) as caught:
        upload_sample(number, BytesIO(b"png"), 3, "image/png", "header_file")
    assert caught.value.at == "header_file"
    assert len(graph.requests) == 1
    assert not AdminNotice.objects.exists()
