"""Cursor pages: `{"next", "previous", "results"}`, stable while rows are added."""

from __future__ import annotations

from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    """Newest first by id: ids are given in order of creation (UUIDv7, or a sequence), so they
    order like `created_at` and never tie."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    page_size_query_description = "Results per page, at most 200."
    ordering: tuple[str, ...] = ("-id",)


class OldestFirst(NewestFirst):
    """The messages of a conversation, in the order of the thread."""

    ordering = ("sent_at", "id")
    # WhatsApp's clock has seconds, so many rows may share one; count that many as ties.
    offset_cutoff = 10_000
