"""The own page: what it shows, and its switches."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from consent.gate import permits
from consent.models import Act, ConsentRecord, DataRequest, OwnPageLink, Source, Topic, Wording
from conversations.models import Event, MessageType, Status
from conversations.services.claim import claim_message
from tests import factories
from tests.conversations.fakes import FakeGateway
from tests.ownpage.conftest import Customer
from tests.ownpage.hands import acts, hidden, page_of, saves, told

pytestmark = pytest.mark.django_db

# -- what it shows


def test_it_shows_topics_since_when_and_by_what(customer: Customer) -> None:
    page = page_of(customer)
    on = re.findall(r'name="topic" value="([\w-]+)" checked', page)
    assert on == ["news"]
    assert "by your message “START”" in page
    assert "You agreed: News" in page
    assert "+49 151" in page
    assert "12345678" not in page
    assert 'lang="en"' in page


def test_it_speaks_german_too(customer: Customer) -> None:
    response = customer.client.get(customer.path, {"lang": "de"})
    assert response.headers["Content-Language"] == "de"


def test_nothing_of_it_is_kept_indexed_or_passed_on(customer: Customer) -> None:
    for path in (customer.path, f"{customer.path}ask/erasure/", "/my/nothing/"):
        response = customer.client.get(path)
        assert "no-store" in response.headers["Cache-Control"]
        assert response.headers["Referrer-Policy"] == "same-origin"
        assert "noindex" in response.headers["X-Robots-Tag"]
        assert "sessionid" not in response.cookies


def test_opening_it_changes_nothing(customer: Customer) -> None:
    page_of(customer)  # the versions of its words are there now
    counts = [
        model.objects.count() for model in (ConsentRecord, DataRequest, Event, OwnPageLink, Wording)
    ]
    for path in ("", "ask/access/", "ask/erasure/", "ask/restriction/", "ask/objection/"):
        assert customer.client.get(customer.path + path).status_code == 200
        assert customer.client.head(customer.path + path).status_code == 200
    for path in ("topics/", "stop/", "words/"):
        assert customer.client.get(customer.path + path).status_code == 405
    assert counts == [
        model.objects.count() for model in (ConsentRecord, DataRequest, Event, OwnPageLink, Wording)
    ]


def test_an_act_needs_our_own_page_before_it(customer: Customer) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(f"{customer.path}stop/").status_code == 403
    assert acts() == []


def test_hostile_words_of_theirs_are_shown_as_they_are(customer: Customer) -> None:
    customer.says("START <script>alert(1)</script>")
    Topic.objects.create(key="x", name_de="<b>X", name_en="<img src=x>")
    page = page_of(customer, done="<script>", lang="<script>")
    assert "<script>alert" not in page
    assert "<img src=x>" not in page


# -- topics


def test_switching_off_is_a_withdrawal_at_once(customer: Customer) -> None:
    assert permits(customer.contact, "marketing", "news").granted
    saves(customer)
    assert acts() == [("news", Act.WITHDRAWN)]
    assert not permits(customer.contact, "marketing", "news").granted
    assert "ended on" in page_of(customer)
    assert told() == ["<b>Karla</b> unsubscribed from <b>News</b> (on their own page)"]


def test_switching_on_is_a_consent_with_the_words_that_were_shown(customer: Customer) -> None:
    saves(customer, "news", "line-s1")
    record = ConsentRecord.objects.get(source=Source.OWN_PAGE)
    assert (record.topic, record.act) == ("line-s1", Act.GRANTED)
    assert record.wording is not None
    assert record.wording.key == "own-line-s1"
    assert record.wording.text.startswith("Line S1")
    assert "STOP" in record.wording.text
    assert record.detail.identity == customer.wa_id
    assert permits(customer.contact, "marketing", "line-s1").granted


def test_what_was_queued_before_does_not_leave(customer: Customer) -> None:
    conversation = customer.contact.conversations.get()
    conversation.messages.filter(direction="outbound").delete()
    template = factories.MessageTemplateFactory.create(
        category="marketing", business_numbers=[conversation.business_number]
    )
    offer = factories.MessageFactory.create(
        conversation=conversation,
        outbound=True,
        type=MessageType.TEMPLATE,
        template=template,
        status=Status.QUEUED,
        wamid=None,
    )
    customer.client.post(f"{customer.path}stop/")
    assert claim_message(FakeGateway(), offer.pk) is None
    offer.refresh_from_db()
    assert (offer.status, offer.status_reason) == (Status.BLOCKED, "opted_out")


def test_a_page_that_was_open_for_long_takes_back_no_stop(customer: Customer) -> None:
    page = page_of(customer)
    customer.says("STOPP")
    path = customer.path
    customer.client.post(f"{path}topics/", {**hidden(page), "topic": ["news", "line-s1"]})
    assert acts() == [("line-s1", Act.GRANTED)]
    assert not permits(customer.contact, "marketing", "news").granted


def test_saving_twice_is_saving_once(customer: Customer) -> None:
    page = page_of(customer)
    saves(customer, page=page)
    saves(customer, page=page)
    assert acts() == [("news", Act.WITHDRAWN)]


def test_on_and_off_and_on_again_with_one_link(customer: Customer) -> None:
    saves(customer)
    saves(customer, "news")
    saves(customer)
    saves(customer, "news")
    assert [act for _topic, act in acts()] == ["withdrawn", "granted", "withdrawn", "granted"]
    assert permits(customer.contact, "marketing", "news").granted


def test_a_withdrawal_counts_also_when_whatsapps_clock_is_ahead(customer: Customer) -> None:
    customer.says("START Linie S1", at=timezone.now() + timedelta(hours=1))
    saves(customer, "news")
    assert not permits(customer.contact, "marketing", "line-s1").granted
    customer.client.post(f"{customer.path}ask/objection/")
    assert not permits(customer.contact, "marketing", "news").granted


def test_words_that_changed_while_the_page_was_open_are_read_again(customer: Customer) -> None:
    page = page_of(customer)
    Topic.objects.filter(key="line-s1").update(name_en="Line S1, all year")
    response = saves(customer, "news", "line-s1", page=page)
    assert response.status_code == 409  # type: ignore[attr-defined]
    assert acts() == []


@pytest.mark.parametrize(
    "chosen", [["nothing-of-ours"], ["news\x00"], ["' OR 1=1"], ["<b>"], ["x" * 500]]
)
def test_what_is_no_topic_is_no_consent(customer: Customer, chosen: list[str]) -> None:
    saves(customer, "news", *chosen)
    assert acts() == []


def test_a_closed_topic_can_be_left_and_not_joined(customer: Customer) -> None:
    Topic.objects.update(is_active=False)
    page = page_of(customer)
    assert re.findall(r'name="topic" value="([\w-]+)"', page) == ["news"]
    saves(customer, "line-s1")
    assert acts() == [("news", Act.WITHDRAWN)]


def test_stop_everything(customer: Customer) -> None:
    saves(customer, "news", "line-s1")
    customer.client.post(f"{customer.path}stop/")
    customer.client.post(f"{customer.path}stop/")
    assert acts()[1:] == [
        ("", Act.WITHDRAWN),
        ("line-s1", Act.WITHDRAWN),
        ("news", Act.WITHDRAWN),
    ]
    assert not permits(customer.contact, "marketing").granted
    assert permits(customer.contact, "service").granted
    assert "You get nothing at present" in page_of(customer)
