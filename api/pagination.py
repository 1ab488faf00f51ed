"""Cursor pages: `{"next", "previous", "results"}`, stable while rows are added."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class NewestFirst(CursorPagination):
    """Newest first by `created_at` and id; by id alone where a model has no such time."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    # DRF asks for it as text, at the moment it is shown.
    page_size_query_description = _("Results per page, at most 200.")  # type: ignore[assignment]
    # Rows that may share one moment: cursors count them, since the moment does not tell them apart.
    offset_cutoff = 10_000

    def get_ordering(
        self, request: Request, queryset: QuerySet[Model], view: Any
    ) -> tuple[str, ...]:
        names = {field.name for field in queryset.model._meta.get_fields()}
        return ("-created_at", "-id") if "created_at" in names else ("-id",)


class OldestFirst(NewestFirst):
    """The messages of a conversation, in the order of the thread."""

    def get_ordering(
        self, request: Request, queryset: QuerySet[Model], view: Any
    ) -> tuple[str, ...]:
        return ("sent_at", "id")
