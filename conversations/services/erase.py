"""The threads of a person, really gone: rows, files, and what is left of files.

Steps of `consent/erasure.py`: each function does one portion in the caller's transaction and may be
called again after a crash. A file goes before its row, so none is left that nobody knows of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import connection
from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import ngettext

from accounts.models import AdminNotice
from consent.personal_data import DONE, Person, Portion
from conversations.delivery import NO_WORD
from conversations.models import (
    Conversation,
    Event,
    EventNumbering,
    Media,
    Message,
    Note,
    Reason,
    Status,
)
from conversations.models.media import media_path, thumbnail_path

_ROWS = 1000
_FILES = 50
_KEEP_NUMBERING = f"""
    INSERT INTO {EventNumbering._meta.db_table} AS numbering (id, last) VALUES (1, %s)
    ON CONFLICT (id) DO UPDATE SET last = greatest(numbering.last, excluded.last)
"""  # noqa: S608 (our own table's name)
_REMAINS = "remains"


def on_their_way(person: Person) -> str:
    """Why nothing may be erased yet: messages of which nobody knows whether they left."""
    unknown = Q(status=Status.SENDING) | Q(status=Status.UNCONFIRMED) & ~Q(status_reason=NO_WORD)
    count = messages(person).filter(unknown).count()
    if not count:
        return ""
    return ngettext(
        "%(count)s message is on its way to WhatsApp. It is settled after ten minutes at most;"
        " please try again then.",
        "%(count)s messages are on their way to WhatsApp. They are settled after ten minutes at"
        " most; please try again then.",
        count,
    ) % {"count": count}


def halt(person: Person) -> None:
    """Hold the threads, so that nothing is claimed, and let nothing leave that still waits."""
    list(threads(person).select_for_update(of=("self",), no_key=True).order_by("pk"))
    waiting = messages(person).filter(status=Status.QUEUED)
    waiting.update(status=Status.BLOCKED, status_reason=Reason.TAKEN_BACK)


# -- Whose rows they are --------------------------------------------------------------------------


def threads(person: Person) -> QuerySet[Conversation]:
    return Conversation.objects.filter(contact__in=person.contacts)


def messages(person: Person) -> QuerySet[Message]:
    return Message.objects.filter(conversation__contact__in=person.contacts)


def files(person: Person) -> QuerySet[Media]:
    return Media.objects.filter(message__conversation__contact__in=person.contacts)


def notes(person: Person) -> QuerySet[Note]:
    return Note.objects.filter(conversation__contact__in=person.contacts)


def events(person: Person) -> QuerySet[Event]:
    return Event.objects.filter(conversation__contact__in=person.contacts)


# -- Counting -------------------------------------------------------------------------------------


def count_notices(person: Person) -> int:
    return _notices(person).count()


def count_events(person: Person) -> int:
    return events(person).count()


def count_files(person: Person) -> int:
    return files(person).count()


def count_notes(person: Person) -> int:
    return notes(person).count()


def count_messages(person: Person) -> int:
    return messages(person).count()


def count_threads(person: Person) -> int:
    return threads(person).count()


def count_remains(person: Person) -> int:
    return len(person.notes.get(_REMAINS, ()))


# -- Erasing --------------------------------------------------------------------------------------


def erase_notices(person: Person) -> Portion:
    """Notices to admins that name a file or link to a thread of theirs."""
    cache.delete_many([f"typing:{pk}" for pk in threads(person).values_list("pk", flat=True)])
    gone = _notices(person).delete()[0]
    return Portion(gone, gone)


def erase_events(person: Person) -> Portion:
    return forget_events(events(person))


def erase_files(person: Person) -> Portion:
    """Some files with their rows. Where a worker fetches one at this moment, what it may still
    store is removed at the end."""
    rows = list(files(person).select_for_update(of=("self",)).order_by("pk")[:_FILES])
    for media in rows:
        if media.claim is not None:
            person.notes.setdefault(_REMAINS, []).append([str(media.pk), str(media.claim)])
        _delete_bytes(media)
    Media.objects.filter(pk__in=[media.pk for media in rows]).delete()
    return Portion(len(rows), len(rows))


def erase_notes(person: Person) -> Portion:
    return _erase(notes(person), lambda pks: Q(note__in=pks))


def erase_messages(person: Person) -> Portion:
    """With their reactions and the log of their delivery."""
    if files(person).exists():
        return erase_files(person)  # an upload that was written since the files were erased
    return _erase(messages(person), lambda pks: Q(message__in=pks))


def erase_threads(person: Person) -> Portion:
    return _erase(threads(person), lambda pks: Q(conversation__in=pks))


def erase_remains(person: Person) -> Portion:
    found = person.notes.pop(_REMAINS, [])
    for media_id, claim in found:
        _delete_bytes(Media(pk=UUID(media_id), claim=UUID(claim)))
    return Portion(len(found))


def _notices(person: Person) -> QuerySet[AdminNotice]:
    of_files = files(person).values(text=Cast("pk", TextField()))
    links = threads(person).values(
        text=Concat(_text("/conversations/"), Cast("pk", TextField()), _text("/"))
    )
    return AdminNotice.objects.filter(Q(subject__in=of_files) | Q(link__in=links))


def _text(words: str) -> Value:
    return Value(words, output_field=TextField())


def _erase(rows: QuerySet[Any], events_of: Any) -> Portion:
    """Some rows with all that hangs on them; events first, whose numbers must not come back."""
    pks: Sequence[Any] = list(rows.order_by("pk").values_list("pk", flat=True)[:_ROWS])
    if not pks:
        return DONE
    while forget_events(Event.objects.filter(events_of(pks))).looked_at:
        pass
    rows.model._default_manager.filter(pk__in=pks).delete()
    return Portion(len(pks), len(pks))


def forget_events(rows: QuerySet[Event]) -> Portion:
    """Some events; their numbers are not given again."""
    found = list(
        rows.select_for_update(of=("self",)).order_by("pk").values_list("pk", "sequence")[:_ROWS]
    )
    last = max((sequence for _pk, sequence in found if sequence), default=0)
    if last:
        with connection.cursor() as cursor:
            cursor.execute(_KEEP_NUMBERING, [last])
    Event.objects.filter(pk__in=[pk for pk, _sequence in found]).delete()
    return Portion(len(found), len(found))


def _delete_bytes(media: Media) -> None:
    """What is stored of a file, also by a claim that nobody could write down."""
    storage = media.file.storage
    names = {media.file.name, media.thumbnail.name}
    names |= {media_path(media, ""), thumbnail_path(media, "")}
    for name in filter(None, names):
        storage.delete(name)
