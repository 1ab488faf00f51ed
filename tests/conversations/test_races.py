"""Between two lines somebody else did something: it is neither lost nor in the way."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Agent
from conversations import tasks
from conversations.errors import Malformed
from conversations.gateway import Accepted, Refused, TryLater, Turn
from conversations.models import (
    Conversation,
    EarlyStatus,
    Event,
    Media,
    Message,
    Reaction,
    Status,
)
from conversations.services import pump as pump_module
from conversations.services import reply as reply_module
from conversations.services.claim import claim_due, claim_message
from conversations.services.pump import Pump
from conversations.services.reactions import send_draft
from conversations.services.reply import Draft, send_reply
from conversations.services.settle import settle
from tests import factories
from tests.conversations.fakes import FakeGateway
from tests.retention.helpers import gone

pytestmark = pytest.mark.django_db


def write(conversation: Conversation, agent: Agent, text: str = "Gern!") -> Message:
    return send_reply(conversation, Draft(uuid4(), text=text), agent).message


def template_row(conversation: Conversation, number: object, **fields: object) -> Message:
    template = factories.MessageTemplateFactory.create(business_numbers=[number])
    factories.ConsentRecordFactory.create(contact=conversation.contact, purpose="service")
    row: Message = factories.MessageFactory.create(
        conversation=conversation,
        outbound=True,
        type="template",
        template=template,
        wamid=None,
        status=Status.QUEUED,
        **fields,
    )
    return row


def test_a_status_that_was_kept_while_its_wamid_was_written_down_is_applied_later(
    conversation: Conversation, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = write(conversation, agent)
    claimed = claim_message(FakeGateway(), message.pk)
    assert claimed
    settle(claimed, Accepted("wamid.1"))
    # Its transaction began before the settlement was committed, and ended after it.
    EarlyStatus.objects.create(
        business_number=message.business_number,
        wamid="wamid.1",
        status="delivered",
        occurred_at=timezone.now(),
    )
    tasks.sweep_outbound()
    message.refresh_from_db()
    assert message.status == Status.DELIVERED
    assert not EarlyStatus.objects.exists()


def test_statuses_of_strangers_are_forgotten(conversation: Conversation) -> None:
    for age, wamid in ((8, "wamid.old"), (6, "wamid.new")):
        row = EarlyStatus.objects.create(
            business_number=conversation.business_number,
            wamid=wamid,
            status="sent",
            occurred_at=timezone.now(),
        )
        EarlyStatus.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(age))
    gone("early")
    assert EarlyStatus.objects.get().wamid == "wamid.new"


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_cannot_be_written_down_keeps_no_other_from_it(
    conversation: Conversation, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pump_module, "nudge", lambda *_, **__: True)
    taken = factories.MessageFactory.create(conversation=conversation, wamid="wamid.taken")
    other = factories.ConversationFactory.create(business_number=conversation.business_number)
    odd, good = write(conversation, agent), write(other, agent)
    wire = FakeGateway()
    answers = {odd.pk: taken.wamid, good.pk: "wamid.good"}
    wire.send = lambda message: Accepted(answers[message.pk])  # type: ignore[method-assign]
    pump = Pump(odd.lane, 4, wire)
    pump.run()
    good.refresh_from_db()
    odd.refresh_from_db()
    assert (good.status, good.wamid) == (Status.ACCEPTED, "wamid.good")
    # Its lease ends some day; nothing waits for it meanwhile.
    assert (odd.status, odd.wamid) == (Status.SENDING, None)
    answers[(later := write(other, agent)).pk] = "wamid.later"
    pump.run()
    later.refresh_from_db()
    assert later.status == Status.ACCEPTED


def test_an_upload_goes_with_one_message(
    conversation: Conversation, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = factories.MediaFactory.create(message=None, uploaded_by=agent)
    first = send_reply(conversation, Draft(uuid4(), type="image", media_id=upload.pk), agent)
    # The second was checked before the first was written.
    monkeypatch.setattr(reply_module, "_files", lambda *_: [upload])
    with pytest.raises(Malformed):
        send_reply(conversation, Draft(uuid4(), type="image", media_id=upload.pk), agent)
    assert Media.objects.get(pk=upload.pk).message == first.message
    assert Message.objects.filter(type="image").count() == 1


def test_a_reaction_that_did_not_leave_is_not_shown(
    conversation: Conversation, agent: Agent
) -> None:
    target = factories.MessageFactory.create(conversation=conversation)
    for emoji in ("\N{THUMBS UP SIGN}", "\N{HEAVY BLACK HEART}"):
        payload: dict[str, object] = {"message_id": target.wamid, "emoji": emoji}
        draft = Draft(uuid4(), type="reaction", payload={"reaction": payload})
        sent = send_draft(conversation, draft, agent).message
        assert Reaction.objects.get(message=target).emoji == emoji
        claimed = claim_message(FakeGateway(), sent.pk)
        assert claimed
        # The first was taken; the second was not.
        outcome = Accepted("wamid.r") if emoji == "\N{THUMBS UP SIGN}" else Refused("131026", "No.")
        settle(claimed, outcome)
    assert not Reaction.objects.filter(message=target).exists()
    last = Event.objects.filter(name="message.changed", message=target).latest("pk")
    assert last.conversation == conversation


def test_a_template_that_may_not_leave_today_is_asked_for_again_soon(
    conversation: Conversation, number: object
) -> None:
    message = template_row(conversation, number)
    channel = FakeGateway()
    channel.turns = {message.pk: Turn(23 * 3600.0, reason="messaging_limit")}
    assert claim_due(channel, message.lane, 1).claims == []
    message.refresh_from_db()
    assert message.status == Status.QUEUED
    assert message.retry_at
    # What the customer is answered meanwhile stands behind it.
    assert message.retry_at < timezone.now() + timedelta(minutes=5)


def test_a_template_for_the_day_after_tomorrow_is_tried_again_then(
    conversation: Conversation, number: object
) -> None:
    message = template_row(conversation, number)
    then = timezone.now() - timedelta(seconds=1)
    Message.objects.filter(pk=message.pk).update(
        created_at=then - timedelta(days=2), scheduled_at=then
    )
    claimed = claim_message(FakeGateway(), message.pk)
    assert claimed
    settle(claimed, TryLater("131016"))
    message.refresh_from_db()
    assert message.status == Status.QUEUED
