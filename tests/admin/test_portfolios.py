"""Which business portfolio an account belongs to, entered in the admin where WhatsApp is silent."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories
from whatsapp.models import WhatsAppAccount


@pytest.fixture
def account(db: None) -> WhatsAppAccount:
    return WhatsAppAccount.objects.create(waba_id="104996122399160", name="Nordlicht")


def path_of(account: WhatsAppAccount) -> str:
    return reverse("admin:whatsapp_whatsappaccount_change", args=[account.pk])


def test_an_admin_enters_the_portfolio_and_nothing_else(
    browser: Client,
    account: WhatsAppAccount,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    counted: list[str] = []

    class Limits:
        recount = counted.append

    monkeypatch.setattr("whatsapp.portfolios.limiter", Limits)
    assert b"portfolio_id" in browser.get(path_of(account)).content
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(path_of(account), {"portfolio_id": " 555001 ", "name": "Other"})
    assert answer.status_code == 302
    account.refresh_from_db()
    assert (account.portfolio_id, account.name) == ("555001", "Nordlicht")
    assert counted == ["555001"]
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(path_of(account), {"portfolio_id": "555001"})
    assert counted == ["555001"]


def test_what_is_no_id_is_asked_for_again(browser: Client, account: WhatsAppAccount) -> None:
    answer = browser.post(path_of(account), {"portfolio_id": "Nordlicht GmbH"})
    assert answer.status_code == 200
    account.refresh_from_db()
    assert account.portfolio_id == ""


def test_accounts_are_neither_added_nor_deleted(browser: Client, account: WhatsAppAccount) -> None:
    assert browser.get(reverse("admin:whatsapp_whatsappaccount_add")).status_code == 403
    gone = reverse("admin:whatsapp_whatsappaccount_delete", args=[account.pk])
    assert browser.post(gone, {"post": "yes"}).status_code == 403


def test_only_admins_enter_it(client: Client, account: WhatsAppAccount) -> None:
    client.force_login(factories.AgentFactory.create())
    client.post(path_of(account), {"portfolio_id": "555001"})
    account.refresh_from_db()
    assert account.portfolio_id == ""
