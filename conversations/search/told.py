"""Hits with all that a page shows of them: the row, the line before and after, the words marked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection
from django.db.models import Prefetch

from contacts.models import Identity
from conversations.models import Conversation, Media, Message, Note
from conversations.search.index import Stems
from conversations.search.lines import Hit

# Marks of a hit in its text; taken out of the text before, so that nobody else can set one.
BEGIN, END = "\ue000", "\ue001"
_HEADLINES = """
    SELECT pk, ts_headline('helpdesk_de', said, asked.query, asked.how),
        ts_headline('helpdesk_en', said, asked.query, asked.how)
    FROM (SELECT %(query)s::tsquery AS query, %(how)s AS how) AS asked,
        unnest(%(pks)s::uuid[], %(texts)s::text[]) AS told (pk, said)
"""
_HOW = f'StartSel="{BEGIN}", StopSel="{END}", MaxFragments=2, MaxWords=36, MinWords=12'
_WHOLE = f'StartSel="{BEGIN}", StopSel="{END}", HighlightAll=true'
SHORT = 280
_BESIDE = """
    SELECT hit.pk, before.id, after.id
    FROM unnest(%(pks)s::uuid[], %(threads)s::uuid[], %(ats)s::timestamptz[])
        AS hit (pk, thread, at)
    LEFT JOIN LATERAL (SELECT id FROM conversations_message AS m
        WHERE m.conversation_id = hit.thread AND (m.sent_at, m.id) < (hit.at, hit.pk)
            AND m.type <> 'reaction' ORDER BY m.sent_at DESC, m.id DESC LIMIT 1) AS before ON true
    LEFT JOIN LATERAL (SELECT id FROM conversations_message AS m
        WHERE m.conversation_id = hit.thread AND (m.sent_at, m.id) > (hit.at, hit.pk)
            AND m.type <> 'reaction' ORDER BY m.sent_at, m.id LIMIT 1) AS after ON true
"""


@dataclass
class Told:
    """A hit as it is shown. `marked` is its text with `BEGIN` and `END` around what was found."""

    hit: Hit
    conversation: Conversation
    message: Message | None = None
    note: Note | None = None
    file: Media | None = None
    marked: str = ""
    before: Message | None = None
    after: Message | None = None

    @property
    def jump(self) -> UUID:
        """What the thread opens at."""
        return self.file.message_id if self.file and self.file.message_id else self.hit.pk


@dataclass
class _Rows:
    messages: dict[UUID, Message] = field(default_factory=dict)
    notes: dict[UUID, Note] = field(default_factory=dict)
    files: dict[UUID, Media] = field(default_factory=dict)


def told(hits: list[Hit], stems: Stems | None) -> list[Told]:
    """`hits` in their order, in a fixed number of queries; without those that went meanwhile."""
    threads = _conversations({hit.conversation for hit in hits})
    spoken = [hit for hit in hits if hit.kind != "file"]
    beside = _beside(spoken)
    wanted = {pk for pair in beside.values() for pk in pair if pk}
    wanted |= {hit.pk for hit in hits if hit.kind == "message"}
    rows = _Rows(
        messages=Message.objects.select_related("author", "template").in_bulk(wanted),
        notes=Note.objects.select_related("author").in_bulk(_of("note", hits)),
        files=Media.objects.in_bulk(_of("file", hits)),
    )
    texts = {pk: note.text for pk, note in rows.notes.items()}
    texts |= {hit.pk: rows.messages[hit.pk].text for hit in hits if hit.pk in rows.messages}
    marked = mark(texts, stems)
    made = []
    for hit in hits:
        thread = threads.get(hit.conversation)
        one = Told(hit, thread, marked=marked.get(hit.pk, "")) if thread else None
        if one is None:
            continue
        before, after = beside.get(hit.pk, (None, None))
        one.before = rows.messages.get(before) if before else None
        one.after = rows.messages.get(after) if after else None
        one.message, one.note = rows.messages.get(hit.pk), rows.notes.get(hit.pk)
        one.file = rows.files.get(hit.pk)
        if one.message or one.note or one.file:
            made.append(one)
    return made


def mark(texts: dict[UUID, str], stems: Stems | None) -> dict[UUID, str]:
    """Each text, or the parts of a long one, with what was found between `BEGIN` and `END`."""
    clean = {pk: _without_marks(text) for pk, text in texts.items()}
    if stems is None or not stems.finds or not clean:
        return {pk: text[:SHORT] for pk, text in clean.items()}
    found = dict(clean)
    for how, some in (
        (_WHOLE, {pk: text for pk, text in clean.items() if len(text) <= SHORT}),
        (_HOW, {pk: text for pk, text in clean.items() if len(text) > SHORT}),
    ):
        if some:
            found |= _headlines(some, stems, how)
    return found


def _headlines(texts: dict[UUID, str], stems: Stems, how: str) -> dict[UUID, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            _HEADLINES,
            {
                "query": stems.text,
                "how": how,
                "pks": list(texts),
                "texts": list(texts.values()),
            },
        )
        rows = cursor.fetchall()
    # Of both languages the one that recognised more.
    return {
        pk: max(german, english, key=lambda one: one.count(BEGIN)) for pk, german, english in rows
    }


def _without_marks(text: str) -> str:
    return text.replace(BEGIN, "").replace(END, "")


def _of(kind: str, hits: Iterable[Hit]) -> list[UUID]:
    return [hit.pk for hit in hits if hit.kind == kind]


def _beside(hits: list[Hit]) -> dict[UUID, tuple[UUID | None, UUID | None]]:
    if not hits:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            _BESIDE,
            {
                "pks": [hit.pk for hit in hits],
                "threads": [hit.conversation for hit in hits],
                "ats": [hit.at for hit in hits],
            },
        )
        return {pk: (before, after) for pk, before, after in cursor.fetchall()}


def _conversations(pks: set[UUID]) -> dict[UUID, Conversation]:
    rows = Conversation.objects.select_related("contact", "assignee", "team").prefetch_related(
        Prefetch("contact__identities", Identity.objects.filter(ended_at=None)), "labels"
    )
    return rows.in_bulk(pks)
