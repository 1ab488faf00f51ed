"""Signing up by a link in an e-mail: what it proves, what it refuses, and what is forgotten."""

from __future__ import annotations

import re
import smtplib
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from consent import email_sign_up
from consent.email_sign_up import NoNumber, confirm, read_number, send_mail, sweep
from consent.gate import permits
from consent.models import ConsentRecord, EmailSignUp, SignUpForm, Topic
from consent.services import record_inbound_message
from contacts.models import Contact
from tests import factories, fixtures
from tests.consent.mail_visitor import MOBILE, PAGE, Visitor, entries
from tests.consent.test_optin_pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mailbox")]


# -- the way through ------------------------------------------------------------------------------


def test_a_form_offers_it_only_when_it_is_on(
    client: Client, form: SignUpForm, visitor: Visitor
) -> None:
    assert 'name="email"' in text_of(client, PAGE)
    SignUpForm.objects.update(by_email=False)
    assert 'name="email"' not in text_of(client, PAGE)
    response = visitor.asks()
    assert "/send/" in response.headers["Location"]
    assert mail.outbox == []


def test_without_a_mail_server_it_is_not_offered(
    client: Client, form: SignUpForm, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    assert 'name="email"' not in text_of(client, PAGE)


def test_the_mail_leads_to_a_button_and_the_button_signs_up(
    client: Client, form: SignUpForm, visitor: Visitor
) -> None:
    response = visitor.asks("0151 12345678")
    assert "Look into your mailbox" in client.get(response.headers["Location"]).content.decode()
    [sent] = mail.outbox
    assert (sent.to, sent.extra_headers["Auto-Submitted"]) == (
        ["karla@example.org"],
        "auto-generated",
    )
    assert "678" in str(sent.body)
    assert "12345678" not in str(sent.body)
    assert entries() == []
    assert not Contact.objects.exists()

    page = client.get(visitor.link)
    assert page.status_code == 200
    assert entries() == []
    assert client.post(visitor.link).status_code == 302
    assert "Thank you" in client.get(visitor.link).content.decode()

    assert entries() == [("news", "requested", "form"), ("news", "confirmed", "email")]
    contact = Contact.objects.get()
    assert contact.phone == MOBILE
    assert permits(contact, "marketing", "news").granted
    for record in ConsentRecord.objects.all():
        assert record.wording is not None
        assert "your e-mail address" in record.wording.text
        assert record.detail.identity == MOBILE
    assert "karla@example.org" in ConsentRecord.objects.get(act="confirmed").detail.evidence
    row = EmailSignUp.objects.get()
    assert (row.number, row.email, row.contact) == ("", "", contact)


def test_it_works_once(client: Client, form: SignUpForm, visitor: Visitor) -> None:
    visitor.asks()
    client.post(visitor.link)
    record_inbound_message(Contact.objects.get(), "STOPP", "wamid.1", timezone.now())
    client.post(visitor.link)
    assert len(entries()) == 4  # with the two of STOPP
    assert not permits(Contact.objects.get(), "marketing", "news").granted


def test_it_expires(
    client: Client, form: SignUpForm, visitor: Visitor, clock: fixtures.Clock
) -> None:
    visitor.asks()
    clock.forward(timedelta(minutes=form.valid_minutes, seconds=1))
    assert client.get(visitor.link).status_code == 410
    assert client.post(visitor.link).status_code == 410
    sweep()
    assert not EmailSignUp.objects.exists()
    assert client.get(visitor.link).status_code == 404
    assert entries() == []


def test_a_link_is_nothing_without_our_signature(
    client: Client, form: SignUpForm, visitor: Visitor
) -> None:
    visitor.asks()
    other = factories.SignUpFormFactory.create(slug="other", by_email=True)
    row = EmailSignUp.objects.get()
    for path in (
        f"{PAGE}mail/{row.pk.hex}/",
        f"{PAGE}mail/{row.pk.hex}.{'a' * 43}/",
        visitor.link.replace("meldungen", other.slug),
    ):
        assert client.get(path).status_code == 404
        assert client.post(path).status_code == 404
    assert Client(enforce_csrf_checks=True).post(visitor.link).status_code == 403
    assert client.put(visitor.link).status_code == 405
    assert entries() == []


# -- what is typed in ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"by_email": False}, {"topic": False}], ids=str
)
def test_a_form_that_was_closed_meanwhile_signs_nobody_up(
    client: Client, form: SignUpForm, visitor: Visitor, change: dict[str, bool]
) -> None:
    visitor.asks()
    if "topic" in change:
        Topic.objects.update(is_active=False)
    else:
        SignUpForm.objects.update(**change)
    for response in (client.get(visitor.link), client.post(visitor.link)):
        assert response.status_code == 410
        assert "This form is closed" in response.content.decode()
    assert entries() == []
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    "number",
    [
        "",
        "abc",
        "110",
        "0900 1234567",  # premium rate
        "+49 180 5 123456",  # shared cost
        "0800 1234567",
        "+4930123456",  # ours
        "+99912345678",
        "+1 900 555 0199",
        "0151 12345678;ext=4",
        "+49151123456789012345",
        "'; DROP TABLE",
        "\x00",
        "９" * 12,
    ],
)
def test_hostile_numbers_are_refused(
    client: Client, form: SignUpForm, visitor: Visitor, number: str
) -> None:
    response = visitor.asks(number)
    assert response.status_code == 422
    assert b"We cannot write to this number" in response.content
    assert re.findall(r'value="([\w-]+)" checked', response.content.decode()) == ["news"]
    assert not EmailSignUp.objects.exists()


