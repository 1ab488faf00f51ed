"""What Ctrl/⌘-K finds in the admin: pages, settings by name, customers by their lists.

Unfold's own search of models reads every row that fits, and keeps what it found in the cache: fine
for settings, not for a hundred thousand customers. Their lists are offered with the words in.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from unfold.dataclasses import SearchResult

from helpdesk.admin_navigation import NAVIGATION

MOST_ROWS = 5
MOST_WORDS = 100
# Named by us, few, and nobody's secret. Rooms that are not there yet have none.
SETTINGS = (
    *("accounts.agent", "accounts.team", "conversations.label", "conversations.messagetemplate"),
    *("conversations.chatlink", "consent.topic", "consent.signupform", "consent.consentword"),
    *("whatsapp.whatsappnumber", "whatsapp.whatsappaccount", "inbox.cannedresponse"),
    *(
        "inbox.macro",
        "automation.businesscalendar",
        "automation.slapolicy",
        "automation.assignmentrule",
        "contacts.attributedefinition",
        "conversations.resolvereason",
    ),
)
LISTS = ("contacts.contact", "conversations.conversation", "consent.consentrecord")


def search_pages(request: HttpRequest, words: str) -> list[SearchResult]:
    """Unfold calls this with the words in lower case."""
    words = words.replace("\x00", "").strip()[:MOST_WORDS]
    if not words:
        return []
    pages = list(_pages(words))
    known = {page.link for page in pages}
    models = [one for one in _models(request, words) if one.link not in known]
    return [*pages, *models, *_rows(request, words), *_lists(words)]


def _pages(words: str) -> Iterator[SearchResult]:
    for group in NAVIGATION:
        for item in group["items"]:
            if _is_called(item["title"], words):
                where = str(group.get("title", ""))
                yield SearchResult(str(item["title"]), where, str(item["link"]), item["icon"])


def _models(request: HttpRequest, words: str) -> Iterator[SearchResult]:
    """What is registered, by its names in all languages; what Unfold finds is left to it."""
    for model, page in admin.site._registry.items():
        meta = model._meta
        if not page.has_view_permission(request):
            continue
        if words in str(meta.verbose_name_plural).lower():
            continue
        if _is_called(meta.verbose_name_plural, words) or _is_called(meta.verbose_name, words):
            link = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
            where = str(meta.app_config.verbose_name)
            # Plain words: Unfold keeps results in the cache.
            title = str(capfirst(str(meta.verbose_name_plural)))
            yield SearchResult(title, where, link, "tag")


def _is_called(name: object, words: str) -> bool:
    """Whether `words` are in a name, in whichever language somebody remembers it."""
    for language, _words in settings.LANGUAGES:
        with translation.override(language):
            if words in str(name).lower():
                return True
    return False


def _rows(request: HttpRequest, words: str) -> Iterator[SearchResult]:
    for label in SETTINGS:
        try:
            model = apps.get_model(label)
            page = admin.site._registry[model]
        except (LookupError, KeyError):
            continue
        if not page.get_search_fields(request) or not page.has_view_permission(request):
            continue
        found, _twice = page.get_search_results(request, page.get_queryset(request), words)
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        for row in found.distinct()[:MOST_ROWS]:
            kind = str(model._meta.verbose_name).capitalize()
            yield SearchResult(str(row), kind, reverse(name, args=[row.pk]), "tune")


def _lists(words: str) -> Iterator[SearchResult]:
    for label in LISTS:
        meta = apps.get_model(label)._meta
        try:
            page = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        except NoReverseMatch:
            continue
        title = _("Search in: %(list)s") % {"list": meta.verbose_name_plural}
        yield SearchResult(title, f"„{words}“", f"{page}?{urlencode({'q': words})}", "search")
