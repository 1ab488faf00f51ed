"""What every room's admin pages share: no counting of millions, no deleting of history."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from unfold import decorators
from unfold.admin import ModelAdmin, TabularInline
from unfold.paginator import InfinitePaginator

from accounts.change_history import told
from accounts.relied_on import rows_relying_on

Method = TypeVar("Method", bound=Callable[..., Any])


class Colours(dict[Any, str | None]):
    """A label's colour by value; a value without one is grey, and still called by its name."""

    def __missing__(self, value: Any) -> None:
        return None


def display(**options: Any) -> Callable[[Method], Method]:
    """Unfold's `display`, with types."""
    if isinstance(options.get("label"), dict):
        options["label"] = Colours(options["label"])
    decorate: Callable[[Method], Method] = decorators.display(**options)
    return decorate


def action(**options: Any) -> Callable[[Method], Method]:
    """Unfold's `action`, with types."""
    decorate: Callable[[Method], Method] = decorators.action(**options)
    return decorate


class HouseAdmin(ModelAdmin):  # type: ignore[misc]
    """A list an admin may change."""

    show_full_result_count = False
    list_per_page = 50
    list_fullwidth = True
    list_filter_submit = True
    compressed_fields = True
    warn_unsaved_form = True

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The same page, each line with what was changed in the reader's language."""
        page: HttpResponse = super().history_view(request, object_id, extra_context)
        if isinstance(page, TemplateResponse) and page.context_data:
            for entry in page.context_data.get("action_list", ()):
                entry.get_change_message = partial(told, entry)
        return page

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """What relies on a row is named on the page that asks, and keeps it."""
        tree, counts, missing, protected = super().get_deleted_objects(objs, request)
        relying = [linked(row) for row in rows_relying_on(list(objs))]
        return tree, counts, missing, [*protected, *relying]

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> list[dict[str, Any]]:
        """The history is translated when it is read. Forms write a field's name with a capital
        letter, and so no catalogue would know it."""
        said: list[dict[str, Any]] = super().construct_change_message(request, form, formsets, add)
        models = [self.model, *(formset.model for formset in formsets or ())]
        with translation.override(None):
            names = [
                str(getattr(one, "verbose_name", ""))
                for row in models
                for one in row._meta.get_fields()
            ]
        written = {capfirst(name): name for name in names}
        for part in said:
            if fields := part.get("changed", {}).get("fields"):
                part["changed"]["fields"] = [written.get(one, one) for one in fields]
        return said


class KeptAdmin(HouseAdmin):
    """Rows that others refer to: switched off or ended, never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyAdmin(KeptAdmin):
    """What only the house itself writes. The longest lists are of this kind: pages, no counts."""

    paginator = InfinitePaginator
    list_disable_select_all = True
    warn_unsaved_form = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyInline(TabularInline):  # type: ignore[misc]
    """Rows of the same kind below what they belong to."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def linked(row: Model) -> SafeString:
    """What a row is and its name, leading to its page."""
    meta = row._meta
    kind = capfirst(meta.verbose_name)
    try:
        page = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
    except NoReverseMatch:  # it has no page of its own
        return format_html("{}: {}", kind, row)
    return format_html('{}: <a class="text-link" href="{}">{}</a>', kind, page, row)


def pretty_json(value: Any) -> SafeString:
    """JSON to read: indented, escaped, wrapped."""
    text = json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False)
    return preformatted(text)


def preformatted(text: str) -> SafeString:
    return format_html(
        '<pre class="font-mono text-xs whitespace-pre-wrap break-all">{}</pre>', text
    )
