"""A webhook beside our own questions about templates: the newer word stays, whoever wrote last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from conversations.models import MessageTemplate
from tests import factories
from tests.stack import eventually
from tests.whatsapp.graph import Graph
from tests.whatsapp.test_ingest_samples import ingest, sample
from tests.whatsapp.test_template_editor import GOOD
from whatsapp import sync as sync_module
from whatsapp import template_calls, template_words
from whatsapp.models import WhatsAppNumber
from whatsapp.sync import sync_account
from whatsapp.template_calls import change_template, create_template, delete_template
from whatsapp.template_updates import SYNC_TASK, update_template

pytestmark = pytest.mark.django_db
NOW, LONG_AGO = timedelta(0), timedelta(hours=-1)
Meanwhile = list[Callable[[], object]]


@pytest.fixture
def nudges(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []
    monkeypatch.setattr(template_words, "nudge", told.append)
    return told


@pytest.fixture
def row(number: WhatsAppNumber) -> MessageTemplate:
    return factories.MessageTemplateFactory.create(
        account=number.waba_id,
        external_id="4711",
        name=GOOD.name,
        language=GOOD.language,
        category=GOOD.category,
        status="rejected",
        quality="GREEN",
        business_numbers=[number],
        synced_at=timezone.now() - timedelta(minutes=5),
    )


@pytest.fixture
def meanwhile(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """What happens between Meta's yes and our writing it down."""
    graph.says(200, {"id": "4711", "status": "PENDING", "category": "UTILITY", "success": True})
    acts: Meanwhile = []
    real = template_calls._call

    def call(number: WhatsAppNumber, call: Any) -> Any:
        answer = real(number, call)
        for act in acts:
            act()
        return answer

    monkeypatch.setattr(template_calls, "_call", call)
    return acts


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch, meanwhile: Meanwhile) -> list[dict[str, Any]]:
    """What Meta's list holds; `meanwhile` happens once it was read."""
    rows = [entry()]

    def templates(*_: object) -> Iterator[Any]:
        for one in rows:
            found = sync_module._read(one)
            assert found
            yield found
        for act in meanwhile:
            act()

    monkeypatch.setattr(sync_module, "_templates", templates)
    return rows


def entry(**values: object) -> dict[str, Any]:
    return {
        "id": "4711",
        "name": GOOD.name,
        "language": GOOD.language,
        "status": "PENDING",
        "category": "UTILITY",
        "components": [{"type": "BODY", "text": "What the list says."}],
        **values,
    }


def hear(kind: str, ago: timedelta = NOW, **words: object) -> None:
    """A webhook of Meta's about the template, sent `ago`, is dealt with now."""
    body = sample(kind)
    body["entry"][0]["time"] = int((timezone.now() + ago).timestamp())
    value = body["entry"][0]["changes"][0]["value"]
    value["message_template_id"] = 4711
    value["message_template_name"], value["message_template_language"] = GOOD.name, GOOD.language
    value |= words
    event = ingest(body)
    assert event.state == "processed", event.reason


# -- Handed in -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ago", "status"), [(NOW, "approved"), (LONG_AGO, "pending")])
def test_an_approval_faster_than_our_own_write_stays_and_an_old_one_does_not(
    row: MessageTemplate,
    number: WhatsAppNumber,
    meanwhile: Meanwhile,
    nudges: list[str],
    django_capture_on_commit_callbacks: Any,
    ago: timedelta,
    status: str,
) -> None:
    meanwhile.append(lambda: hear("template-status-approved", ago))
    with django_capture_on_commit_callbacks(execute=True):
        change_template(number, row, GOOD)
    row.refresh_from_db()
    assert (row.status, row.body) == (status, GOOD.body)
    assert nudges == ([SYNC_TASK] if status == "approved" else [])


def test_a_webhook_after_our_write_is_the_last_word(
    row: MessageTemplate, number: WhatsAppNumber, meanwhile: Meanwhile
) -> None:
    change_template(number, row, GOOD)
    row.refresh_from_db()
    assert row.status == "pending"
    hear("template-status-approved")
    row.refresh_from_db()
    assert row.status == "approved"


