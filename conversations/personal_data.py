"""What the tables of this room hold, and which rows are a person's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from consent.personal_data import Chapter, Person, Step, Table, fields, registry
from conversations.models import (
    BusinessNumber,
    ChatLink,
    ChatLinkDay,
    ChatLinkOpening,
    Conversation,
    ConversationRead,
    ConversationSeen,
    DeliveryAttempt,
    Event,
    EventNumbering,
    Label,
    Media,
    Mention,
    Message,
    MessageTemplate,
    Note,
    Reaction,
    ResolveReason,
    SearchLine,
    ServiceSettings,
)
from conversations.services import erase, told

_NUMBER = (
    "id name phone_number default_team_id default_topic_id privacy_notice_de privacy_notice_en"
    " is_active sends_read_receipts sends_typing replaced_by_id replaced_at created_at"
)


def register() -> None:
    """Called once, when Django is ready."""
    registry.add(*_ours(), *_theirs())
    registry.add(
        Step(200, "notices", _("notices about them"), erase.count_notices, erase.erase_notices),
        Step(300, "events", _("events"), erase.count_events, erase.erase_events),
        Step(310, "files", _("media files"), erase.count_files, erase.erase_files),
        Step(320, "notes", _("notes"), erase.count_notes, erase.erase_notes),
        Step(330, "messages", _("messages"), erase.count_messages, erase.erase_messages),
        Step(340, "threads", _("conversations"), erase.count_threads, erase.erase_threads),
        Step(350, "remains", _("remains of files"), erase.count_remains, erase.erase_remains),
        Chapter(30, _("Your conversations with us"), told.threads),
    )
    registry.attachments.append(told.files)
    registry.obstacles.append(erase.on_their_way)
    registry.halts.append(erase.halt)


def _ours() -> Iterator[Table]:
    """What is said of nobody who writes to us."""
    yield Table(BusinessNumber, fields(technical=_NUMBER))
    yield Table(BusinessNumber.teams.through, fields(technical="id businessnumber_id team_id"))
    yield Table(
        ChatLink,
        fields(
            technical="id name business_number_id campaign place headline_de headline_en"
            " greeting_de greeting_en topic_id reference is_active created_at",
            staff="created_by_id",
        ),
    )
    # How often, and not by whom.
    yield Table(ChatLinkOpening, fields(technical="id link_id day"))
    yield Table(ChatLinkDay, fields(technical="id link_id day opened"))
    yield Table(Label, fields(technical="id name color"))
    yield Table(Label.skilled.through, fields(staff="id label_id agent_id"))
    yield Table(ResolveReason, fields(technical="id name_de name_en place is_active"))
    yield Table(
        ServiceSettings,
        fields(technical="id reason_required reopen_within_hours updated_at"),
    )
    yield Table(EventNumbering, fields(technical="id last"))
    yield Table(
        MessageTemplate,
        fields(
            technical="id account external_id name language category status components"
            " parameter_format quality status_reason paused_until previous_category synced_at"
            " topic_id value_sources"
        ),
    )
    yield Table(
        MessageTemplate.business_numbers.through,
        fields(technical="id messagetemplate_id businessnumber_id"),
    )


def _theirs() -> Iterator[Table]:
    yield Table(
        Conversation,
        fields(
            person="id contact_id window_expires_at free_entry_expires_at last_inbound_at"
            " last_message_at created_at chat_link_id came_at waiting_since first_replied_at",
            technical="business_number_id status last_message_id unread inbound_count resolved_at"
            " updated_at resolve_reason_id priority snoozed_until sla_target sla_due_at"
            " sla_warn_at handout_since handout_rule",
            staff="assignee_id team_id",
        ),
        erase.threads,
    )
    yield Table(
        Conversation.labels.through,
        fields(person="conversation_id label_id", technical="id"),
        _labels,
    )
    yield Table(
        ConversationRead,
        fields(person="conversation_id", technical="id seen_count", staff="agent_id read_at"),
        _markers,
    )
    yield Table(
        Message,
        fields(
            person="id conversation_id direction type text payload wamid context_wamid sent_at"
            " edited_at revoked_at",
            technical="business_number_id client_uuid template_id status status_reason"
            " status_detail pricing_category pricing_type lane origin again_of_id scheduled_at"
            " created_at updated_at claimed_at attempts retry_at text_removed_at",
            staff="author_id",
        ),
        erase.messages,
    )
    yield Table(
        DeliveryAttempt,
        fields(
            person="message_id detail",
            technical="id number outcome reason wait_s came_too_late started_at ended_at",
        ),
        _attempts,
    )
    yield Table(
        Reaction,
        fields(person="message_id direction emoji reacted_at", technical="id", staff="agent_id"),
        _reactions,
    )
    yield Table(
        Media,
        fields(
            person="id message_id kind mime_type filename size sha256 promised_sha256 width height"
            " duration_s waveform is_voice external_id external_url file thumbnail created_at",
            technical="status scanned_at external_expires_at failure attempts retry_at claim"
            " claims_lost removed_at",
            staff="uploaded_by_id",
        ),
        erase.files,
        export=told.files_as_rows,
    )
    yield Table(
        Note,
        fields(
            person="id conversation_id text created_at",
            internal="mentioned_names",
            technical="client_uuid",
            staff="author_id",
        ),
        erase.notes,
    )
    # Made of messages and notes by the database, and gone with them.
    yield Table(
        SearchLine,
        fields(person="id conversation_id at words", technical="kind"),
        _search_lines,
    )
    yield Table(
        Mention,
        fields(internal="note_id", technical="id", staff="agent_id team_id read_at"),
        _mentions,
    )
    yield Table(
        ConversationSeen,
        fields(internal="conversation_id", technical="id", staff="agent_id seen_at"),
        _seen,
    )
    yield Table(
        Event,
        fields(
            person="name conversation_id message_id note_id data occurred_at",
            technical="id sequence dispatched_at",
            staff="actor_id",
        ),
        erase.events,
    )


def _labels(person: Person) -> QuerySet[Any]:
    through: Any = Conversation.labels.through
    rows: QuerySet[Any] = through.objects.filter(conversation__contact__in=person.contacts)
    return rows


def _markers(person: Person) -> QuerySet[ConversationRead]:
    return ConversationRead.objects.filter(conversation__contact__in=person.contacts)


def _attempts(person: Person) -> QuerySet[DeliveryAttempt]:
    theirs = Q(message__conversation__contact__in=person.contacts)
    return DeliveryAttempt.objects.filter(theirs)


def _mentions(person: Person) -> QuerySet[Mention]:
    """They go with their notes."""
    return Mention.objects.filter(note__conversation__contact__in=person.contacts)


def _seen(person: Person) -> QuerySet[ConversationSeen]:
    """They go with their conversations."""
    return ConversationSeen.objects.filter(conversation__contact__in=person.contacts)


def _reactions(person: Person) -> QuerySet[Reaction]:
    return Reaction.objects.filter(message__conversation__contact__in=person.contacts)


def _search_lines(person: Person) -> QuerySet[SearchLine]:
    return SearchLine.objects.filter(conversation__contact__in=person.contacts)
