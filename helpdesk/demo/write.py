"""From stories to rows: written directly, with times of the past, all or nothing.

Nothing is sent: every outbound message already has a state that no worker takes up again.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from pathlib import Path

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Agent
from consent.inbound import Words
from consent.services import record_inbound_messages
from contacts.models import Contact, Identity
from contacts.services import Person, find_contact, find_or_create_contact
from conversations.models import (
    BusinessNumber,
    Conversation,
    Direction,
    Event,
    EventName,
    Media,
    MediaStatus,
    Message,
    MessageType,
    Note,
    Reaction,
    Status,
)
from conversations.services.answers import count_waiting
from conversations.services.files import sniff
from conversations.window import Window
from helpdesk.demo.canned import hand_out
from helpdesk.demo.chat_links import hang_up_links
from helpdesk.demo.furnish import furnish
from helpdesk.demo.known import know
from helpdesk.demo.people import SERVICE, Desk, hire
from helpdesk.demo.service import promise_service
from helpdesk.demo.signup import open_the_form
from helpdesk.demo.stories_before import BEFORE
from helpdesk.demo.stories_today import TODAY
from helpdesk.demo.story import Bubble, File, Remark, Step, Story, age
from helpdesk.demo.subscribers import subscribe
from whatsapp.models import WhatsAppNumber
from whatsapp.services import ensure_number_from_settings

NUMBER_NAME = "Nordlicht Bahn"
NUMBER = "+4943139200100"
FILES = Path(__file__).parent / "files"
# Without a wamid: WhatsApp never took it.
NEVER_TAKEN = (Status.BLOCKED, Status.UNCONFIRMED)


def seed(now: datetime | None = None) -> int:
    """Write what is missing of the demo; how many conversations that were.

    A customer who is already there is left alone with everything that happened since.
    """
    now = now or timezone.now()
    with transaction.atomic():
        desk = hire()
        number = name_the_number(desk)
        if number is None:
            return 0
        open_the_form(number)
        hand_out(desk)
        stories = [story for story in (*BEFORE, *TODAY) if find_contact(person(story)) is None]
        for story in stories:
            Telling(story, desk, number, now).tell()
        told = {story.name: find_contact(person(story)) for story in stories}
        found = {name: who for name, who in told.items() if who}
        subscribe(found, number.phone_number, now)
        know(found, desk, now)
        hang_up_links(number, now)
        promise_service(number)
        new = Conversation.objects.filter(contact__in=list(found.values()))
        count_waiting(list(new.values_list("pk", flat=True)))
        furnish(found, desk, now)
    return len(stories)


def name_the_number(desk: Desk) -> WhatsAppNumber | None:
    """The business number of the settings, introduced as the demo's unless somebody named it."""
    number = ensure_number_from_settings()
    if number is not None and number.name == number.phone_number_id:
        number.name = NUMBER_NAME
        number.phone_number = NUMBER
        number.default_team = desk.teams[SERVICE]
        number.save(update_fields=["name", "phone_number", "default_team"])
    return number


def person(story: Story) -> Person:
    return Person(wa_id=story.wa_id, bsuid=story.bsuid, username=story.username, name=story.name)


