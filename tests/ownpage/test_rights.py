"""Access, erasure, restriction and objection, asked for by customers themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Agent
from consent import rights, tasks
from consent.gate import permits
from consent.models import Act, DataRequest
from consent.models.data_request import RequestKind, RequestState
from consent.own_page import token_of
from tests import factories, fixtures
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


def test_what_is_no_right_is_not_there(customer: Customer) -> None:
    for kind in ("portability", "lift", "refuse"):
        assert customer.client.post(f"{customer.path}ask/{kind}/").status_code == 404
