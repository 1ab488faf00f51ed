"""What the platform withholds waits as long as it says, is tried again a few times, and never once
it arrived.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Agent
from consent.services import record_inbound_message
from conversations.gateway import StatusUpdate, TryLater
from conversations.models import (
    Conversation,
    Event,
    Lane,
    Media,
    Message,
    MessageTemplate,
    Reason,
    Status,
    TemplateStatus,
)
from conversations.services.claim import claim_due
from conversations.services.leases import has_due, next_due_at
from conversations.services.reply import Draft, may_send_again, send_again, send_reply
from conversations.services.settle import Settled, settle_all
from conversations.services.statuses import apply_status, apply_statuses
from tests import factories
from tests.conversations.fakes import FakeGateway
from tests.conversations.waiting import (
    PARKED,
    WAITING,
    WITHHELD,
    again_of,
    pump,
    says,
    usable_template,
    write,
)
from tests.fixtures import Clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def template(conversation: Conversation) -> MessageTemplate:
    return usable_template(conversation)


@pytest.fixture
def message(conversation: Conversation, agent: Agent, template: MessageTemplate) -> Message:
    return write(conversation, agent, template)


# -- Withheld at once ------------------------------------------------------------------------------


def test_refused_for_a_day_it_waits_a_day_and_leaves_once(
    message: Message, channel: FakeGateway, clock: Clock
) -> None:
    clock.at(timezone.now())
    channel.answers = [PARKED]
    pump(channel)
    message.refresh_from_db()
    assert (message.status, message.status_reason) == (Status.QUEUED, WITHHELD)
    assert message.reason_words == WAITING
    assert message.scheduled_at == timezone.now() + timedelta(days=1)
    assert next_due_at(Lane.REPLY, timezone.now()) == message.scheduled_at
    clock.forward(timedelta(days=1, seconds=-1))
    assert not has_due(Lane.REPLY)
    assert pump(channel) == []
    clock.forward(timedelta(seconds=1))
    assert has_due(Lane.REPLY)
    assert pump(channel) == [message]
    assert pump(channel) == []
    message.refresh_from_db()
    assert (message.status, message.attempts) == (Status.ACCEPTED, 2)


def test_nothing_stands_behind_what_waits_for_a_day(
    message: Message, conversation: Conversation, agent: Agent, channel: FakeGateway
) -> None:
    channel.answers = [PARKED]
    pump(channel)
    answer = write(conversation, agent, None)
    assert pump(channel) == [answer]


def test_what_is_asked_for_again_by_its_uuid_is_still_the_same_message(
    message: Message, conversation: Conversation, agent: Agent, channel: FakeGateway
) -> None:
    """The client does not know that it waits."""
    channel.answers = [PARKED]
    pump(channel)
    assert message.client_uuid is not None
    draft = Draft(
        message.client_uuid, type="template", template=message.template, payload=message.payload
    )
    reply = send_reply(conversation, draft, agent)
    assert (reply.replayed, reply.message) == (True, message)


def test_a_free_form_message_is_never_parked(
    conversation: Conversation, agent: Agent, channel: FakeGateway
) -> None:
    """Its window would close meanwhile."""
    free = write(conversation, agent, None)
    channel.answers = [PARKED]
    pump(channel)
    free.refresh_from_db()
    assert (free.status, free.status_reason) == (Status.BLOCKED, Reason.WINDOW_CLOSED)


def test_who_withdraws_meanwhile_is_not_written_to(
    conversation: Conversation, agent: Agent, channel: FakeGateway, clock: Clock
) -> None:
    clock.at(timezone.now())
    contact = conversation.contact
    record_inbound_message(contact, "START", "wamid.start", timezone.now())
    marketing = factories.MessageTemplateFactory.create(
        business_numbers=[conversation.business_number], category="marketing"
    )
    message = write(conversation, agent, marketing)
    channel.answers = [PARKED]
    pump(channel)
    message.refresh_from_db()
    assert message.status == Status.QUEUED
    clock.forward(timedelta(hours=3))
    record_inbound_message(contact, "STOP", "wamid.stop", timezone.now())
    clock.forward(timedelta(days=1))
    assert pump(channel) == []
    message.refresh_from_db()
    assert (message.status, message.status_reason) == (Status.BLOCKED, Reason.OPTED_OUT)


def test_a_template_that_is_disabled_meanwhile_does_not_leave(
    message: Message, channel: FakeGateway, clock: Clock
) -> None:
    channel.answers = [PARKED]
    pump(channel)
    MessageTemplate.objects.update(status=TemplateStatus.DISABLED)
    clock.forward(timedelta(days=1, seconds=1))
    assert pump(channel) == []
    message.refresh_from_db()
    assert (message.status, message.status_reason) == (
        Status.BLOCKED,
        Reason.TEMPLATE_NOT_APPROVED,
    )


def test_told_too_late_it_is_final_and_says_so(message: Message, channel: FakeGateway) -> None:
    """Its lease had ended: nobody knows what the agent did meanwhile."""
    (claim,) = claim_due(channel, Lane.REPLY, 1).claims
    Message.objects.update(status=Status.UNCONFIRMED)
    settle_all([Settled(claim, PARKED)])
    message.refresh_from_db()
    assert (message.status, message.status_detail) == (Status.FAILED, "It was withheld.")


# -- Withheld after it was taken -------------------------------------------------------------------


@pytest.fixture
def withheld(message: Message, channel: FakeGateway) -> Message:
    """Taken, and then `failed`."""
    channel.put_offs = {WITHHELD: PARKED}
    pump(channel)
    says(message, "failed", WITHHELD)
    return message


def test_withheld_later_it_is_a_new_attempt_tied_to_the_old_one(
    withheld: Message, conversation: Conversation
) -> None:
    assert (withheld.status, withheld.status_reason) == (Status.FAILED, WITHHELD)
    assert withheld.status_detail == WAITING
    again = again_of(withheld)
    assert (again.status, again.status_reason, again.wamid) == (Status.QUEUED, WITHHELD, None)
    assert again.reason_words == WAITING
    assert again.scheduled_at is not None
    assert again.scheduled_at > timezone.now() + timedelta(hours=23, minutes=59)
    assert (again.template, again.payload, again.author, again.lane) == (
        withheld.template,
        withheld.payload,
        withheld.author,
        withheld.lane,
    )
    created = Event.objects.filter(name="message.created", message=again)
    assert created.count() == 1


def test_the_list_shows_the_new_attempt_where_the_old_one_stood(
    message: Message,
    conversation: Conversation,
    channel: FakeGateway,
    django_capture_on_commit_callbacks: Any,
) -> None:
    channel.put_offs = {WITHHELD: PARKED}
    pump(channel)
    conversation.refresh_from_db()
    assert conversation.last_message == message
    before = conversation.last_message_at
    with django_capture_on_commit_callbacks(execute=True):
        says(message, "failed", WITHHELD)
    conversation.refresh_from_db()
    assert conversation.last_message == again_of(message)
    assert conversation.last_message_at == before
    assert Event.objects.filter(name="conversation.changed").exists()


def test_what_was_written_since_stays_the_last_in_the_list(
    message: Message,
    conversation: Conversation,
    agent: Agent,
    channel: FakeGateway,
    django_capture_on_commit_callbacks: Any,
) -> None:
    channel.put_offs = {WITHHELD: PARKED}
    pump(channel)
    answer = write(conversation, agent, None)
    with django_capture_on_commit_callbacks(execute=True):
        says(message, "failed", WITHHELD)
    conversation.refresh_from_db()
    assert conversation.last_message == answer


def test_repeated_shuffled_and_mixed_up_it_is_one_attempt(
    message: Message, channel: FakeGateway
) -> None:
    channel.put_offs = {WITHHELD: PARKED}
    pump(channel)
    update = StatusUpdate(
        message.business_number_id,
        f"wamid.out-{message.pk}",
        "failed",
        timezone.now(),
        reason=WITHHELD,
    )
    apply_statuses([update, update])
    apply_statuses([update])
    says(message, "sent")
    assert Message.objects.filter(again_of=message).count() == 1


def test_said_before_we_know_its_name_it_is_put_off_too(
    message: Message, channel: FakeGateway
) -> None:
    channel.put_offs = {WITHHELD: PARKED}

    def early(sent: Message) -> None:
        apply_status(
            StatusUpdate(
                sent.business_number_id,
                f"wamid.out-{sent.pk}",
                "failed",
                timezone.now(),
                reason=WITHHELD,
            )
        )

    channel.before_answer = early
    pump(channel)
    message.refresh_from_db()
    assert message.status == Status.FAILED
    assert again_of(message).status == Status.QUEUED


def test_another_code_stays_failed(message: Message, channel: FakeGateway) -> None:
    channel.put_offs = {WITHHELD: PARKED}
    pump(channel)
    says(message, "failed", "131026")
    assert not Message.objects.filter(again_of=message).exists()
    assert message.status_detail == "It was withheld."  # Meta's words


def test_send_again_is_the_attempt_that_waits(withheld: Message, agent: Agent) -> None:
    assert send_again(withheld, agent) == again_of(withheld)
    assert Message.objects.filter(again_of=withheld).count() == 1


def test_an_agent_who_was_faster_is_not_doubled(
    message: Message, agent: Agent, channel: FakeGateway
) -> None:
    channel.put_offs = {WITHHELD: PARKED}
    pump(channel)
    Message.objects.update(status=Status.UNCONFIRMED, status_reason="no_word")
    message.refresh_from_db()
    asked = send_again(message, agent)
    says(message, "failed", WITHHELD)
    assert again_of(message) == asked


def test_what_arrived_after_all_is_not_sent_again(
    withheld: Message, channel: FakeGateway, clock: Clock
) -> None:
    """Several devices: `failed` on one, `delivered` on another, however late."""
    clock.forward(timedelta(hours=23))
    says(withheld, "delivered")
    clock.forward(timedelta(hours=2))
    assert pump(channel) == []
    again = again_of(withheld)
    assert (again.status, again.status_reason) == (Status.BLOCKED, Reason.ARRIVED)
    assert not may_send_again(again)


def test_what_arrived_two_attempts_ago_is_not_sent_again_either(
    withheld: Message, channel: FakeGateway, clock: Clock
) -> None:
    clock.forward(timedelta(days=1, seconds=1))
    second = again_of(withheld)
    assert pump(channel) == [second]
    says(second, "failed", WITHHELD)
    says(withheld, "read")
    clock.forward(timedelta(days=1, seconds=1))
    assert pump(channel) == []
    assert again_of(second).status_reason == Reason.ARRIVED


def test_nothing_is_put_off_that_our_own_rules_refuse(
    message: Message, conversation: Conversation, channel: FakeGateway
) -> None:
    channel.put_offs = {WITHHELD: PARKED}
    pump(channel)
    conversation.business_number.is_active = False
    conversation.business_number.save()
    says(message, "failed", WITHHELD)
    assert not Message.objects.filter(again_of=message).exists()
    assert message.status_detail == "It was withheld."


def test_a_paused_template_may_be_usable_again_by_then(
    message: Message, template: MessageTemplate, channel: FakeGateway, clock: Clock
) -> None:
    """The pause's own webhook may come before the `failed` status."""
    channel.put_offs = {"132015": TryLater("132015", "Paused.", 6 * 3600.0, is_parked=True)}
    pump(channel)
    MessageTemplate.objects.update(status=TemplateStatus.PAUSED)
    says(message, "failed", "132015")
    again = again_of(message)
    clock.forward(timedelta(hours=6, seconds=1))
    MessageTemplate.objects.update(status=TemplateStatus.APPROVED)
    assert pump(channel) == [again]


def test_its_files_go_along(message: Message, agent: Agent, channel: FakeGateway) -> None:
    channel.put_offs = {WITHHELD: PARKED}
    file = factories.MediaFactory.create(message=message, uploaded_by=agent)
    header = {"type": "header", "parameters": [{"type": "image", "image": {"media": str(file.pk)}}]}
    Message.objects.update(payload={"template": {"components": [header]}})
    pump(channel)
    says(message, "failed", WITHHELD)
    copy = Media.objects.get(message=again_of(message))
    assert copy.pk != file.pk
    assert copy.file.name == file.file.name
    assert str(copy.pk) in str(again_of(message).payload)
