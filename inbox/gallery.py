"""A person's photos, videos, documents, voice notes and links, over all conversations that an agent
may see, newest first and by cursor."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent
from contacts.models import Contact
from conversations.access import may_see_earlier_texts, visible_media, visible_messages
from conversations.models import Media, MediaKind, MediaStatus, Message
from inbox.paging import Cursor

AT_ONCE = 48
IN_PANE = 6
LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]}*_~&]")
KINDS: dict[str, str | Promise] = {
    "pictures": _("Photos and videos"),
    "documents": _("Documents"),
    "voice": _("Voice notes"),
    "links": _("Links"),
}
_MEDIA = {
    "pictures": (MediaKind.IMAGE, MediaKind.VIDEO),
    "documents": (MediaKind.DOCUMENT,),
    "voice": (MediaKind.AUDIO,),
}


@dataclass(frozen=True)
class Tile:
    """One thing in the gallery; `url` only for links."""

    message: Message
    media: Media | None = None
    url: str = ""

    @property
    def at(self) -> datetime:
        return self.message.sent_at


@dataclass(frozen=True)
class TilePage:
    """Some tiles; `next` is empty on the last page."""

    tiles: list[Tile]
    next: str


def tile_page(contact: Contact, agent: Agent, kind: str, cursor: Cursor | None) -> TilePage:
    """The next tiles of `kind`; two queries."""
    if kind == "links":
        return _links(contact, agent, cursor)
    rows = _media(contact, agent, kind)
    if cursor is not None:
        at = {"message__sent_at": cursor.at, "pk__lt": cursor.pk}
        rows = rows.filter(Q(message__sent_at__lt=cursor.at) | Q(**at))
    found = list(rows[: AT_ONCE + 1])
    shown = [Tile(media.message, media) for media in found[:AT_ONCE] if media.message]
    more = len(found) > AT_ONCE
    return TilePage(shown, _place(shown[-1].at, found[AT_ONCE - 1].pk) if more else "")


def newest_tiles(contact: Contact, agent: Agent) -> list[Tile]:
    """The last photos and videos, for a row of small pictures."""
    rows = _media(contact, agent, "pictures")[:IN_PANE]
    return [Tile(media.message, media) for media in rows if media.message]


def _media(contact: Contact, agent: Agent, kind: str) -> QuerySet[Media]:
    rows = visible_media(agent).filter(
        message__conversation__contact=contact, kind__in=_MEDIA[kind], status=MediaStatus.READY
    )
    return rows.select_related("message__author").order_by("-message__sent_at", "-pk")


def _links(contact: Contact, agent: Agent, cursor: Cursor | None) -> TilePage:
    rows = visible_messages(agent).filter(
        conversation__contact=contact, text__contains="://", text__regex=r"https?://"
    )
    if not may_see_earlier_texts(agent):
        rows = rows.filter(revoked_at=None)
    if cursor is not None:
        rows = rows.filter(Q(sent_at__lt=cursor.at) | Q(sent_at=cursor.at, pk__lt=cursor.pk))
    found = list(rows.order_by("-sent_at", "-pk")[: AT_ONCE + 1])
    shown = [
        Tile(message, url=url)
        for message in found[:AT_ONCE]
        for url in dict.fromkeys(LINK.findall(message.text))
    ]
    last = found[AT_ONCE - 1] if len(found) > AT_ONCE else None
    return TilePage(shown, _place(last.sent_at, last.pk) if last else "")


def _place(at: datetime, pk: UUID) -> str:
    return str(Cursor(at, str(pk)))
