"""Access, erasure, restriction and objection, asked for by customers themselves."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Agent
from consent import rights, tasks
from consent.gate import permits
from consent.models import Act, DataRequest, RetentionRule
from consent.models.data_request import RequestKind, RequestState
from consent.own_page import PLACE, token_of
from conversations.models import Conversation, Message, Reason, Status
from conversations.policy import OWN_REQUEST, may_send
from conversations.services.claim import claim_due
from conversations.services.reply import Draft, send_reply
from tests import factories, fixtures
from tests.conversations.fakes import FakeGateway
from tests.ownpage.conftest import Customer
from tests.ownpage.hands import acts, page_of, saves, told

pytestmark = pytest.mark.django_db


def make_exports() -> None:
    for row in DataRequest.objects.filter(state=RequestState.RUNNING):
        tasks.run_request(str(row.pk))


@pytest.mark.django_db(transaction=True)
def test_the_file_with_their_data(customer: Customer, clock: fixtures.Clock) -> None:
    response = customer.client.post(f"{customer.path}ask/access/")
    assert response.status_code == 302
    row = DataRequest.objects.get()
    assert (row.kind, row.state, row.asked_by) == (RequestKind.ACCESS, RequestState.RUNNING, None)
    waiting = customer.client.get(response.headers["Location"])
    assert waiting.headers["Refresh"] == "3"
    assert customer.client.get(f"{customer.path}export/{row.pk}/").status_code == 404
    make_exports()

    page = page_of(customer)
    path = f"{customer.path}export/{row.pk}/"
    assert path in page
    got = customer.client.get(path)
    assert got.headers["Content-Type"] == "application/zip"
    assert "no-store" in got.headers["Cache-Control"]
    content = b"".join(got.streaming_content)  # type: ignore[attr-defined]
    got.close()
    assert content.startswith(b"PK")
    assert token_of(customer.link.pk).encode() not in content

    customer.client.post(f"{customer.path}ask/access/")
    assert DataRequest.objects.count() == 1  # it is there already
    clock.at(timezone.now() + timedelta(days=8))
    customer.says("EINSTELLUNGEN", at=timezone.now())
    assert customer.client.get(f"{customer.path}export/{row.pk}/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_nobody_gets_somebody_elses_file(customer: Customer, admin: Agent) -> None:
    other = factories.ContactFactory.create(wa_id="4917611111111")
    row = rights.start(rights.ask(other, RequestKind.ACCESS, admin), admin)
    make_exports()
    assert customer.client.get(f"{customer.path}export/{row.pk}/").status_code == 404
    assert str(row.pk) not in page_of(customer)


def test_an_erasure_is_asked_for_and_begun_by_one_of_us(customer: Customer, admin: Agent) -> None:
    page = customer.client.get(f"{customer.path}ask/erasure/").content.decode()
    assert "What stays, and why" in page
    customer.client.post(f"{customer.path}ask/erasure/")
    row = DataRequest.objects.get()
    assert (row.state, row.asked_by) == (RequestState.ASKED, None)
    assert timedelta(days=27) < row.due_at - row.asked_at < timedelta(days=32)
    assert "Erasure: received" in page_of(customer)
    again = customer.client.post(f"{customer.path}ask/erasure/")
    assert again.headers["Location"].endswith("done=already")
    assert DataRequest.objects.count() == 1
    assert rights.start(row, admin).state == RequestState.RUNNING


def test_with_four_eyes_an_erasure_needs_one_of_us_too(
    customer: Customer, admin: Agent, settings: object
) -> None:
    settings.ERASURE_NEEDS_TWO = True  # type: ignore[attr-defined]
    customer.client.post(f"{customer.path}ask/erasure/")
    row = DataRequest.objects.get()
    assert row.needs_two
    with pytest.raises(rights.RightsRefused):
        rights.approve(row, None)
    assert rights.approve(row, admin).state == RequestState.APPROVED


def test_an_objection_holds_at_once(customer: Customer) -> None:
    customer.client.post(f"{customer.path}ask/objection/")
    assert ("news", Act.OBJECTED) in acts()
    assert not permits(customer.contact, "marketing", "news").granted
    assert told() == [
        "<b>Karla</b> withdrew every consent to marketing (on their own page)",
    ]


def test_a_restriction_holds_at_once_and_the_page_stays(customer: Customer) -> None:
    customer.client.post(f"{customer.path}ask/restriction/")
    assert DataRequest.objects.get().is_in_force
    page = page_of(customer)
    assert "we send you nothing" in page
    assert "ask/restriction/" not in page
    saves(customer)  # leaving is always possible
    assert ("news", Act.WITHDRAWN) in acts()


def sent() -> list[str]:
    return list(Message.objects.filter(direction="outbound").values_list("text", flat=True))


def test_who_is_restricted_still_gets_their_link_and_their_stop(customer: Customer) -> None:
    customer.client.post(f"{customer.path}ask/restriction/")
    Message.objects.filter(direction="outbound").update(status=Status.SENT)
    before = len(sent())
    for number, word in enumerate(("START", "HILFE", "Guten Tag")):
        customer.says(word, at=timezone.now() - timedelta(seconds=20 - number))
    assert len(sent()) == before
    customer.says("EINSTELLUNGEN", at=timezone.now() - timedelta(seconds=10))
    customer.says("STOPP", at=timezone.now() - timedelta(seconds=9))
    settings, stopped = sorted(sent()[-2:], key=lambda text: "stays restricted" in text)
    assert PLACE in settings
    assert "stays restricted" in stopped
    assert len(sent()) == before + 2
    for text in (settings, stopped):  # one after the other, as they were written
        [claim] = claim_due(FakeGateway(), "reply", 10).claims  # type: ignore[arg-type]
        assert claim.message.text == text
        Message.objects.filter(pk=claim.message.pk).update(status=Status.SENT)


def test_nothing_else_passes_for_such_an_answer(customer: Customer, agent: Agent) -> None:
    rights.start(rights.ask(customer.contact, RequestKind.RESTRICTION, by=None), by=None)
    thread = Conversation.objects.get()
    draft = Draft(uuid4(), text="Hello", payload={OWN_REQUEST: True})
    assert send_reply(thread, draft, agent).message.status_reason == Reason.RESTRICTED
    answer = Message.objects.filter(text__contains=PLACE).latest("created_at")
    assert may_send(answer, timezone.now()).allowed
    answer.conversation.window_expires_at = timezone.now()
    assert may_send(answer, timezone.now()).reason == Reason.WINDOW_CLOSED
    answer.payload = {}
    assert may_send(answer, timezone.now()).reason == Reason.RESTRICTED


def test_they_lift_what_they_asked_for(customer: Customer) -> None:
    customer.client.post(f"{customer.path}ask/restriction/")
    assert f"{customer.path}lift/" in page_of(customer)
    assert customer.client.get(f"{customer.path}lift/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(f"{customer.path}lift/").status_code == 403
    assert DataRequest.objects.get().is_in_force

    response = customer.client.post(f"{customer.path}lift/")
    assert "The restriction is lifted" in text_of(customer, response.headers["Location"])
    row = DataRequest.objects.get()
    assert (row.is_in_force, row.lifted_by) == (False, None)
    lifted_at = row.lifted_at
    assert permits(customer.contact, "marketing", "news").granted
    customer.client.post(f"{customer.path}lift/")
    row.refresh_from_db()
    assert row.lifted_at == lifted_at
    assert f"{customer.path}lift/" not in page_of(customer)


def test_what_one_of_us_entered_is_ours_to_lift(customer: Customer, admin: Agent) -> None:
    row = rights.start(rights.ask(customer.contact, RequestKind.RESTRICTION, admin), admin)
    page = page_of(customer)
    assert f"{customer.path}lift/" not in page
    assert "please ask us" in page
    response = customer.client.post(f"{customer.path}lift/")
    assert "too; please ask us" in text_of(customer, response.headers["Location"])
    row.refresh_from_db()
    assert row.is_in_force


@pytest.mark.parametrize(
    ("days", "words"),
    [(1, "for 1 day."), (30, "for 30 days."), (None, "until your data is erased.")],
)
def test_the_page_says_how_long_a_file_stays(
    customer: Customer, days: int | None, words: str
) -> None:
    RetentionRule.objects.update_or_create(kind="exports", defaults={"days": days})
    assert words in text_of(customer, f"{customer.path}ask/access/")


@pytest.mark.django_db(transaction=True)
def test_a_file_without_end_has_no_date(customer: Customer) -> None:
    RetentionRule.objects.update_or_create(kind="exports", defaults={"days": None})
    customer.client.post(f"{customer.path}ask/access/")
    make_exports()
    page = page_of(customer)
    assert f"{customer.path}export/" in page
    assert "here until" not in page


def text_of(customer: Customer, path: str) -> str:
    return customer.client.get(path).content.decode()


def test_what_is_no_right_is_not_there(customer: Customer) -> None:
    for kind in ("portability", "lift", "refuse"):
        assert customer.client.post(f"{customer.path}ask/{kind}/").status_code == 404