class Telling:
    """One story becoming rows."""

    def __init__(self, story: Story, desk: Desk, number: BusinessNumber, now: datetime) -> None:
        self.story = story
        self.desk = desk
        self.number = number
        self.now = now
        self.slug = story.wa_id or story.bsuid
        # wamids of the bubbles that others quote, by their key.
        self.wamids: dict[str, str] = {}

    def tell(self) -> None:
        """Contact, conversation and everything in it."""
        contact = self._contact()
        bubbles = [item for item in self.story.items if isinstance(item, Bubble)]
        conversation = Conversation.objects.create(
            contact=contact,
            business_number=self.number,
            team=self.desk.teams.get(self.story.team),
            assignee=self.desk.agents.get(self.story.assignee),
            unread=self.story.unread,
        )
        conversation.labels.set([self.desk.labels[name] for name in self.story.labels])
        messages = [
            self._message(conversation, position, bubble)
            for position, bubble in enumerate(bubbles, start=1)
        ]
        Message.objects.bulk_create(messages)
        Message.objects.filter(conversation=conversation).update(
            created_at=F("sent_at"), updated_at=F("sent_at")
        )
        for bubble, message in zip(bubbles, messages, strict=True):
            self._annotate(bubble, message)
        self._write_notes(conversation)
        self._write_events(conversation)
        self._write_consent(contact, messages)
        self._finish(conversation, messages)

    def _at(self, ago: str) -> datetime:
        return self.now - age(ago)

    def _contact(self) -> Contact:
        contact = find_or_create_contact(person(self.story))
        first = self._at(self.story.items[0].ago)
        Contact.objects.filter(pk=contact.pk).update(language=self.story.language, created_at=first)
        Identity.objects.filter(contact=contact).update(first_seen_at=first)
        return contact

    def _message(self, conversation: Conversation, position: int, bubble: Bubble) -> Message:
        wamid = None
        if bubble.status not in NEVER_TAKEN:
            wamid = f"wamid.demo.{self.slug}.{position}"
        if bubble.key and wamid:
            self.wamids[bubble.key] = wamid
        return Message(
            conversation=conversation,
            business_number=self.number,
            direction=Direction.OUTBOUND if bubble.by else Direction.INBOUND,
            type=bubble.type,
            text=bubble.text,
            payload=bubble.payload,
            wamid=wamid,
            client_uuid=(
                uuid.uuid5(uuid.NAMESPACE_URL, f"demo/{self.slug}/{position}")
                if bubble.by
                else None
            ),
            author=self.desk.agents.get(bubble.by),
            context_wamid=self.wamids.get(bubble.quotes, ""),
            status=bubble.status,
            status_reason=bubble.reason,
            status_detail=bubble.detail,
            sent_at=self._at(bubble.ago),
            revoked_at=self._at(bubble.revoked_ago) if bubble.revoked_ago else None,
            claimed_at=self._at(bubble.ago) if bubble.by else None,
            attempts=1 if bubble.by and bubble.status != Status.BLOCKED else 0,
        )

    def _annotate(self, bubble: Bubble, message: Message) -> None:
        if bubble.reaction:
            Reaction.objects.create(
                message=message,
                direction=Direction.INBOUND if bubble.by else Direction.OUTBOUND,
                agent=None if bubble.by else self.desk.agents.get(self.story.assignee),
                emoji=bubble.reaction,
                reacted_at=message.sent_at + timedelta(minutes=1),
            )
        if bubble.file:
            attach(message, bubble.file)

    def _write_notes(self, conversation: Conversation) -> None:
        Note.objects.bulk_create(
            Note(
                conversation=conversation,
                author=self.desk.agents[item.by],
                text=item.text,
                created_at=self._at(item.ago),
            )
            for item in self.story.items
            if isinstance(item, Remark)
        )

    def _write_events(self, conversation: Conversation) -> None:
        Event.objects.bulk_create(
            Event(
                name=item.name,
                conversation=conversation,
                actor=self.desk.agents.get(item.by),
                data=self._assignment(conversation, item),
                occurred_at=self._at(item.ago),
            )
            for item in self.story.items
            if isinstance(item, Step)
        )

    def _assignment(self, conversation: Conversation, step: Step) -> dict[str, object]:
        if step.name != EventName.CONVERSATION_ASSIGNED:
            return {}
        to: Agent = self.desk.agents[step.to]
        return {
            "from_team": conversation.team_id,
            "from_assignee": None,
            "to_team": conversation.team_id,
            "to_assignee": to.pk,
        }

    def _write_consent(self, contact: Contact, messages: list[Message]) -> None:
        for message in messages:
            if message.is_inbound and message.wamid:
                words = message.text if message.type == MessageType.TEXT else ""
                heard_at = message.sent_at
                said = Words(contact, words, message.wamid, heard_at, recorded_at=heard_at)
                record_inbound_messages([said])

    def _finish(self, conversation: Conversation, messages: list[Message]) -> None:
        """What the list row reads, and the window, from what was said."""
        inbound = [message.sent_at for message in messages if message.is_inbound]
        last = max(messages, key=lambda message: message.sent_at)
        steps = [item for item in self.story.items if isinstance(item, Step)]
        resolved_at = None
        for step in steps:
            if step.name == EventName.CONVERSATION_RESOLVED:
                resolved_at = self._at(step.ago)
            elif step.name == EventName.CONVERSATION_REOPENED:
                resolved_at = None
        state = Conversation.Status.RESOLVED if resolved_at else Conversation.Status.OPEN
        Conversation.objects.filter(pk=conversation.pk).update(
            status=state,
            resolved_at=resolved_at,
            last_inbound_at=max(inbound),
            window_expires_at=Window.opened_by(max(inbound)).expires_at,
            last_message=last,
            last_message_at=last.sent_at,
            created_at=messages[0].sent_at,
            updated_at=last.sent_at,
        )


def attach(message: Message, file: File) -> None:
    """Store one of the demo's files as the message's."""
    content = ContentFile((FILES / file.name).read_bytes())
    found = sniff(content)
    media = Media(
        message=message,
        kind=message.type,
        status=MediaStatus.READY,
        mime_type=file.mime_type,
        filename=file.shown_as,
        size=content.size,
        width=found.width,
        height=found.height,
        duration_s=file.seconds,
        waveform=list(file.waveform),
        is_voice=file.is_voice,
        uploaded_by=message.author,
    )
    media.file.save("demo", content, save=False)
    media.save(force_insert=True)
    Media.objects.filter(pk=media.pk).update(created_at=message.sent_at)
