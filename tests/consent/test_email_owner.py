"""Signing up by e-mail: what the number's owner has said comes first."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Agent
from consent import email_sign_up, erasure, rights
from consent.email_sign_up import confirm
from consent.gate import permits
from consent.models import EmailSignUp, SignUpForm
from consent.services import record_inbound_message
from contacts.family import hold_contacts
from contacts.merging import merge_contacts
from contacts.models import Contact, MergeReason
from tests import factories
from tests.consent.mail_visitor import MOBILE, Visitor, entries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mailbox")]


@pytest.mark.parametrize("word", ["STOPP", "Stopp News", "objection", "restriction", "erasure"])
def test_who_said_no_is_not_signed_up_by_somebodys_mail(
    client: Client, form: SignUpForm, visitor: Visitor, admin: Agent, word: str
) -> None:
    owner = factories.ContactFactory.create(wa_id=MOBILE[1:])
    record_inbound_message(owner, "START", "wamid.1", timezone.now() - timedelta(hours=2))
    if word.isalpha() and word.islower():
        request = rights.ask(owner, word, admin)
        if word != "erasure":
            rights.start(request, admin)
    else:
        record_inbound_message(owner, word, "wamid.2", timezone.now() - timedelta(hours=1))
    before = entries()
    visitor.asks()
    client.post(visitor.link)
    # The same page as ever: nobody learns that this number has said no.
    assert "Thank you" in client.get(visitor.link).content.decode()
    assert entries() == before
    row = EmailSignUp.objects.get()
    assert (row.number, row.email, row.contact) == ("", "", None)


def test_who_left_and_came_back_by_themselves_may_be_signed_up(
    client: Client, form: SignUpForm, visitor: Visitor
) -> None:
    owner = factories.ContactFactory.create(wa_id=MOBILE[1:])
    for number, word in enumerate(("STOPP", "START Linie S1", "START")):
        moment = timezone.now() - timedelta(hours=3 - number)
        record_inbound_message(owner, word, f"wamid.{number}", moment)
    visitor.asks()
    client.post(visitor.link)
    # General marketing is still what they ended, so it needs their phone.
    assert ("news", "confirmed", "email") not in entries()


def test_the_old_number_of_who_said_stop_splits_nobody_off(
    client: Client, form: SignUpForm, visitor: Visitor
) -> None:
    old = factories.ContactFactory.create(wa_id=MOBILE[1:])
    record_inbound_message(old, "STOPP", "wamid.1", timezone.now() - timedelta(hours=1))
    merge = merge_contacts(
        old, factories.ContactFactory.create(wa_id="4915187654321"), MergeReason.BY_HAND
    )
    before = entries()
    visitor.asks()
    client.post(visitor.link)
    merge.refresh_from_db()
    assert merge.undone_at is None
    assert entries() == before
    assert EmailSignUp.objects.get().contact is None


@pytest.mark.parametrize("is_asked_before", [True, False])
def test_who_is_being_erased_does_not_come_back(
    client: Client, form: SignUpForm, visitor: Visitor, admin: Agent, is_asked_before: bool
) -> None:
    owner = factories.ContactFactory.create(wa_id=MOBILE[1:])
    if is_asked_before:
        visitor.asks()
    request = rights.ask(owner, "erasure", by=None)
    rights.start(request, admin)
    erasure._portion(request.pk)  # the parting: their identities are gone
    assert not EmailSignUp.objects.exists()
    if not is_asked_before:
        visitor.asks()
    client.post(visitor.link)
    assert list(Contact.objects.all()) == [owner]
    assert entries() == []
    while erasure._portion(request.pk):
        pass
    assert not EmailSignUp.objects.exclude(number="", email="").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_stop_first", [True, False])
def test_a_stop_of_this_moment_wins(
    form: SignUpForm, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, is_stop_first: bool
) -> None:
    owner = factories.ContactFactory.create(wa_id=MOBILE[1:])
    visitor.asks()
    row = EmailSignUp.objects.get()
    stopping, go_on = threading.Event(), threading.Event()

    def stop() -> None:
        with transaction.atomic():
            if is_stop_first:
                hold_contacts([owner.pk])
                stopping.set()
                assert go_on.wait(10)
            else:
                stopping.set()
                hold_contacts([owner.pk])  # waits for the confirmation
            record_inbound_message(owner, "STOPP", "wamid.1", timezone.now())
        connection.close()

    def press() -> None:
        confirm(row)
        connection.close()

    refused = email_sign_up._is_refused
    threads = [threading.Thread(target=stop), threading.Thread(target=press)]

    def slow(contact: Contact | None) -> bool:
        answer = refused(contact)
        if not is_stop_first and not stopping.is_set():
            threads[0].start()
            assert stopping.wait(10)
        return answer

    monkeypatch.setattr(email_sign_up, "_is_refused", slow)
    if is_stop_first:
        threads[0].start()
        assert stopping.wait(10)
    threads[1].start()
    threads[1].join(0.5)
    go_on.set()
    for thread in reversed(threads):
        thread.join(20)
    assert not permits(owner, "marketing", "news").granted
    assert (("news", "confirmed", "email") in entries()) != is_stop_first
