"""The words of search: its operators in the reader's language, and marks in what was found."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from conversations.search.query import GERMAN, Operator
from conversations.search.told import BEGIN, END

# An example in English and German, and what it finds.
_HELP: tuple[tuple[Operator, str, str, str | Promise], ...] = (
    (Operator.FROM, "lena", "lena", _("Sender, colleagues too; also me, customer")),
    (Operator.TEAM, "lost", "fundbüro", _("Team")),
    (Operator.LABEL, "refund", "abo", _("Label")),
    (Operator.ASSIGNEE, "me", "mich", _("Who answers; also none")),
    (Operator.HAS, "image", "bild", _("Picture, document, audio, location, link")),
    (Operator.IS, "open", "offen", _("State of the conversation")),
    (Operator.BEFORE, "2026-11-20", "20.11.", _("Days, also after: and on:")),
    (Operator.IN, "notes", "notizen", _("Only messages, notes, contacts, files")),
)


def help_lines() -> list[tuple[str, str | Promise]]:
    """How to search more precisely, as the page's margin tells it."""
    german = (get_language() or "").startswith("de")
    lines: list[tuple[str, str | Promise]] = []
    for operator, english, deutsch, words in _HELP:
        name = GERMAN.get(operator, operator.value) if german else operator.value
        lines.append((f"{name}:{deutsch if german else english}", words))
    return [
        *lines,
        ('"genau so"' if german else '"just so"', _("Words that follow each other")),
        ("-koffer" if german else "-suitcase", _("Without this word")),
        ("bahn*" if german else "train*", _("Words that begin so")),
        ("rot ODER blau" if german else "red OR blue", _("One of both")),
    ]


def marked(text: str) -> SafeString:
    """`text`, escaped, with what was found in <mark>."""
    safe = str(conditional_escape(text))
    return mark_safe(safe.replace(BEGIN, "<mark>").replace(END, "</mark>"))  # noqa: S308  escaped


def hits_words(counted: Iterable[int | None], most: int, shown: int) -> str:
    """How many hits there are, as far as `counted` (by kind) knows: None was not counted, more than
    `most` only so far. `shown` are on the page; nothing is counted for this sentence."""
    known = list(counted)
    number = sum(min(one, most) for one in known if one is not None)
    is_more = any(one is None or one > most for one in known)
    if is_more and number < shown:
        number = shown
    if is_more and number:
        words = ngettext("more than %(count)s hit", "more than %(count)s hits", number)
    elif is_more:
        return ""
    else:
        words = ngettext("%(count)s hit", "%(count)s hits", number)
    return words % {"count": number_format(number, force_grouping=True)}
