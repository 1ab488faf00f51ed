"""An agent (or the API) writes: one row per client UUID, asked of policy, sent after commit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent
from conversations.delivery import NO_WORD, PUMP_TASKS
from conversations.enclosures import enclosed, with_files
from conversations.errors import (
    CannotSendAgain,
    ClientUuidReused,
    Malformed,
    NotAllowed,
    Refused,
)
from conversations.events import nudge_once, record
from conversations.gateway import gateway
from conversations.models import (
    BRIEFLY,
    Conversation,
    Direction,
    EventName,
    Lane,
    Media,
    Message,
    MessageTemplate,
    MessageType,
    Origin,
    Reason,
    Status,
)
from conversations.policy import last_moment, may_send, may_use
from conversations.refusals import count_refusal
from conversations.services.crossing import require_not_crossed
from conversations.services.last_message import move_last_message
from conversations.services.locking import lock_conversation
from conversations.services.standing import reopen_if_resolved

# Names the one new attempt that there is of a message: `uuid5(message.pk, AGAIN)`.
AGAIN = "send-again"
_NO_UPLOAD = _("This upload does not exist or was already sent.")


@dataclass(frozen=True)
class Draft:
    """What is to be sent. `payload` is the platform's own object for its type, e.g.
    `{"location": {"latitude": …}}` or `{"template": {"components": […]}}`. It names files of its
    own, in a header or on a card, as `{"image": {"media": UPLOAD_ID}}`."""

    client_uuid: UUID
    type: str = MessageType.TEXT
    text: str = ""
    payload: dict[str, object] = field(default_factory=dict)
    media_id: UUID | None = None
    context_wamid: str = ""
    template: MessageTemplate | None = None
    # Not before then (aware).
    scheduled_at: datetime | None = None
    # Leaves so much later, to be taken back meanwhile; for an agent at the page.
    hold_s: int = 0
    lane: Lane = Lane.REPLY
    again_of: UUID | None = None
    # What stood on the agent's screen; empty: nobody asks whether a colleague was faster.
    seen: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class Reply:
    """The row, and whether it was already there (the same client UUID again)."""

    message: Message
    replayed: bool


def send_reply(
    conversation: Conversation, draft: Draft, by: Agent, *, refuse: bool = False
) -> Reply:
    """Queue a message. A draft that policy refuses is stored as `blocked` with its reason, or,
    with `refuse`, not stored and raised as `Refused`.

    Raises `NotAllowed`, `Malformed`, `ClientUuidReused`, `Refused`.
    """
    if not by.may_write:
        raise NotAllowed
    replay = _replay(conversation, draft)
    if replay is not None:
        return replay
    files = _check(conversation, draft, by)
    try:
        with transaction.atomic():
            return Reply(_write(conversation, draft, files, by, refuse), replayed=False)
    except Refused as refused:
        count_refusal(refused.reason)  # its transaction is gone
        raise
    except IntegrityError:
        # A double click: the other request was first with this client UUID.
        replay = _replay(conversation, draft)
        if replay is None:
            raise
        return replay


def send_again(message: Message, by: Agent) -> Message:
    """A new attempt of a message that failed, was blocked, or stayed without word for too long.

    Asked twice, it is one new message.
    """
    client_uuid = uuid5(message.pk, AGAIN)
    existing = Message.objects.filter(client_uuid=client_uuid).first()
    if existing is not None:
        return existing
    if not may_send_again(message):
        raise CannotSendAgain
    stayed = message.business_number_id == message.conversation.business_number_id
    payload, copies = copy_files(message, by)
    own = next((copy.pk for copy in copies if copy.pk not in enclosed(payload)), None)
    draft = Draft(
        client_uuid=client_uuid,
        type=message.type,
        text=message.text,
        payload=payload,
        media_id=own,
        # What was exchanged with a number that has been replaced cannot be quoted.
        context_wamid=message.context_wamid if stayed else "",
        template=message.template,
        lane=Lane(message.lane),
        again_of=message.pk,
    )
    return send_reply(message.conversation, draft, by).message


def copy_files(message: Message, by: Agent | None) -> tuple[dict[str, object], list[Media]]:
    """The payload of a new attempt of `message`, and copies of its files, which belong to none yet;
    the same however often asked."""
    copies = {media.pk: _copy_of(media, message, by) for media in message.media.all()}
    named = {pk: {"media": str(copy.pk)} for pk, copy in copies.items()}
    payload = with_files(message.payload, named)
    assert isinstance(payload, dict)
    return {k: v for k, v in payload.items() if k != "pricing"}, list(copies.values())


def _copy_of(media: Media, message: Message, by: Agent | None) -> Media:
    kept = (
        *("kind", "status", "mime_type", "filename", "size", "sha256", "width", "height"),
        *("duration_s", "waveform", "scanned_at", "is_voice"),
    )
    copy, _new = Media.objects.get_or_create(
        pk=uuid5(message.pk, f"send-again-file-{media.pk}"),
        defaults={
            **{name: getattr(media, name) for name in kept},
            "uploaded_by": by,
            "file": media.file.name,
            "thumbnail": media.thumbnail.name,
        },
    )
    return copy


def may_send_again(message: Message) -> bool:
    """Whether "send again" can be offered: it certainly did not leave, or nobody will ever know."""
    if message.direction != Direction.OUTBOUND or message.origin != Origin.LIVE:
        return False
    if message.text_removed_at is not None:
        return False  # what it said is gone after its time
    if message.status == Status.UNCONFIRMED:
        return message.status_reason == NO_WORD
    # What arrived after all would only be refused for that again.
    arrived = message.status == Status.BLOCKED and message.status_reason == Reason.ARRIVED
    return message.status in (Status.FAILED, Status.BLOCKED) and not arrived


def _write(
    conversation: Conversation, draft: Draft, files: list[Media], by: Agent, refuse: bool
) -> Message:
    conversation = lock_conversation(conversation.pk)
    require_not_crossed(conversation, draft.seen, by)
    now = timezone.now()
    message = Message(
        conversation=conversation,
        business_number=conversation.business_number,
        direction=Direction.OUTBOUND,
        type=draft.type,
        text=draft.text,
        payload=draft.payload,
        client_uuid=draft.client_uuid,
        author=by,
        template=draft.template,
        context_wamid=draft.context_wamid,
        status=Status.QUEUED,
        scheduled_at=draft.scheduled_at,
        lane=draft.lane,
        again_of_id=draft.again_of,
        # Never above what it answers, even where WhatsApp's clock is ahead of ours.
        sent_at=max(now, conversation.last_message_at or now),
    )
    # What is to leave later must be allowed then, as far as one can know.
    _hold(message, draft, now)
    verdict = may_send(message, max(now, draft.scheduled_at or now))
    if verdict.reason is not None:
        if refuse:
            raise Refused(verdict.reason)
        count_refusal(verdict.reason)
        message.status = Status.BLOCKED
        message.status_reason = verdict.reason
    message.save(force_insert=True)
    _enclose(files, message)
    if message.type != MessageType.REACTION:
        fields = move_last_message(conversation, message)
        fields += reopen_if_resolved(conversation, by)
        conversation.save(update_fields=[*fields, "updated_at"])
        record(EventName.MESSAGE_CREATED, conversation, message=message, by=by)
    if message.status == Status.QUEUED:
        nudge_pump(draft.lane)
    return message


def _enclose(files: list[Media], message: Message) -> None:
    """Put the uploads into the message; another one may have taken them since they were checked."""
    ids = [media.pk for media in files]
    if ids and Media.objects.filter(pk__in=ids, message=None).update(message=message) != len(ids):
        raise Malformed({"media": [_NO_UPLOAD]})
    for media in files:
        media.message = message


def nudge_pump(lane: Lane) -> None:
    """Have the messages of `lane` sent once this transaction is committed."""
    transaction.on_commit(partial(nudge_once, PUMP_TASKS[lane]))


def _check(conversation: Conversation, draft: Draft, by: Agent) -> list[Media]:
    """The draft's files; raises `Malformed` by field."""
    # What will be refused anyway is refused for that reason, not for what is missing in it.
    usable = draft.type != MessageType.TEMPLATE or (
        may_use(draft.template, conversation.contact).allowed
    )
    template = draft.template if usable else None
    errors = gateway().check(draft.type, draft.text, draft.payload, template)
    if errors:
        raise Malformed(errors)
    if "\x00" in draft.text:
        raise Malformed({"text": [_("The text contains a character that cannot be sent.")]})
    quoted = draft.context_wamid
    if quoted:
        target = conversation.messages.filter(wamid=quoted).first()
        if target is None:
            raise Malformed({"context": [_("This conversation has no such message.")]})
        _check_number(conversation, target, "context")
    if draft.type == MessageType.REACTION:
        _check_reaction(conversation, draft)
    return _files(draft, by)


