"""What every room's admin pages share: no counting of millions, no deleting of history."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold import decorators
from unfold.admin import ModelAdmin, TabularInline
from unfold.paginator import InfinitePaginator

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


def pretty_json(value: Any) -> SafeString:
    """JSON to read: indented, escaped, wrapped."""
    text = json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False)
    return preformatted(text)


def preformatted(text: str) -> SafeString:
    return format_html(
        '<pre class="font-mono text-xs whitespace-pre-wrap break-all">{}</pre>', text
    )