def test_what_was_said_before_we_asked_does_not_count(
    row: MessageTemplate, number: WhatsAppNumber, meanwhile: Meanwhile, nudges: list[str]
) -> None:
    hear("template-status-paused", timedelta(seconds=-2))
    change_template(number, row, GOOD)
    row.refresh_from_db()
    assert (row.status, row.paused_until, nudges) == ("pending", None, [])


def test_a_rejection_meanwhile_keeps_its_reason_and_another_category_too(
    row: MessageTemplate, number: WhatsAppNumber, meanwhile: Meanwhile
) -> None:
    meanwhile.append(lambda: hear("template-status-rejected"))
    meanwhile.append(lambda: hear("template-category-update"))
    change_template(number, row, replace(GOOD, footer="Anders"))
    row.refresh_from_db()
    assert (row.status, row.category, row.previous_category) == (
        *("rejected", "marketing", "utility"),
    )
    assert row.status_reason
    assert row.component("FOOTER")["text"] == "Anders"


def test_one_that_is_handed_in_anew_forgets_what_was_and_keeps_what_is_said_now(
    row: MessageTemplate, number: WhatsAppNumber, meanwhile: Meanwhile
) -> None:
    MessageTemplate.objects.update(status="gone", status_reason="Deleted.", quality="RED")
    meanwhile.append(lambda: hear("template-status-approved"))
    assert create_template(number, GOOD).pk == row.pk
    row.refresh_from_db()
    assert (row.status, row.status_reason, row.quality) == ("approved", "", "")


def test_a_sync_that_was_faster_knows_better(
    number: WhatsAppNumber, listed: list[dict[str, Any]], meanwhile: Meanwhile
) -> None:
    """The webhook found no row and asked for a sync; that one has the row before we do."""
    listed[:] = [entry(status="APPROVED")]

    def faster() -> None:
        meanwhile.clear()
        hear("template-status-approved")
        sync_account(number.waba_id, [number])

    meanwhile.append(faster)
    created = create_template(number, GOOD)
    created.refresh_from_db()
    assert (created.status, created.external_id) == ("approved", "4711")
    assert list(created.business_numbers.values_list("pk", flat=True)) == [number.pk]


def test_a_sync_before_it_was_handed_in_does_not(
    row: MessageTemplate, number: WhatsAppNumber, listed: list[dict[str, Any]], meanwhile: Meanwhile
) -> None:
    listed.clear()
    sync_account(number.waba_id, [number])
    row.refresh_from_db()
    assert row.status == "gone"
    assert create_template(number, GOOD).status == "pending"


def test_a_sync_beside_a_change_is_asked_for_once_more(
    row: MessageTemplate,
    number: WhatsAppNumber,
    listed: list[dict[str, Any]],
    meanwhile: Meanwhile,
    nudges: list[str],
    django_capture_on_commit_callbacks: Any,
) -> None:
    """Nobody knows whether its list was read before the change or after it."""
    listed[:] = [entry(status="APPROVED")]

    def sync() -> None:
        meanwhile.clear()
        sync_account(number.waba_id, [number])

    meanwhile.append(sync)
    with django_capture_on_commit_callbacks(execute=True):
        change_template(number, row, GOOD)
    row.refresh_from_db()
    assert (row.status, row.body, nudges) == ("pending", GOOD.body, [SYNC_TASK])


@pytest.mark.django_db(transaction=True)
def test_a_webhook_that_is_just_being_written_is_waited_for(
    row: MessageTemplate, number: WhatsAppNumber, meanwhile: Meanwhile
) -> None:
    told, go_on = Event(), Event()
    value = sample("template-status-approved")["entry"][0]["changes"][0]["value"]
    value |= {"message_template_id": 4711}

    def hear_slowly() -> None:
        with transaction.atomic():
            update_template("message_template_status_update", number.waba_id, value, timezone.now())
            told.set()
            go_on.wait(30)
        connection.close()

    def change() -> None:
        change_template(number, row, GOOD)
        connection.close()

    def begin() -> None:
        webhook.start()
        assert told.wait(30)

    webhook, writer = Thread(target=hear_slowly), Thread(target=change)
    meanwhile.append(begin)
    writer.start()
    eventually(_somebody_waits, 30, "nobody waits for the row")
    go_on.set()
    writer.join(30)
    webhook.join(30)
    row.refresh_from_db()
    assert (row.status, row.body) == ("approved", GOOD.body)


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


