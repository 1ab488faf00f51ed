"""Drafts on the server. The newest text wins, and none is lost without a word: a browser that has
not seen what another one saved is told, and asks its agent which of the two it shall be."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Agent
from conversations.models import Conversation
from inbox.models import ComposerDraft


@dataclass(frozen=True)
class Save:
    """What a browser wants kept. `revision` counts its saves; `base` is the revision it saw last,
    of whichever browser; `device` names the browser. An empty text gives the draft up."""

    mode: str
    text: str
    revision: int
    base: int
    device: str


@dataclass(frozen=True)
class Saved:
    """What is kept now; `in_conflict` when it is another browser's and `Save` was not."""

    revision: int
    text: str
    in_conflict: bool = False


def draft_of(agent: Agent, conversation: Conversation, mode: str) -> ComposerDraft | None:
    return ComposerDraft.objects.filter(agent=agent, conversation=conversation, mode=mode).first()


def save_draft(agent: Agent, conversation: Conversation, wanted: Save) -> Saved:
    """Keep it, unless another browser's newer text would be lost by it."""
    with transaction.atomic():
        # The row may not be there yet: the agent's own row makes two browsers wait for each other.
        Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
        kept = draft_of(agent, conversation, wanted.mode)
        if kept is not None and kept.text != wanted.text:
            is_ours = kept.device == wanted.device
            if is_ours and wanted.revision <= kept.revision:
                return Saved(kept.revision, kept.text)  # it was overtaken on its way
            if not is_ours and wanted.base != kept.revision:
                return Saved(kept.revision, kept.text, in_conflict=True)
        revision = max(wanted.revision, kept.revision if kept else 0)
        if not wanted.text:
            if kept is not None:
                kept.delete()
            return Saved(revision, "")
        ComposerDraft.objects.update_or_create(
            agent=agent,
            conversation=conversation,
            mode=wanted.mode,
            defaults={"text": wanted.text, "revision": revision, "device": wanted.device},
        )
    return Saved(revision, wanted.text)


def forget_sent(agent: Agent, conversation: Conversation, mode: str, text: str) -> None:
    """What was sent is no draft any more, also when its browser closes before it says so."""
    rows = ComposerDraft.objects.filter(agent=agent, conversation=conversation, mode=mode)
    for kept in rows:
        if kept.text.strip() == text.strip():
            kept.delete()


def drafted(agent: Agent, visible: QuerySet[Conversation]) -> list[UUID]:
    """Conversations in which this agent has begun something, the newest first."""
    rows = ComposerDraft.objects.filter(agent=agent, conversation__in=visible)
    found = rows.order_by("-updated_at").values_list("conversation_id", flat=True)
    return list(dict.fromkeys(found))
