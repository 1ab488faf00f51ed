"""What the thread says of the work on it: resolved and why, snoozed, back, urgent, begun anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from conversations.models import Event, EventName, Priority, ResolveReason
from conversations.services.standing import BY_CUSTOMER


def attach_reasons(events: Iterable[Event]) -> None:
    """Give events `resolve_reason`; one query where one of them has any."""
    rows = [row for row in events if row.name == EventName.CONVERSATION_RESOLVED]
    wanted = {pk for row in rows if isinstance(pk := row.data.get("reason"), int)}
    found = ResolveReason.objects.in_bulk(wanted) if wanted else {}
    for row in rows:
        row.resolve_reason = found.get(row.data.get("reason"))  # type: ignore[attr-defined]


def _resolved(event: Event) -> SafeString:
    reason: ResolveReason | None = event.resolve_reason  # type: ignore[attr-defined]
    if reason is None:
        return _say(event, _("{by} resolved the conversation"), _("Resolved"))
    named = format_html("<b>{}</b>", reason.name_in(get_language()))
    return _say(
        event, _("{by} resolved the conversation: {reason}"), _("Resolved: {reason}"), reason=named
    )


def _snoozed(event: Event) -> SafeString:
    until = _moment(event.data.get("until"))
    if until is None:
        return _say(
            event,
            _("{by} snoozed the conversation until the customer writes"),
            _("Snoozed until the customer writes"),
        )
    when = format_html('<time datetime="{}">{}</time>', until.isoformat(), _day(until, "D {}, H:i"))
    return _say(
        event, _("{by} snoozed the conversation until {when}"), _("Snoozed until {when}"), when=when
    )


def _woken(event: Event) -> SafeString:
    by_customer = event.data.get("why") == BY_CUSTOMER
    without = _("Back from its snooze: the customer wrote") if by_customer else _("Back, as asked")
    return _say(event, _("{by} ended the snooze"), without)


def _prioritised(event: Event) -> SafeString:
    to = event.data.get("to")
    name = Priority(to).label if to in Priority.values else ""
    to_words = format_html("<b>{}</b>", name)
    if event.data.get("rule"):
        pattern = _("Priority now {to}, by the rule “{rule}”")
        return format_html(pattern, to=to_words, rule=str(event.data["rule"]))
    return _say(event, _("{by} set the priority to {to}"), _("Priority now {to}"), to=to_words)


def _follows(event: Event) -> SafeString:
    at = _moment(event.data.get("resolved_at"))
    try:
        earlier = UUID(str(event.data.get("after")))
    except ValueError:
        return SafeString(_("A new conversation"))
    words = (
        _("earlier conversation, resolved on %(date)s") % {"date": _day(at, "{} Y")}
        if at
        else _("earlier conversation")
    )
    address = reverse("inbox:conversation", args=[earlier])
    link = format_html('<a class="past-link" href="{}">{}</a>', address, words)
    return format_html(_("A new conversation · {earlier}"), earlier=link)


SENTENCES: dict[EventName, Callable[[Event], SafeString]] = {
    EventName.CONVERSATION_RESOLVED: _resolved,
    EventName.CONVERSATION_SNOOZED: _snoozed,
    EventName.CONVERSATION_WOKEN: _woken,
    EventName.CONVERSATION_PRIORITISED: _prioritised,
    EventName.CONVERSATION_FOLLOWS: _follows,
}


def _day(at: datetime, pattern: str) -> str:
    """`pattern` with day and month as the language writes them: 7. Dez, 7 Dec."""
    german = (get_language() or "").startswith("de")
    return str(date_format(at, pattern.format("j. M" if german else "j M")))


def _say(event: Event, with_actor: str, without: str, **gaps: SafeString) -> SafeString:
    by = event.actor.name if event.actor else ""
    return format_html(with_actor if by else without, by=format_html("<b>{}</b>", by), **gaps)


def _moment(value: object) -> datetime | None:
    """In the house's time zone: one line is drawn for all agents."""
    found = parse_datetime(value) if isinstance(value, str) else None
    return timezone.localtime(found) if found else None