# -- Listed ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ago", "status"), [(NOW, "approved"), (LONG_AGO, "pending")])
def test_an_approval_while_the_list_is_read_stays_and_an_old_one_does_not(
    row: MessageTemplate,
    number: WhatsAppNumber,
    listed: list[dict[str, Any]],
    meanwhile: Meanwhile,
    ago: timedelta,
    status: str,
) -> None:
    meanwhile.append(lambda: hear("template-status-approved", ago))
    sync_account(number.waba_id, [number])
    row.refresh_from_db()
    assert (row.status, row.body) == (status, "What the list says.")


def test_a_list_is_newer_than_the_webhooks_before_it(
    row: MessageTemplate, number: WhatsAppNumber, listed: list[dict[str, Any]]
) -> None:
    hear("template-status-paused", timedelta(seconds=-1))
    listed[:] = [entry(status="APPROVED")]
    sync_account(number.waba_id, [number])
    row.refresh_from_db()
    assert (row.status, row.paused_until) == ("approved", None)


def test_each_webhook_keeps_only_what_it_told_of(
    row: MessageTemplate, number: WhatsAppNumber, listed: list[dict[str, Any]], meanwhile: Meanwhile
) -> None:
    listed[:] = [entry(status="APPROVED", quality_score={"score": "RED"})]
    meanwhile.append(lambda: hear("template-quality-update"))
    meanwhile.append(lambda: hear("template-category-update"))
    sync_account(number.waba_id, [number])
    row.refresh_from_db()
    assert (row.status, row.category, row.quality) == ("approved", "marketing", "YELLOW")


def test_what_is_back_while_a_list_without_it_is_read_is_not_gone(
    row: MessageTemplate, number: WhatsAppNumber, listed: list[dict[str, Any]], meanwhile: Meanwhile
) -> None:
    listed.clear()
    meanwhile.append(lambda: hear("template-status-approved", event="UNARCHIVED"))
    sync_account(number.waba_id, [number])
    row.refresh_from_db()
    assert row.status == "approved"
    meanwhile.clear()
    sync_account(number.waba_id, [number])  # a list of now
    row.refresh_from_db()
    assert row.status == "gone"


def test_what_we_change_or_delete_while_the_list_is_read_is_newer_than_the_list(
    row: MessageTemplate, number: WhatsAppNumber, listed: list[dict[str, Any]], meanwhile: Meanwhile
) -> None:
    def once(act: Callable[[], object]) -> None:
        def run() -> None:
            meanwhile.clear()
            act()

        meanwhile.append(run)

    listed[:] = [entry(status="APPROVED")]
    once(lambda: change_template(number, row, GOOD))
    sync_account(number.waba_id, [number])
    row.refresh_from_db()
    assert (row.status, row.body) == ("pending", GOOD.body)
    once(lambda: delete_template(number, row))
    sync_account(number.waba_id, [number])
    row.refresh_from_db()
    assert row.status == "gone"


def test_what_is_created_at_the_moment_of_the_sync_is_one_row(
    number: WhatsAppNumber, listed: list[dict[str, Any]], meanwhile: Meanwhile
) -> None:
    def create() -> None:
        meanwhile.clear()
        create_template(number, GOOD)

    meanwhile.append(create)
    listed[:] = [entry(status="APPROVED")]
    sync_account(number.waba_id, [number])
    # Handed in after the list was asked for: its answer is the newer one, and the next sync tells.
    assert MessageTemplate.objects.get().status == "pending"
