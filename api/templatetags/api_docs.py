"""What the page `/api/docs/` says in code: words in backticks, and command lines."""

from __future__ import annotations

import re
import shlex

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from api.documentation import Operation

register = template.Library()

TICKED = re.compile(r"`([^`]+)`")


@register.filter
def ticked(text: object) -> SafeString:
    """`text` escaped, with what stands in backticks as `<code>`."""
    return mark_safe(TICKED.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S308  # escaped


@register.filter
def breakable(path: str) -> SafeString:
    """`path` escaped, with room for a new line after each slash."""
    return mark_safe(str(escape(path)).replace("/", "/<wbr>"))  # noqa: S308  # escaped


@register.simple_tag
def curl(operation: Operation, base: str) -> str:
    """The shell command that calls `operation` at `base`, its token in `$TOKEN`."""
    url = shlex.quote(f"{base}{operation.example_path}")
    lines = ['curl -H "Authorization: Bearer $TOKEN"']
    if operation.body is not None and operation.body.is_form:
        lines.append("-F file=@koffer.jpg")
    elif operation.body is not None:
        lines.append('-H "Content-Type: application/json"')
        if operation.method != "POST":
            lines.append(f"-X {operation.method}")
        lines.append(f"-d {shlex.quote(operation.body.examples[0].body)}")
    if operation.id == "media_retrieve":
        lines.append("-OJ")
    return " \\\n  ".join([*lines, url])
