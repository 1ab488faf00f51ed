"""An admin's browser, and one row of everything."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.admin.models import CHANGE, LogEntry
from django.test import Client
from django.utils import timezone

from accounts.models import Agent, Invitation, Severity
from accounts.notices import raise_notice
from automation.models import (
    AssignmentRule,
    AwayNotice,
    BusinessCalendar,
    CsatAnswer,
    CsatRequest,
    CsatSurvey,
    NumberHours,
    RuleRun,
    SlaClock,
    SlaPolicy,
    SpecialDay,
)
from consent import rights
from consent.holds import set_hold
from consent.models import Company, ConsentImport
from consent.retention_run import dry_run
from contacts.attribute_models import AttributeDefinition
from contacts.attributes import set_attribute
from contacts.models import Contact
from contacts.person_notes import write_contact_note
from conversations.events import record
from conversations.models import (
    Conversation,
    EarlyStatus,
    EventName,
    ResolveReason,
    ServiceSettings,
    SlaTarget,
)
from helpdesk.models import ParkedTask
from inbox.models import BulkItem, BulkRun, SavedView
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
    ServiceSettings.objects.create(pk=1)
    ResolveReason.objects.get_or_create(name_de="Gelöst", name_en="Solved")
    label = factories.LabelFactory.create()
    factories.CannedResponseFactory.create()
    factories.MacroFactory.create(actions=[{"kind": "label", "value": label.pk}])
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
    Invitation.objects.create(email="neu@example.com", nonce="n", expires_at=timezone.now())
    factories.ChatLinkFactory.create(business_number=conversation.business_number)
    furnish_contact(conversation.contact, admin)
    furnish_consent(conversation, admin)
    furnish_service(conversation, admin)
    furnish_lists(conversation, admin)
    LogEntry.objects.log_actions(admin.pk, [message], CHANGE, single_object=True)
    return conversation


def furnish_lists(conversation: Conversation, admin: Agent) -> BulkRun:
    """A view somebody saved, and an action on many, one of which was not done."""
    SavedView.objects.create(owner=admin, name="Open", words="status=open,pending&assignee=me")
    run = BulkRun.objects.create(agent=admin, action="priority", params={"priority": 2}, total=1)
    BulkItem.objects.create(
        run=run, conversation=conversation, state=BulkItem.State.REFUSED, reason="not_visible"
    )
    return run


def furnish_contact(contact: Contact, admin: Agent) -> None:
    """What is known and noted of a person."""
    kind = AttributeDefinition.objects.create(
        key="subscription", kind="text", name_de="Abo", name_en="Subscription"
    )
    set_attribute(contact, kind, "Commuter", admin)
    write_contact_note(contact, "Hard of hearing.", admin)


def furnish_consent(conversation: Conversation, admin: Agent) -> None:
    """What the consent room keeps beside the ledger."""
    Company.objects.create(pk=1, name="Nordlicht")
    set_hold(conversation.contact, "A claim is pending.", admin)
    dry_run(admin)


def furnish_service(conversation: Conversation, admin: Agent) -> None:
    """One of each that the automation room shows."""
    now = timezone.now()
    number = conversation.business_number
    office = BusinessCalendar.objects.create(name="Karla's office", country="DE", subdivision="SH")
    SpecialDay.objects.create(calendar=office, name="Stocktaking", first_day=now.date())
    NumberHours.objects.create(
        business_number=number, calendar=office, away_de="Bis {{opens_at}}!", is_active=True
    )
    AwayNotice.objects.create(conversation=conversation, day=now.date())
    rule = AssignmentRule.objects.create(name="Refunds", words=["refund*"], priority=3)
    message = conversation.messages.latest("sent_at")
    RuleRun.objects.create(rule=rule, conversation=conversation, message=message, ran_at=now)
    policy = SlaPolicy.objects.create(name="All", calendar=office, first_response_min=60)
    SlaClock.objects.create(
        conversation=conversation,
        policy=policy,
        target=SlaTarget.FIRST_RESPONSE,
        target_s=3600,
        warn_percent=80,
        started_at=now,
        due_at=now + timedelta(hours=1),
        warn_at=now + timedelta(minutes=48),
    )
    CsatSurvey.objects.create(business_number=number, is_active=True)
    asked = CsatRequest.objects.create(
        conversation=conversation,
        state=CsatRequest.State.ANSWERED,
        ask_at=now,
        asked_at=now,
        resolved_at=now,
        agent=admin,
    )
    CsatAnswer.objects.create(request=asked, score=4, answered_at=now)