def _check_reaction(conversation: Conversation, draft: Draft) -> None:
    reaction = draft.payload[MessageType.REACTION]
    assert isinstance(reaction, dict)
    targets = conversation.messages.exclude(type=MessageType.REACTION)
    target = targets.filter(wamid=reaction["message_id"]).first()
    days = gateway().limits.reaction_days
    if target is None:
        raise Malformed({"reaction.message_id": [_("This conversation has no such message.")]})
    _check_number(conversation, target, "reaction.message_id")
    if target.revoked_at is not None:
        raise Malformed({"reaction.message_id": [_("This message was taken back.")]})
    if target.sent_at < timezone.now() - timedelta(days=days):
        sentence = _("One can only react to messages of the last %(days)s days.")
        raise Malformed({"reaction.message_id": [sentence % {"days": days}]})


def _check_number(conversation: Conversation, target: Message, at: str) -> None:
    """WhatsApp knows a message only on the number it was exchanged with."""
    if target.business_number_id != conversation.business_number_id:
        words = _("This message was exchanged with a number that has been replaced.")
        raise Malformed({at: [words]})


def _files(draft: Draft, by: Agent) -> list[Media]:
    """The uploads of a draft, none of them sent before."""
    wanted = [] if draft.media_id is None else [draft.media_id]
    wanted += enclosed(draft.payload)
    if not wanted:
        return []
    found = Media.objects.filter(pk__in=wanted, uploaded_by=by, message=None).in_bulk()
    if len(found) != len(wanted):
        raise Malformed({"media": [_NO_UPLOAD]})
    return [found[pk] for pk in wanted]


