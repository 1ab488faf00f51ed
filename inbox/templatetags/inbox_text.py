"""Template filters for words: WhatsApp's formatting, times in rows, day lines, file sizes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _

from contacts import numbers
from conversations.models import Note
from inbox.snooze_times import brief_moment

register = template.Library()

# Code first: nothing inside it is formatted again. Text is escaped before, so "<" cannot occur.
_BLOCK = re.compile(r"```(.+?)```", re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_QUOTE = re.compile(r"^(?:&gt; ?(?=\S).*(?:\n|$))+", re.MULTILINE)
_QUOTED = re.compile(r"^&gt; ?", re.MULTILINE)
_BULLET = re.compile(r"^- (?=\S)", re.MULTILINE)
_LINK = re.compile(r"https?://(?:(?!&quot;|&#x27;|&lt;|&gt;)[^\s])+[^\s.,;:!?)\]}*_~&]")
_MARKS = (
    (re.compile(r"(?<![\w*])\*(?![\s*])([^*\n]*[^\s*])\*(?![\w*])"), "b"),
    (re.compile(r"(?<![\w_])_(?![\s_])([^_\n]*[^\s_])_(?![\w_])"), "i"),
    (re.compile(r"(?<![\w~])~(?![\s~])([^~\n]*[^\s~])~(?![\w~])"), "s"),
)
KIB = 1024
FILE_KINDS = {
    "application/pdf": "PDF",
    "application/msword": "Word",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "application/vnd.ms-excel": "Excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
    "application/vnd.ms-powerpoint": "PowerPoint",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint",
    "text/plain": "Text",
}


@register.filter
def whatsapp_text(text: str) -> SafeString:
    """WhatsApp's *bold*, _italic_, ~strike~ and `code`, lists and quotes as HTML, links
    as links, all else escaped.

    Lines stay lines by CSS (`white-space: pre-wrap`).
    """
    words = _cut(str(escape(text)), _BLOCK, _quotes, _code)
    return mark_safe(words)  # noqa: S308  escaped above, tags are ours


@register.filter
def note_text(note: Note) -> SafeString:
    """The text of a note, escaped, with those it means marked."""
    escaped = str(escape(note.text))
    names = sorted((str(escape(name)) for name in note.mentioned_names), key=len, reverse=True)
    if names:
        pattern = rf"(?<![\w.@])@({'|'.join(map(re.escape, names))})(?!\w|-\w)"
        escaped = re.sub(pattern, r"<mark>@\1</mark>", escaped)
    return mark_safe(escaped)  # noqa: S308  escaped above, tags are ours


def _cut(
    escaped: str,
    pattern: re.Pattern[str],
    plain: Callable[[str], str],
    special: Callable[[re.Match[str]], str],
) -> str:
    """What lies between goes through `plain`, what matches through `special`."""
    parts: list[str] = []
    end = 0
    for match in pattern.finditer(escaped):
        parts += [plain(escaped[end : match.start()]), special(match)]
        end = match.end()
    return "".join([*parts, plain(escaped[end:])])


def _code(match: re.Match[str]) -> str:
    return f"<code>{match[1]}</code>"


def _quotes(escaped: str) -> str:
    """Lines behind ">" as one quote; its own line break is the block's."""

    def quote(match: re.Match[str]) -> str:
        said = _QUOTED.sub("", match[0]).removesuffix("\n")
        return f"<blockquote>{_lines(said)}</blockquote>"

    return _cut(escaped, _QUOTE, _lines, quote)


def _lines(escaped: str) -> str:
    return _cut(_BULLET.sub("• ", escaped), _CODE, _formatted, _code)


def _formatted(escaped: str) -> str:
    """Links and marks in already escaped text without code."""
    parts: list[str] = []
    end = 0
    for match in _LINK.finditer(escaped):
        link = f'<a href="{match[0]}" target="_blank" rel="noopener noreferrer">{match[0]}</a>'
        parts += [_marked(escaped[end : match.start()]), link]
        end = match.end()
    parts.append(_marked(escaped[end:]))
    return "".join(parts)


