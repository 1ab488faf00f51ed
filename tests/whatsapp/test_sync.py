"""Templates and names follow what Meta lists and tells."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from conversations.models import MessageTemplate
from tests import factories
from tests.whatsapp.graph import Graph, reply
from tests.whatsapp.test_ingest_samples import ingest, sample
from whatsapp import sync as sync_module
from whatsapp.services import ensure_number_from_settings
from whatsapp.sync import SyncFailed, accounts, sync, sync_account
from whatsapp.tasks import prepare

pytestmark = pytest.mark.django_db
WABA = "104996122399160"


def sync_all() -> int:
    return sum(sync(account) for account in accounts())


def template(name: str = "ticket_update", **values) -> dict:
    return {
        "id": "1689556908129832",
        "name": name,
        "language": "en_US",
        "status": "APPROVED",
        "category": "UTILITY",
        "components": [{"type": "BODY", "text": "Hello {{1}}"}],
        **values,
    }


def lists(graph: Graph, *pages: list[dict]) -> None:
    """Pages of templates by cursor, and one phone number."""

    def answer(seen, handler):
        parts = urlsplit(seen.path)
        if not parts.path.endswith("/message_templates"):
            body = {"display_phone_number": "+49 431 392-00100", "verified_name": "Bahn Service"}
        else:
            at = int(parse_qs(parts.query).get("after", ["0"])[0])
            more = at + 1 < len(pages)
            paging = {"cursors": {"before": "x", "after": str(at + 1)}}
            body = {"data": pages[at], "paging": {**paging, **({"next": "…"} if more else {})}}
        reply(handler, 200, json.dumps(body).encode())

    graph.answer = answer


def test_every_page_is_read_and_names_are_learnt(graph, number):
    number.name = number.phone_number_id
    number.save()
    lists(graph, [template("one"), template("two")], [template("three", category="MARKETING")])
    assert sync_all() == 3
    assert set(number.templates.values_list("name", flat=True)) == {"one", "two", "three"}
    row = MessageTemplate.objects.get(name="three")
    assert (row.status, row.category, row.body) == ("approved", "marketing", "Hello {{1}}")
    number.refresh_from_db()
    assert (number.phone_number, number.name) == ("+4943139200100", "Bahn Service")
    assert number.templates_synced_at is not None


def test_a_name_an_admin_gave_stays(graph, number):
    lists(graph, [])
    sync_all()
    number.refresh_from_db()
    assert number.name == "Kundenservice"


def test_what_is_listed_no_more_is_gone_and_comes_back_when_it_does(graph, number):
    lists(graph, [template("one"), template("two")])
    sync_all()
    lists(graph, [template("two", status="PAUSED")])
    sync_all()
    assert dict(MessageTemplate.objects.values_list("name", "status")) == {
        "one": "gone",
        "two": "paused",
    }


def test_what_is_handed_in_while_the_list_is_read_is_not_gone(number, monkeypatch):
    def read_list(account, _number):
        factories.MessageTemplateFactory.create(
            account=account, name="fresh", status="pending", synced_at=timezone.now()
        )
        return iter(())

    monkeypatch.setattr(sync_module, "_templates", read_list)
    assert sync_account(WABA, [number]) == 0
    assert MessageTemplate.objects.get(name="fresh").status == "pending"


def test_strange_entries_are_left_out_and_the_others_kept(graph, number):
    bad = [None, 5, {}, {"name": "x"}, template("y", category="CAROUSEL"), template("")]
    lists(graph, [*bad, template("good"), template("odd", status="NEW_WORD", components=None)])
    assert sync_all() == 2
    assert MessageTemplate.objects.get(name="odd").status == "pending"


def test_a_failed_sync_changes_nothing(graph, number):
    lists(graph, [template("one")])
    sync_all()
    for refuse in (lambda: graph.refuses(190, 401), lambda: graph.says(200, {"data": "x"})):
        refuse()
        with pytest.raises(SyncFailed):
            sync_all()
    assert MessageTemplate.objects.get().status == "approved"


def test_nobody_there_is_told(settings, number):
    with pytest.raises(SyncFailed):
        sync_all()


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("template-status-approved", "approved"),
        ("template-status-paused", "paused"),
        ("template-status-rejected", "rejected"),
        ("template-status-disabled", "disabled"),
    ],
)
def test_a_webhook_moves_a_template(number, name, status):
    value = sample(name)["entry"][0]["changes"][0]["value"]
    factories.MessageTemplateFactory.create(
        account=WABA,
        name=value["message_template_name"],
        language=value["message_template_language"],
        status="pending",
    )
    assert ingest(sample(name)).state == "processed"
    assert MessageTemplate.objects.get().status == status


def test_a_webhook_moves_the_category_and_with_it_the_purpose(number):
    factories.MessageTemplateFactory.create(
        account=WABA, name="ticket_update", language="en_US", category="utility"
    )
    ingest(sample("template-category-update"))
    assert MessageTemplate.objects.get().purpose == "marketing"


def test_another_accounts_template_of_the_same_name_stays(number):
    factories.MessageTemplateFactory.create(
        account="other", name="ticket_update", language="en_US", status="approved", external_id="1"
    )
    ingest(sample("template-status-paused"))
    assert MessageTemplate.objects.get().status == "approved"


def test_the_first_number_comes_from_the_settings_once(settings, db):
    settings.WHATSAPP_ACCESS_TOKEN = "first"
    number = ensure_number_from_settings()
    assert number.phone_number_id == settings.WHATSAPP_PHONE_NUMBER_ID
    number.name = "Kundenservice"
    number.save()
    settings.WHATSAPP_ACCESS_TOKEN = "second"
    prepare()
    number.refresh_from_db()
    assert (number.name, number.access_token) == ("Kundenservice", "second")


def test_no_number_in_the_settings_is_no_number(settings, db):
    settings.WHATSAPP_PHONE_NUMBER_ID = ""
    assert ensure_number_from_settings() is None
