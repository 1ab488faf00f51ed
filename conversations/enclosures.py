"""Files inside a message's own object: `{"image": {"media": UPLOAD_ID}}` in a header or a card.

The platform wants its own id there, which exists only once the file was handed to it; until then
the object names our row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import UUID

KINDS = ("image", "video", "document")


def enclosed(content: object) -> list[UUID]:
    """The ids of the uploads that `content` names, each once, in order."""
    return list(dict.fromkeys(_ids(content)))


def with_files(content: object, files: Mapping[UUID, Mapping[str, object]]) -> object:
    """A copy of `content` in which every upload is what `files` says of it.

    An id that `files` does not know stays, so that the platform refuses it in its own words.
    """
    if isinstance(content, list):
        return [with_files(item, files) for item in content]
    if not isinstance(content, dict):
        return content
    found = {}
    for key, value in content.items():
        pk = _id(key, value)
        file = None if pk is None else files.get(pk)
        found[key] = with_files(value, files) if file is None else dict(file)
    return found


def _ids(content: object) -> Iterator[UUID]:
    if isinstance(content, list):
        for item in content:
            yield from _ids(item)
    elif isinstance(content, dict):
        for key, value in content.items():
            pk = _id(key, value)
            if pk is not None:
                yield pk
            else:
                yield from _ids(value)


def _id(key: object, value: object) -> UUID | None:
    if key not in KINDS or not isinstance(value, dict) or not isinstance(value.get("media"), str):
        return None
    try:
        return UUID(value["media"])
    except ValueError:
        return None