def _marked(escaped: str) -> str:
    for pattern, tag in _MARKS:
        escaped = pattern.sub(rf"<{tag}>\1</{tag}>", escaped)
    return escaped


@register.filter
def row_time(moment: datetime | None) -> str:
    """When, as briefly as a list row wants it: 10:45, yesterday, Wed, 12.03., 12.03.2025."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    today = timezone.localdate()
    if local.date() >= today:
        return date_format(local, "H:i")
    if local.date() == today - timedelta(days=1):
        return _("yesterday")
    if local.date() > today - timedelta(days=7):
        return date_format(local, "D")
    if local.year == today.year:
        return date_format(local, "d.m.") if _is_german() else date_format(local, "j M")
    return date_format(local, "d.m.Y") if _is_german() else date_format(local, "j M Y")


@register.filter
def local_day(moment: datetime) -> date:
    """The day on which `moment` fell here."""
    return timezone.localtime(moment).date()


@register.filter
def day_line(day: date) -> str:
    """The words of a day line: Today, Yesterday, Friday, 20 November, with the year if another."""
    today = timezone.localdate()
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    pattern = "l, j. F" if _is_german() else "l, j F"
    return date_format(day, pattern if day.year == today.year else f"{pattern} Y")


@register.filter
def moment_words(moment: datetime | None) -> str:
    """A moment in a sentence: "today at 10:45", "Wednesday, 18 November at 14:02"."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    today = timezone.localdate()
    clock = date_format(local, "H:i")
    if local.date() == today:
        return _("today at %(time)s") % {"time": clock}
    if local.date() == today - timedelta(days=1):
        return _("yesterday at %(time)s") % {"time": clock}
    return _("on %(day)s at %(time)s") % {"day": day_line(local.date()), "time": clock}


@register.filter
def short_date(moment: datetime | None) -> str:
    """22.11.2026 or 22 Nov 2026."""
    if moment is None:
        return ""
    return date_format(timezone.localtime(moment), "d.m.Y" if _is_german() else "j M Y")


@register.filter
def file_size(size: int | None) -> str:
    """3.2 MB, 12 KB; empty when nobody knows."""
    if not size:
        return ""
    if size < KIB * KIB:
        return f"{max(1, round(size / KIB))} KB"
    return f"{number_format(round(size / KIB / KIB, 1), decimal_pos=1)} MB"


@register.filter
def first_name(name: str) -> str:
    """How colleagues call each other: "Jana" for "Jana Petersen"."""
    return name.split(" ", maxsplit=1)[0] if name else ""


@register.filter
def spelled(number: str) -> str:
    """A phone number as people write it."""
    return numbers.spelled(number)


@register.filter
def language_name(code: str) -> str:
    """The language's name for "de" or "de_AT"; the code itself where Django has no name for it."""
    try:
        return str(get_language_info(code.replace("_", "-").lower())["name_translated"])
    except KeyError:
        return code


@register.filter
def file_kind(mime_type: str) -> str:
    """PDF for application/pdf; what nobody says in words is left out."""
    return FILE_KINDS.get(mime_type.partition(";")[0].strip(), "")


def _is_german() -> bool:
    return (get_language() or "").startswith("de")


@register.filter
def snooze_end(moment: datetime | None) -> str:
    """Mon 08:00, or with the date when it is further away."""
    return brief_moment(timezone.localtime(moment)) if moment else ""


@register.filter
def local_input(moment: datetime | None, zone: str) -> str:
    """`moment` as a browser's field for date and time takes it, in `zone`."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}" if moment else ""


@register.filter
def color_name(color: str) -> str:
    names = {
        "blue": _("blue"),
        "brown": _("brown"),
        "green": _("green"),
        "pink": _("pink"),
        "grey": _("grey"),
    }
    return names.get(color, color)
