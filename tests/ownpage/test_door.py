"""A living link, not too often, one act after the other."""

from __future__ import annotations

import threading

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Agent
from consent import own_page_guard
from consent.gate import permits
from consent.models import Act, OwnPageLink
from consent.own_page import token_of
from consent.own_page_acts import LinkIsDead, stop_everything, switch_topics
from contacts.merging import merge_contacts
from contacts.models import MergeReason
from tests import factories
from tests.ownpage.conftest import Customer
from tests.ownpage.hands import acts

pytestmark = pytest.mark.django_db


def test_a_dead_link_does_nothing(customer: Customer) -> None:
    path = customer.path
    OwnPageLink.objects.update(revoked_at=timezone.now())
    for name in ("topics/", "stop/", "words/", "ask/objection/"):
        assert customer.client.post(path + name).status_code == 410
    assert acts() == []


def test_it_can_die_between_the_look_and_the_act(customer: Customer) -> None:
    link = customer.link
    OwnPageLink.objects.update(revoked_at=timezone.now())
    with pytest.raises(LinkIsDead):
        switch_topics(link, {}, ["news"], "en")
    assert acts() == []


def test_too_often_is_told_so(customer: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_page_guard, "ACTS_PER_LINK", 2)
    for _ in range(2):
        assert customer.client.post(f"{customer.path}stop/").status_code == 302
    response = customer.client.post(f"{customer.path}stop/")
    assert response.status_code == 429
    assert "Retry-After" in response.headers
    monkeypatch.setattr(own_page_guard, "PER_ADDRESS", 1)
    assert customer.client.get("/my/guess/").status_code == 429


@pytest.mark.django_db(transaction=True)
def test_two_hands_on_one_page_act_one_after_the_other(customer: Customer) -> None:
    link = customer.link
    barrier = threading.Barrier(4)

    def press(off: bool) -> None:
        barrier.wait()
        if off:
            switch_topics(link, {}, ["news"], "en")
        else:
            stop_everything(link, "en")
        connection.close()

    threads = [threading.Thread(target=press, args=(number % 2 == 0,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert acts().count(("news", Act.WITHDRAWN)) <= 2
    assert acts().count(("", Act.WITHDRAWN)) == 1
    assert not permits(customer.contact, "marketing", "news").granted


@pytest.mark.django_db(transaction=True)
def test_a_merge_and_an_act_do_not_meet(customer: Customer, admin: Agent) -> None:
    """Either the act comes first, and stands, or the link is dead."""
    link, mine = customer.link, customer.contact
    twin = factories.ContactFactory.create(wa_id="4917600000001")
    refused: list[LinkIsDead] = []

    def act() -> None:
        try:
            switch_topics(link, {}, ["news"], "en")
        except LinkIsDead as error:
            refused.append(error)
        connection.close()

    def merge() -> None:
        merge_contacts(twin, mine, MergeReason.BY_HAND, admin)
        connection.close()

    threads = [threading.Thread(target=act), threading.Thread(target=merge)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (acts() == []) == bool(refused)
    assert customer.client.get(f"/my/{token_of(link.pk)}/").status_code == 410
