"""Numbers in the admin: checked, registered, replaced by another; and the overview."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from accounts.models import AdminNotice, Agent, Severity
from accounts.notices import open_notices, raise_notice
from conversations.models import Conversation
from conversations.services.replace_number import move_threads
from tests import factories
from tests.whatsapp.graph import Graph, running_graph
from tests.whatsapp.test_health import says
from whatsapp.connection_check import rows_of
from whatsapp.models import WhatsAppNumber

REPLACE = "admin:whatsapp_whatsappnumber_replace"


@pytest.fixture
def graph(settings: LazySettings) -> Iterator[Graph]:
    with running_graph() as graph:
        settings.WHATSAPP_GRAPH_URL = graph.url
        settings.WHATSAPP_TIMEOUT_S = 1
        yield graph


@pytest.fixture
def heir(number: WhatsAppNumber) -> WhatsAppNumber:
    return factories.WhatsAppNumberFactory.create(name="Neue Nummer")


def test_a_number_is_checked_now(browser: Client, graph: Graph, number: WhatsAppNumber) -> None:
    graph.says(200, says(name="Bahn"))
    path = reverse("admin:whatsapp_whatsappnumber_check_now", args=[number.pk])
    page = browser.get(path, follow=True)
    assert page.status_code == 200
    number.refresh_from_db()
    assert number.quality == "GREEN"
    # What its card shows is asked for once, also by the check of the whole connection.
    read = [one for one in graph.requests if "quality_rating" in one.path]
    assert len(read) == 1
    assert [row.found for row in rows_of(number) if row.name == "registered"] == ["fine"]


def test_a_wrong_token_is_told_on_the_page(
    browser: Client, graph: Graph, number: WhatsAppNumber
) -> None:
    graph.refuses(190, 401)
    path = reverse("admin:whatsapp_whatsappnumber_check_now", args=[number.pk])
    page = browser.get(path, follow=True, headers={"accept-language": "en"})
    assert "Zugriffstoken" in page.content.decode() or "access token" in page.content.decode()
    assert [row.kind for row in open_notices()] == ["token"]


def test_a_number_is_registered_with_its_pin(
    browser: Client, graph: Graph, number: WhatsAppNumber
) -> None:
    graph.says(200, says(success=True))
    path = reverse("admin:whatsapp_whatsappnumber_register", args=[number.pk])
    assert browser.get(path).status_code == 200
    assert browser.post(path, {"pin": "12"}).status_code == 200
    assert graph.requests == []
    assert browser.post(path, {"pin": "123456"}).status_code == 302
    assert [seen.path.rpartition("/")[2] for seen in graph.requests][:2] == [
        "register",
        "subscribed_apps",
    ]


def test_replacing_is_looked_at_first_and_confirmed_by_name(
    browser: Client, conversation: Conversation, number: WhatsAppNumber, heir: WhatsAppNumber
) -> None:
    path = reverse(REPLACE, args=[number.pk])
    assert browser.get(path).status_code == 200
    looked = browser.get(path, {"to": heir.pk})
    assert len(looked.context["lines"]) >= 5
    wrong = browser.post(f"{path}?to={heir.pk}", {"name": "something else"})
    assert wrong.context["confirm"].errors
    number.refresh_from_db()
    assert number.replaced_by is None

    assert browser.post(f"{path}?to={heir.pk}", {"name": "kundenservice"}).status_code == 302

    number.refresh_from_db()
    assert (number.replaced_by_id, number.is_active) == (heir.pk, False)
    assert browser.get(path, follow=True).status_code == 200
    move_threads(10)
    conversation.refresh_from_db()
    assert conversation.business_number_id == heir.pk
    page = browser.get(reverse("admin:whatsapp_whatsappnumber_change", args=[number.pk]))
    assert "is_active" not in page.context["adminform"].form.fields


@pytest.mark.parametrize("to", ["", "0", "x", "self"])
def test_replacing_by_nothing_asks_again(browser: Client, number: WhatsAppNumber, to: str) -> None:
    path = reverse(REPLACE, args=[number.pk])
    target = str(number.pk) if to == "self" else to
    assert browser.post(f"{path}?to={target}", {"name": str(number)}).status_code == 200
    number.refresh_from_db()
    assert number.is_active


def test_replacing_by_other_methods_is_not_done(
    browser: Client, number: WhatsAppNumber, heir: WhatsAppNumber
) -> None:
    path = f"{reverse(REPLACE, args=[number.pk])}?to={heir.pk}"
    assert browser.put(path).status_code == 405
    assert browser.delete(path).status_code == 405


@pytest.mark.parametrize("role", ["agent", "lead", "read_only"])
def test_only_admins_replace(
    client: Client,
    role: str,
    number: WhatsAppNumber,
    heir: WhatsAppNumber,
    request: pytest.FixtureRequest,
) -> None:
    client.force_login(request.getfixturevalue(role))
    path = f"{reverse(REPLACE, args=[number.pk])}?to={heir.pk}"
    assert client.post(path, {"name": str(number)}).status_code == 302
    number.refresh_from_db()
    assert number.replaced_by is None


def test_the_overview_names_what_is_open_and_it_is_settled(
    browser: Client, admin: Agent, furnished: Conversation
) -> None:
    page = browser.get(reverse("admin:index"))
    text = page.content.decode()
    (card,) = page.context["number_cards"]
    assert (card.queued, card.unconfirmed, card.left) == (0, 0, 0)
    assert "The token." in text
    (notice,) = AdminNotice.objects.all()
    path = reverse("admin:accounts_adminnotice_settle", args=[notice.pk])
    assert path in text
    assert browser.get(path).status_code == 405
    assert browser.post(path).status_code == 302
    notice.refresh_from_db()
    assert notice.settled_by == admin
    assert "The token." not in browser.get(reverse("admin:index")).content.decode()


def test_the_sidebar_counts_notices(browser: Client, number: WhatsAppNumber) -> None:
    def badges() -> list[Any]:
        page = browser.get(reverse("admin:accounts_team_changelist"))
        items = page.context["sidebar_navigation"][0]["items"]
        return [(item["badge"], item["badge_variant"]) for item in items if "badge" in item]

    assert badges() == []
    raise_notice("a", f"number:{number.pk}", Severity.INFO, "One.")
    raise_notice("b", f"number:{number.pk}", Severity.CRITICAL, "Two.")
    assert badges() == [(2, "danger")]


def test_notices_are_settled_together(browser: Client, furnished: Conversation) -> None:
    raise_notice("b", "", Severity.INFO, "Two.")
    chosen = list(AdminNotice.objects.values_list("pk", flat=True))
    browser.post(
        reverse("admin:accounts_adminnotice_changelist"),
        {"action": "settle_selected", "_selected_action": chosen},
    )
    assert open_notices() == []
