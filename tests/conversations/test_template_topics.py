"""A marketing template of a topic goes only to those who agreed to it; refusals are counted."""

from __future__ import annotations

from uuid import uuid4

import pytest
import redis
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Agent
from consent.models import Topic
from consent.services import record_inbound_message
from conversations.models import Conversation, MessageTemplate, Reason, Status
from conversations.policy import may_use
from conversations.refusals import KEY, refusals
from conversations.services.reply import Draft, send_reply
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def offers() -> Topic:
    return Topic.objects.create(key="offers", name_de="Angebote", name_en="Offers")


@pytest.fixture
def template(conversation: Conversation, offers: Topic) -> MessageTemplate:
    return factories.MessageTemplateFactory.create(
        category="marketing", business_numbers=[conversation.business_number], topic=offers
    )


def says(conversation: Conversation, words: str) -> None:
    record_inbound_message(conversation.contact, words, f"wamid.{uuid4()}", timezone.now())


def test_another_topic_is_not_enough(conversation: Conversation, template: MessageTemplate) -> None:
    says(conversation, "START")
    assert may_use(template, conversation.contact).reason == Reason.NO_CONSENT
    says(conversation, "START Angebote")
    assert may_use(template, conversation.contact).allowed


def test_leaving_the_topic_leaves_the_others(
    conversation: Conversation, template: MessageTemplate
) -> None:
    says(conversation, "START")
    says(conversation, "START Angebote")
    says(conversation, "STOPP Angebote")
    assert may_use(template, conversation.contact).reason == Reason.OPTED_OUT
    template.topic = None
    assert may_use(template, conversation.contact).allowed


def test_a_utility_template_asks_for_no_topic(
    conversation: Conversation, template: MessageTemplate
) -> None:
    template.category = "utility"
    says(conversation, "Hallo")
    assert may_use(template, conversation.contact).allowed


def test_what_is_refused_is_counted_by_its_reason(
    conversation: Conversation,
    template: MessageTemplate,
    agent: Agent,
    redis_client: redis.Redis,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        for _time in range(2):
            draft = Draft(client_uuid=uuid4(), type="template", template=template)
            assert send_reply(conversation, draft, agent).message.status == Status.BLOCKED
    assert refusals() == {"no_consent": 2}
    assert redis_client.hget(KEY, "no_consent") == b"2"
