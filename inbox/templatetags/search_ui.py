"""Template filters of search results."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from inbox import search_words

register = template.Library()


@register.filter
def marked(text: str) -> SafeString:
    """What was found, escaped, with its words in <mark>."""
    return search_words.marked(text)