def _hold(message: Message, draft: Draft, now: datetime) -> None:
    """Keep an agent's message for its seconds of grace, unless its window ends within them.

    What is still held of this conversation must not be overtaken: it leaves with this one.
    """
    if draft.type == MessageType.REACTION or draft.scheduled_at is not None:
        return
    leaves_at = now + timedelta(seconds=draft.hold_s)
    ends = last_moment(message)
    if ends is not None and leaves_at >= ends:
        leaves_at = now
    message.scheduled_at = leaves_at if leaves_at > now else None
    held = Message.objects.filter(
        conversation=message.conversation,
        status=Status.QUEUED,
        status_reason="",
        scheduled_at__gt=leaves_at,
        scheduled_at__lte=F("created_at") + BRIEFLY,
    )
    held.update(scheduled_at=message.scheduled_at, updated_at=now)


def _same_time(message: Message, draft: Draft) -> bool:
    """What is put off has another time by then; seconds of grace are not part of the message."""
    free = draft.hold_s > 0 or message.attempts > 0 or message.is_held
    return free or message.scheduled_at == draft.scheduled_at


def _replay(conversation: Conversation, draft: Draft) -> Reply | None:
    message = Message.objects.filter(client_uuid=draft.client_uuid).first()
    if message is None:
        return None
    media_ids = set(message.media.values_list("pk", flat=True))
    # Where prices stood before they had fields of their own.
    payload = {k: v for k, v in message.payload.items() if k != "pricing"}
    same = (
        message.conversation_id == conversation.pk
        and message.type == draft.type
        # A template's words are filled in from what WhatsApp approved, which may change.
        and (message.text == draft.text or draft.type == MessageType.TEMPLATE)
        and payload == draft.payload
        and _same_time(message, draft)
        and message.context_wamid == draft.context_wamid
        and media_ids == {pk for pk in (draft.media_id, *enclosed(draft.payload)) if pk}
        and message.template_id == (draft.template.pk if draft.template else None)
    )
    if not same:
        raise ClientUuidReused
    return Reply(message, replayed=True)
