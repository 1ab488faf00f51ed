"""A person's threads as they get them in an export: to read, and their files."""

from __future__ import annotations

import heapq
import json
import mimetypes
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import PurePath
from typing import Any, BinaryIO, cast

from django.core.exceptions import SuspiciousFileOperation
from django.db.models import QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from consent.chapters import when
from consent.personal_data import Attachment, Person, registry
from conversations.models import Conversation, Media, MediaKind, Message, Note
from conversations.services import erase

_AT_ONCE = 500
_LONGEST_NAME = 80


def threads(person: Person) -> Iterator[SafeString]:
    """Every thread, oldest first, with its messages and notes in their order."""
    rows = (
        erase.threads(person)
        .select_related("business_number", "chat_link")
        .order_by("created_at", "pk")
    )
    for conversation in rows:
        yield format_html(
            "<h3>{} · {}</h3>\n", conversation.business_number, when(conversation.created_at)
        )
        if conversation.chat_link:
            yield format_html(
                "<p><small>{}: {}</small></p>\n", _("Came by"), conversation.chat_link
            )
        items = heapq.merge(_messages(conversation), _notes(conversation), key=lambda row: row[0])
        for _at, html in items:
            yield html


def files(person: Person) -> Iterator[Attachment]:
    """The files that are there."""
    for media in _stored(person):
        yield Attachment(path_of(media), partial(_open, media))


def files_as_rows(person: Person) -> Iterator[dict[str, Any]]:
    """The rows of files, with where each lies within the export."""
    table = registry.tables[Media]
    names = [name for name in table.exported() if name not in table.file_fields()]
    for media in erase.files(person).order_by("pk").iterator(_AT_ONCE):
        values = {name: getattr(media, name) for name in names}
        yield {**values, "in_archive": path_of(media) if media.file else None}


def path_of(media: Media) -> str:
    """Where a file lies within an export: its id, and the name it came with, made harmless."""
    try:
        name = get_valid_filename(media.filename)[-_LONGEST_NAME:] if media.filename else ""
    except SuspiciousFileOperation:
        name = ""
    if not name:
        name = f"{media.kind}{mimetypes.guess_extension(media.mime_type) or ''}"
    return f"files/{media.pk}-{PurePath(name).name}"


def _stored(person: Person) -> Iterator[Media]:
    rows: QuerySet[Media] = erase.files(person).exclude(file="").order_by("pk")
    yield from rows.iterator(_AT_ONCE)


def _open(media: Media) -> BinaryIO:
    assert media.file.name
    return cast("BinaryIO", media.file.storage.open(media.file.name, "rb"))


def _messages(conversation: Conversation) -> Iterator[tuple[datetime, SafeString]]:
    rows = conversation.messages.prefetch_related("media", "reactions").order_by("sent_at", "pk")
    for message in rows.iterator(_AT_ONCE):
        yield message.sent_at, _bubble(message)


def _notes(conversation: Conversation) -> Iterator[tuple[datetime, SafeString]]:
    for note in conversation.notes.order_by("created_at", "pk").iterator(_AT_ONCE):
        yield note.created_at, _note(note)


def _bubble(message: Message) -> SafeString:
    parts = [format_html("{}", message.text)] if message.text else []
    parts += [_file(media) for media in message.media.all()]
    if not parts or message.payload:
        parts.append(format_html("<small>{}</small>", _rest(message)))
    reactions = " ".join(row.emoji for row in message.reactions.all())
    about = [
        when(message.sent_at),
        _("You") if message.is_inbound else _("We"),
        message.get_type_display(),
        "" if message.is_inbound else message.get_status_display(),
        _("edited") if message.edited_at else "",
        _("taken back") if message.revoked_at else "",
        reactions,
    ]
    side = mark_safe("") if message.is_inbound else mark_safe(" out")
    body = format_html_join("\n", "{}", ((part,) for part in parts))
    line = " · ".join(filter(None, map(str, about)))
    return format_html('<div class="m{}">{}<small>{}</small></div>\n', side, body, line)


def _rest(message: Message) -> str:
    """What has no text of its own: a place, a card, an answer to buttons."""
    if not message.payload:
        return message.get_type_display()
    return json.dumps(message.payload, ensure_ascii=False, sort_keys=True)


def _note(note: Note) -> SafeString:
    return format_html(
        '<div class="m note">{}<small>{} · {}</small></div>\n',
        note.text,
        when(note.created_at),
        _("Note of ours, never sent"),
    )


def _file(media: Media) -> SafeString:
    if not media.file:
        return format_html("<small>{} ({})</small>", media, media.get_status_display())
    path = path_of(media)
    if media.kind in (MediaKind.IMAGE, MediaKind.STICKER):
        return format_html('<a href="{0}"><img src="{0}" alt="{1}"></a>', path, media)
    return format_html('<a href="{}">{}</a>', path, media)
