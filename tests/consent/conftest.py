"""What the tests of signing up by e-mail share."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from consent import email_sign_up
from consent.email_sign_up import send_mail
from consent.models import SignUpForm
from tests import factories, fixtures
from tests.consent.mail_visitor import Visitor


@pytest.fixture
def mailbox(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is sent lies in `django.core.mail.outbox`."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    monkeypatch.setattr(email_sign_up, "hand_over", send_mail)


@pytest.fixture
def form(db: None) -> SignUpForm:
    return factories.SignUpFormFactory.create(slug="meldungen", by_email=True)


@pytest.fixture
def visitor(
    client: Client, clock: fixtures.Clock, django_capture_on_commit_callbacks: Any
) -> Visitor:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return Visitor(client, clock, django_capture_on_commit_callbacks)
