"""A channel that does what a test tells it, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from conversations.gateway import (
    GO,
    Accepted,
    MediaStream,
    MediaUnavailable,
    SendOutcome,
    TryLater,
    Turn,
)
from conversations.models import Media, Message
from whatsapp.content_checks import check_content
from whatsapp.content_limits import LIMITS


class FakeGateway:
    """Accepts everything unless `answers` holds outcomes; `before_answer` runs mid-send.

    What may be written is WhatsApp's own table: there is only one.
    """

    limits = LIMITS
    check = staticmethod(check_content)

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.answers: list[SendOutcome] = []
        # By message id: who may not go yet.
        self.turns: dict[UUID, Turn] = {}
        # By code: what is withheld and may be tried again.
        self.put_offs: dict[str, TryLater] = {}
        self.read: list[Message] = []
        self.typing: list[Message] = []
        self.files: dict[str, bytes] = {}
        self.file_gone = False
        self.opened = 0
        self.before_answer: Callable[[Message], None] = lambda message: None

    def take_turns(self, messages: Sequence[Message]) -> list[Turn]:
        return [self.turns.get(message.pk, GO) for message in messages]

    def send(self, message: Message) -> SendOutcome:
        self.sent.append(message)
        self.before_answer(message)
        return self.answers.pop(0) if self.answers else Accepted(f"wamid.out-{message.pk}")

    def put_off(self, message: Message, reason: str) -> TryLater | None:
        return self.put_offs.get(reason)

    @contextmanager
    def open_media(self, media: Media) -> Iterator[MediaStream]:
        self.opened += 1
        content = self.files.get(media.external_id)
        if content is None:
            raise MediaUnavailable("not found", permanent=self.file_gone)
        yield MediaStream(iter([content]), "application/octet-stream", len(content))

    def mark_read(self, message: Message) -> None:
        self.read.append(message)

    def show_typing(self, message: Message) -> None:
        self.typing.append(message)