@pytest.mark.parametrize(
    "email", ["", "nobody", "a@b", "a@b.org\nBcc: c@d.org", "x" * 300 + "@b.org", "<a@b.org>"]
)
def test_hostile_addresses_are_refused(
    client: Client, form: SignUpForm, visitor: Visitor, email: str
) -> None:
    response = visitor.asks(email=email)
    assert response.status_code == 422
    assert b"no e-mail address" in response.content
    assert mail.outbox == []


def test_topics_it_does_not_offer_are_refused(form: SignUpForm, visitor: Visitor) -> None:
    for topics in ([], ["nothing"], ["news", "nothing"]):
        assert visitor.asks(topic=topics).status_code == 422


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
@example("+" * 40)
@example("١٢٣٤٥٦٧٨٩٠")
def test_whatever_is_typed_is_a_number_or_refused(form: SignUpForm, text: str) -> None:
    try:
        found = read_number(text, form)
    except NoNumber:
        return
    assert re.fullmatch(r"\+[1-9]\d{6,14}", found)


# -- mails ----------------------------------------------------------------------------------------


def test_nobodys_mailbox_is_filled(form: SignUpForm, visitor: Visitor) -> None:
    for number in range(6):
        response = visitor.asks(f"+49151123456{number:02}")
        assert response.status_code == 302  # and nobody is told
    assert len(mail.outbox) == email_sign_up.PER_MAILBOX
    for number in range(6):
        visitor.asks(email=f"k{number}@example.org")
    assert len(mail.outbox) == email_sign_up.PER_MAILBOX + email_sign_up.PER_NUMBER


def test_a_mailbox_is_one_however_it_is_spelled(form: SignUpForm, visitor: Visitor) -> None:
    for number in range(6):
        name = ("karla", "Karla", "KARLA+1")[number % 3]
        visitor.asks(f"+49151123456{number:02}", email=f"{name}+{number}@Example.org")
    assert len(mail.outbox) == email_sign_up.PER_MAILBOX


@pytest.mark.parametrize("is_one", ["mailbox", "number"])
def test_a_day_has_a_limit_of_its_own(
    form: SignUpForm, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, is_one: str
) -> None:
    monkeypatch.setattr(email_sign_up, "PER_MAILBOX", 100)
    monkeypatch.setattr(email_sign_up, "PER_NUMBER", 100)
    for number in range(email_sign_up.PER_DAY + 2):
        if is_one == "mailbox":
            visitor.asks(f"+49151123456{number:02}")
        else:
            visitor.asks(email=f"k{number}@example.org")
    assert len(mail.outbox) == email_sign_up.PER_DAY


def test_a_mail_server_that_is_away_is_tried_again(
    form: SignUpForm, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, clock: fixtures.Clock
) -> None:
    def refuses(_self: object, _messages: object) -> int:
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuses)
        visitor.asks()
    assert mail.outbox == []
    sweep()
    assert mail.outbox == []  # not yet
    clock.forward(timedelta(minutes=2))
    sweep()
    assert len(mail.outbox) == 1
    sweep()
    send_mail(EmailSignUp.objects.get().pk)
    assert len(mail.outbox) == 1


def test_what_was_used_holds_no_number(form: SignUpForm, visitor: Visitor) -> None:
    visitor.asks()
    with pytest.raises(IntegrityError), transaction.atomic():
        EmailSignUp.objects.update(used_at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_two_at_once_sign_up_once(form: SignUpForm, visitor: Visitor) -> None:
    visitor.asks()
    row = EmailSignUp.objects.get()

    def press() -> None:
        confirm(row)
        connection.close()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert entries() == [("news", "requested", "form"), ("news", "confirmed", "email")]
