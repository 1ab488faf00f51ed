"""Templates in the admin: written, changed, copied, deleted; only by admins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from conversations.models import MessageTemplate
from tests import factories
from tests.whatsapp.graph import Graph, running_graph
from whatsapp.models import WhatsAppNumber

ADD = "admin:conversations_messagetemplate_add"
WRITE = "admin:whatsapp_template_write"
REMOVE = "admin:whatsapp_template_remove"


@pytest.fixture
def graph(settings: LazySettings) -> Iterator[Graph]:
    with running_graph() as graph:
        settings.WHATSAPP_GRAPH_URL = graph.url
        settings.WHATSAPP_TIMEOUT_S = 1
        graph.says(200, {"id": "4711", "status": "PENDING", "category": "UTILITY", "success": True})
        yield graph


def fields(number: WhatsAppNumber, **changes: Any) -> dict[str, Any]:
    return {
        "account": number.waba_id,
        "name": "train_late",
        "language": "de",
        "category": "utility",
        "variables_are": "positional",
        "header": "",
        "body": "Hallo {{1}}, Ihr Zug kommt heute\r\nspäter.",
        "sample-1": "Frau Kaya",
        "footer": "",
        "buttons-TOTAL_FORMS": "10",
        "buttons-INITIAL_FORMS": "0",
        "buttons-0-kind": "QUICK_REPLY",
        "buttons-0-text": "Danke",
        **changes,
    }


def test_a_template_is_handed_in(browser: Client, graph: Graph, number: WhatsAppNumber) -> None:
    assert browser.get(reverse(ADD)).status_code == 200
    response = browser.post(reverse(ADD), fields(number))
    row = MessageTemplate.objects.get()
    assert response["Location"] == reverse(
        "admin:conversations_messagetemplate_change", args=[row.pk]
    )
    assert graph.requests[0].json == {
        "name": "train_late",
        "language": "de",
        "category": "UTILITY",
        "parameter_format": "POSITIONAL",
        "components": [
            {
                "type": "BODY",
                "text": "Hallo {{1}}, Ihr Zug kommt heute\nspäter.",
                "example": {"body_text": [["Frau Kaya"]]},
            },
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Danke"}]},
        ],
    }


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"name": "Nein!"}, "name"),
        ({"sample-1": ""}, "sample-1"),
        ({"account": "4712"}, "account"),
        ({"header": "IMAGE"}, "header_file"),
        ({"body": ""}, "body"),
    ],
)
def test_what_is_wrong_stands_at_its_field(
    browser: Client, graph: Graph, number: WhatsAppNumber, changes: dict[str, Any], at: str
) -> None:
    page = browser.post(reverse(ADD), fields(number, **changes))
    assert at in page.context["form"].errors
    assert graph.requests == []


def test_a_buttons_problem_stands_at_the_button(
    browser: Client, graph: Graph, number: WhatsAppNumber
) -> None:
    second = {"buttons-3-kind": "URL", "buttons-3-text": "Hin", "buttons-3-value": "nirgends"}
    page = browser.post(reverse(ADD), fields(number, **second))
    assert "value" in page.context["buttons"].forms[3].errors
    assert graph.requests == []


def test_metas_refusal_stands_at_the_field(
    browser: Client, graph: Graph, number: WhatsAppNumber
) -> None:
    graph.refuses(2388293)
    page = browser.post(reverse(ADD), fields(number))
    assert "body" in page.context["form"].errors
    assert not MessageTemplate.objects.exists()


@pytest.mark.parametrize("kind", ["text/html", "image/png"])
def test_a_sample_file_must_fit_its_header(
    browser: Client, graph: Graph, number: WhatsAppNumber, kind: str
) -> None:
    file = SimpleUploadedFile("x.png", b"png", content_type=kind)
    graph.says(200, {"id": "upload:abc", "h": "4::x", "status": "PENDING", "category": "UTILITY"})
    page = browser.post(reverse(ADD), fields(number, header="IMAGE", header_file=file))
    if kind == "text/html":
        assert "header_file" in page.context["form"].errors
        assert graph.requests == []
    else:
        assert page.status_code == 302
        header = graph.requests[2].json["components"][0]
        assert header["example"] == {"header_handle": ["4::x"]}


def test_an_approved_one_is_changed_but_not_its_name_nor_category(
    browser: Client, graph: Graph, number: WhatsAppNumber
) -> None:
    row = factories.MessageTemplateFactory.create(account=number.waba_id, category="utility")
    path = reverse(WRITE, args=[row.pk])
    assert browser.get(path).context["form"].initial["name"] == row.name
    page = browser.post(path, fields(number, category="marketing"))
    assert "category" in page.context["form"].errors
    assert browser.post(path, fields(number, name="other_name")).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.status) == (row.name, "pending")
    assert set(graph.requests[0].json) == {"components"}


def test_one_in_review_waits(browser: Client, number: WhatsAppNumber) -> None:
    row = factories.MessageTemplateFactory.create(status="pending")
    assert browser.get(reverse(WRITE, args=[row.pk])).status_code == 302


def test_a_copy_begins_with_everything_but_the_language(
    browser: Client, number: WhatsAppNumber
) -> None:
    row = factories.MessageTemplateFactory.create(account=number.waba_id)
    page = browser.get(reverse(ADD), {"copy": row.pk})
    initial = page.context["form"].initial
    assert (initial["name"], initial["language"]) == (row.name, "")
    assert browser.get(reverse(ADD), {"copy": "x"}).status_code == 200


def test_a_carousel_is_shown_and_left_alone(browser: Client, number: WhatsAppNumber) -> None:
    card = {"components": [{"type": "BODY", "text": "Erste Karte"}]}
    row = factories.MessageTemplateFactory.create(
        components=[{"type": "BODY", "text": "Hallo"}, {"type": "CAROUSEL", "cards": [card, card]}]
    )
    page = browser.get(reverse("admin:conversations_messagetemplate_change", args=[row.pk]))
    assert "Erste Karte" in page.content.decode()
    assert browser.get(reverse(WRITE, args=[row.pk])).status_code == 302


def test_deleting_asks_first(browser: Client, graph: Graph, number: WhatsAppNumber) -> None:
    row = factories.MessageTemplateFactory.create(account=number.waba_id)
    path = reverse(REMOVE, args=[row.pk])
    assert browser.get(path).status_code == 200
    assert graph.requests == []
    assert browser.post(path).status_code == 302
    row.refresh_from_db()
    assert row.status == "gone"


@pytest.mark.parametrize("role", ["agent", "lead", "read_only"])
def test_only_admins_write(
    client: Client, graph: Graph, role: str, number: WhatsAppNumber, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(role))
    row = factories.MessageTemplateFactory.create(account=number.waba_id)
    for path in (reverse(ADD), reverse(WRITE, args=[row.pk]), reverse(REMOVE, args=[row.pk])):
        assert client.post(path, fields(number)).status_code == 302
    assert graph.requests == []


def test_an_admin_says_where_a_value_comes_from(browser: Client) -> None:
    example = {"body_text": [["Karla", "x"]]}
    body = {"type": "BODY", "text": "Hallo {{1}}, {{2}}", "example": example}
    row = factories.MessageTemplateFactory.create(components=[body])
    page = reverse("admin:conversations_messagetemplate_change", args=[row.pk])
    shown = browser.get(page).content.decode()
    assert 'name="value_of_body_1"' in shown
    assert "Karla" in shown

    wrong = browser.post(page, {"value_of_body_1": "contact.password"})
    assert wrong.status_code == 200
    row.refresh_from_db()
    assert row.value_sources == {}

    browser.post(page, {"value_of_body_1": "contact.name", "value_of_body_2": ""})
    row.refresh_from_db()
    assert row.value_sources == {"body_1": "contact.name"}
    # What nobody offers any more stays until somebody chooses another.
    row.value_sources = {"body_1": "contact.attributes.gone"}
    row.save()
    assert "contact.attributes.gone" in browser.get(page).content.decode()
