"""An admin's browser, and one row of everything."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.admin.models import CHANGE, LogEntry
from django.test import Client
from django.utils import timezone

from accounts.models import Agent, Severity
from accounts.notices import raise_notice
from consent import rights
from consent.holds import set_hold
from consent.models import Company, ConsentImport
from consent.retention_run import dry_run
from conversations.events import record
from conversations.models import Conversation, EarlyStatus, EventName
from helpdesk.models import ParkedTask
from tests import factories
from whatsapp.models import WhatsAppAccount


@pytest.fixture
def browser(client: Client, admin: Agent) -> Client:
    client.force_login(admin)
    return client


@pytest.fixture
def furnished(
    conversation: Conversation, admin: Agent, settings: LazySettings, tmp_path: Any
) -> Conversation:
    """A conversation with one row of all that the admin shows."""
    settings.MEDIA_ROOT = tmp_path
    message = factories.MessageFactory.create(conversation=conversation)
    factories.MessageFactory.create(conversation=conversation, outbound=True)
    factories.MediaFactory.create(message=message)
    factories.ReactionFactory.create(message=message)
    factories.NoteFactory.create(conversation=conversation)
    factories.LabelFactory.create()
    factories.ConsentRecordFactory.create(contact=conversation.contact)
    factories.SignUpFormFactory.create()
    ConsentImport.objects.create(name="consents.csv", size=1, sha256="", state="checked")
    factories.MessageTemplateFactory.create(business_numbers=[conversation.business_number])
    factories.WebhookEventFactory.create(fields="messages")
    record(EventName.MESSAGE_RECEIVED, conversation, message=message)
    EarlyStatus.objects.create(
        business_number=conversation.business_number,
        wamid="wamid.EARLY",
        status="sent",
        occurred_at=timezone.now(),
    )
    factories.issue_token(admin)
    rights.ask(conversation.contact, "erasure", admin)
    WhatsAppAccount.objects.create(waba_id="104996122399160", name="Nordlicht")
    ParkedTask.objects.create(
        name="conversations.fetch_media",
        cause="raised",
        first_at=timezone.now(),
        last_at=timezone.now(),
    )
    raise_notice(
        "token", f"number:{conversation.business_number_id}", Severity.CRITICAL, "The token."
    )
    factories.ChatLinkFactory.create(business_number=conversation.business_number)
    furnish_consent(conversation, admin)
    LogEntry.objects.log_actions(admin.pk, [message], CHANGE, single_object=True)
    return conversation


def furnish_consent(conversation: Conversation, admin: Agent) -> None:
    """What the consent room keeps beside the ledger."""
    Company.objects.create(pk=1, name="Nordlicht")
    set_hold(conversation.contact, "A claim is pending.", admin)
    dry_run(admin)
