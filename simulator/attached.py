"""The files a message carries, wherever they stand: its own, and those of headers and cards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulator.errors import GraphError
from simulator.media_kinds import mismatch
from simulator.store import Store

Json = dict[str, Any]
HEAD_LENGTH = 4096
_HEADER_KINDS = ("image", "video", "document")


def with_media(store: Store, kind: str, content: Json) -> Json:
    """A media message's object with its type, and what is wrong with its file (`_problem`)."""
    media = store.find_media(str(content["id"]))
    return {
        **content,
        "_problem": _problem(store, kind, content),
        "mime_type": media.mime_type if media else None,
    }


def with_headers(store: Store, kind: str, content: Json) -> Json:
    """Interactive messages and templates: what is wrong with the first bad file of a header."""
    for media_kind, part in _headers(kind, content):
        if part.get("id"):
            problem = _problem(store, media_kind, part)
            if problem is not None:
                return {**content, "_problem": problem}
    return content


def _problem(store: Store, kind: str, part: Json) -> str | None:
    """131009 for an id nobody knows; else the words of 131053, or None."""
    media = store.find_media(str(part["id"]))
    if media is None:
        raise GraphError(131009, f"Param {kind}['id'] is not a valid media id.")
    path = store.media_path(media)
    if not path.exists():
        return "The file is gone."
    with path.open("rb") as file:
        head = file.read(HEAD_LENGTH)
    return mismatch(kind, media, head, voice=bool(part.get("voice")))


def _headers(kind: str, content: Json) -> Iterator[tuple[str, Json]]:
    """Every media object of a checked interactive or template message."""
    if kind == "interactive":
        action = content.get("action")
        cards = action.get("cards") if isinstance(action, dict) else None
        for holder in (content, *(cards if isinstance(cards, list) else [])):
            header = holder.get("header")
            if isinstance(header, dict):
                yield from _of(header)
        return
    for component in content.get("components") or []:
        yield from _of_component(component)
        for card in component.get("cards") or []:
            for each in card.get("components") or []:
                yield from _of_component(each)


def _of_component(component: Json) -> Iterator[tuple[str, Json]]:
    if str(component.get("type", "")).lower() == "header":
        for parameter in component.get("parameters") or []:
            yield from _of(parameter)


def _of(holder: Json) -> Iterator[tuple[str, Json]]:
    kind = str(holder.get("type", "")).lower()
    part = holder.get(kind)
    if kind in _HEADER_KINDS and isinstance(part, dict):
        yield kind, part
