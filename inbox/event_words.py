"""What a line between the messages says: who assigned, resolved, reopened or merged, that a
customer called, that their number has changed (the numbers stand in the contact pane), and by
which link of ours they came."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import Agent, Team
from consent.models import Source, Topic
from conversations.models import BusinessNumber, ChatLink, Conversation, Event, EventName, SlaTarget
from conversations.services.incidents import SECURITY_CODE
from inbox import state_words

ICONS = {
    EventName.CONVERSATION_ASSIGNED: "user-plus",
    EventName.CONVERSATION_RESOLVED: "check",
    EventName.CONVERSATION_REOPENED: "rotate",
    EventName.CONVERSATION_FOLLOWS: "history",
    EventName.CONVERSATION_SNOOZED: "zzz",
    EventName.CONVERSATION_WOKEN: "alarm",
    EventName.CONVERSATION_PRIORITISED: "flag",
    EventName.CONVERSATION_MERGED: "users",
    EventName.CONVERSATION_MOVED: "arrow-right",
    EventName.CONTACT_CHANGED: "user",
    EventName.CALL_ENDED: "phone-incoming",
    EventName.CONSENT_CHANGED: "shield-check",
    EventName.CONVERSATION_LINKED: "qrcode",
    EventName.CONVERSATION_RATED: "mood-smile",
    EventName.SLA_BREACHED: "alarm",
}


# Their sentences name the customer.
_OF_CUSTOMERS = (
    *(EventName.CONTACT_CHANGED, EventName.CALL_ENDED, EventName.CONSENT_CHANGED),
    EventName.CONVERSATION_RATED,
)


def icon_of(event: Event) -> str:
    if event.name == EventName.CALL_ENDED and not event.data.get("answered"):
        return "phone-x"
    if event.data.get("change") == SECURITY_CODE:
        return "shield-check"
    return ICONS.get(EventName(event.name), "info-circle")


def attach_names(events: Iterable[Event]) -> None:
    """Load the names that `events` speak of in a few queries, instead of some for each."""
    events = list(events)
    agents = Agent.objects.in_bulk(_ids(events, "to_assignee"))
    # Every assignment names its team; only a new one is spoken of.
    teams = Team.objects.in_bulk(_ids([row for row in events if _moved(row)], "to_team"))
    customers = _customers([row for row in events if row.name in _OF_CUSTOMERS])
    numbers = BusinessNumber.objects.in_bulk(_ids(events, "to_number"))
    links = ChatLink.objects.in_bulk(_ids(events, "chat_link"))
    topics = _topics(events)
    state_words.attach_reasons(events)
    for event in events:
        event.chat_link = links.get(event.data.get("chat_link"))  # type: ignore[attr-defined]
        event.topic_names = topics  # type: ignore[attr-defined]
        number = numbers.get(event.data.get("to_number"))
        event.number_name = str(number or "")  # type: ignore[attr-defined]
        event.customer_name = customers.get(event.conversation_id, "")  # type: ignore[attr-defined]
        event.spoken_names = (  # type: ignore[attr-defined]
            {pk: agent.name for pk, agent in agents.items()},
            {pk: team.name for pk, team in teams.items()},
        )


def sentence(event: Event) -> SafeString:
    """One line, with names in bold."""
    if not hasattr(event, "spoken_names"):
        attach_names([event])
    by = event.actor.name if event.actor else ""
    if event.name in state_words.SENTENCES:
        return state_words.SENTENCES[EventName(event.name)](event)
    if event.name == EventName.CONVERSATION_REOPENED:
        return _say(_("{by} reopened the conversation"), _("Reopened by a new message"), by=by)
    if event.name == EventName.CONVERSATION_MERGED:
        return _merged(event, by)
    if event.name == EventName.CONVERSATION_MOVED:
        return _moved_on(event)
    if event.name == EventName.CONTACT_CHANGED:
        return _contact_changed(event)
    if event.name == EventName.CALL_ENDED:
        return _called(event)
    if event.name == EventName.CONSENT_CHANGED:
        return _consent_changed(event)
    if event.name == EventName.CONVERSATION_LINKED:
        return _came_by(event)
    if event.name == EventName.CONVERSATION_RATED:
        return _rated(event)
    if event.name == EventName.SLA_BREACHED:
        return _missed(event)
    return _assigned(event, by)


def _moved_on(event: Event) -> SafeString:
    pattern = _(
        "Our number was replaced. It goes on with {to}; the window opens when the customer writes"
        " there."
    )
    return _say(pattern, pattern, by="", to=event.number_name)  # type: ignore[attr-defined]


def _merged(event: Event, by: str) -> SafeString:
    if event.data.get("into"):
        return _say(
            _("{by} merged this customer with another one. It goes on in the other conversation."),
            _("The same customer has a newer conversation. It goes on there."),
            by=by,
        )
    return _say(
        _("{by} merged another conversation of this customer into this one"),
        _("Another conversation turned out to be this customer's. It goes on here."),
        by=by,
    )


def _contact_changed(event: Event) -> SafeString:
    name = event.customer_name  # type: ignore[attr-defined]
    patterns = {
        "number": _("{by} changed the phone number"),
        "account": _("{by} changed the WhatsApp account; the phone number is hidden"),
        "lost": _("The phone number of {by} belongs to somebody else now"),
        SECURITY_CODE: _("The security code of {by} changed"),
    }
    pattern = patterns.get(str(event.data.get("change")), _("{by} changed the phone number"))
    return _say(pattern, pattern, by=name)


def _consent_changed(event: Event) -> SafeString:
    name = event.customer_name  # type: ignore[attr-defined]
    keys = event.data.get("topics")
    keys = keys if isinstance(keys, list) else []
    known = event.topic_names  # type: ignore[attr-defined]
    topics = ", ".join(known.get(key, key) for key in keys if key)
    if event.data.get("on_word"):
        return _consent_on_word(event, topics, "" in keys)
    own_page = event.data.get("by") == Source.OWN_PAGE
    if event.data.get("change") == "granted":
        pattern = _("{by} subscribed to {to}")
    elif event.data.get("change") == "renewed":
        pattern = _("{by} agreed to the new words about {to}")
    elif "" in keys:
        pattern = _("{by} withdrew every consent to marketing")
    else:
        pattern = _("{by} unsubscribed from {to}")
    told = _say(pattern, pattern, by=name, to=topics)
    return format_html("{} ({})", told, _("on their own page")) if own_page else told


def _consent_on_word(event: Event, topics: str, everything: bool) -> SafeString:
    """An agent or another system wrote down what the customer said."""
    by = event.actor.name if event.actor else ""
    if event.data.get("change") == "granted":
        pattern = _("{by} noted that the customer agreed to {to}")
        without = _("The customer agreed to {to}, as was noted")
    elif everything:
        pattern = _("{by} noted that the customer withdrew every consent to marketing")
        without = _("The customer withdrew every consent to marketing, as was noted")
    else:
        pattern = _("{by} noted that the customer no longer wants {to}")
        without = _("The customer no longer wants {to}, as was noted")
    return _say(pattern, without, by=by, to=topics)


def _came_by(event: Event) -> SafeString:
    link: ChatLink | None = event.chat_link  # type: ignore[attr-defined]
    if link is None or not link.campaign:
        pattern = _("Came by the link or QR code {to}")
    else:
        pattern = _("Came by the link or QR code {to} (campaign {campaign})")
    return format_html(
        pattern,
        to=format_html("<b>{}</b>", link or ""),
        campaign=link.campaign if link else "",
    )


def _rated(event: Event) -> SafeString:
    """With stars to look at, and the figure to be read out."""
    score, most = event.data.get("score"), event.data.get("of")
    if not isinstance(score, int) or not isinstance(most, int):
        score, most = 0, 0
    said = format_html(
        '<span aria-hidden="true">{}</span> <span class="sr-only">{}</span>',
        "★" * score + "☆" * (most - score),
        _("%(score)s of %(most)s stars") % {"score": score, "most": most},
    )
    pattern = _("{by} rated the service: {to}")
    return _say(pattern, pattern, by=event.customer_name, to=said)  # type: ignore[attr-defined]


def _missed(event: Event) -> SafeString:
    target = event.data.get("target")
    to = str(SlaTarget(target).label) if target in SlaTarget.values else ""
    if event.data.get("escalated"):
        pattern = _("Service level missed for too long: {to}")
    else:
        pattern = _("Service level missed: {to}")
    return _say(pattern, pattern, by="", to=to)


def _called(event: Event) -> SafeString:
    name = event.customer_name  # type: ignore[attr-defined]
    seconds = event.data.get("duration_s")
    if not event.data.get("answered") or not isinstance(seconds, int):
        pattern = _("Missed call of {by}")
        return _say(pattern, pattern, by=name)
    pattern = _("{by} called, {to}")
    length = _("%(minutes)s min %(seconds)s s") % {
        "minutes": seconds // 60,
        "seconds": seconds % 60,
    }
    return _say(pattern, pattern, by=name, to=length)


def _assigned(event: Event, by: str) -> SafeString:
    if event.data.get("rule"):
        return _assigned_by_rule(event)
    agents, teams = event.spoken_names  # type: ignore[attr-defined]
    data = event.data
    if _moved(event):
        to = teams.get(data.get("to_team"), "")
        if to:
            return _say(_("{by} handed over to {to}"), _("Handed over to {to}"), by=by, to=to)
        return _say(_("{by} took the team away"), _("Without a team"), by=by)
    to = agents.get(data.get("to_assignee"), "")
    if not to:
        return _say(_("{by} unassigned the conversation"), _("Unassigned"), by=by)
    if data.get("by_itself"):
        return _say(_("{by} had it handed out: {to}"), _("Handed out to {to}"), by=by, to=to)
    if data.get("to_assignee") == event.actor_id:
        return _say(_("{by} took over"), _("Assigned to {to}"), by=by, to=to)
    return _say(_("{by} assigned {to}"), _("Assigned to {to}"), by=by, to=to)


def _assigned_by_rule(event: Event) -> SafeString:
    agents, teams = event.spoken_names  # type: ignore[attr-defined]
    moved = _moved(event)
    names, key = (teams, "to_team") if moved else (agents, "to_assignee")
    to = names.get(event.data.get(key), "")
    if not to:
        pattern = _("Unassigned by the rule “{rule}”")
    elif moved:
        pattern = _("Handed over to {to} by the rule “{rule}”")
    else:
        pattern = _("Assigned to {to} by the rule “{rule}”")
    return format_html(pattern, to=format_html("<b>{}</b>", to), rule=str(event.data["rule"]))


def _moved(event: Event) -> bool:
    """Whether the conversation went to another team."""
    return bool(event.data.get("from_team") != event.data.get("to_team"))


def _say(with_actor: str, without: str, by: str, to: str = "") -> SafeString:
    pattern = with_actor if by else without
    return format_html(pattern, by=format_html("<b>{}</b>", by), to=format_html("<b>{}</b>", to))


def _customers(events: list[Event]) -> dict[UUID, str]:
    """The customers' names by conversation."""
    if not events:
        return {}
    rows = Conversation.objects.filter(pk__in={event.conversation_id for event in events})
    found = rows.select_related("contact").prefetch_related("contact__identities")
    return {row.pk: row.contact.display_name for row in found}


def _topics(events: list[Event]) -> dict[str, str]:
    """The topics' names by key, when one of the events speaks of them."""
    if not any(event.name == EventName.CONSENT_CHANGED for event in events):
        return {}
    return {topic.key: str(topic) for topic in Topic.objects.all()}


def _ids(events: list[Event], key: str) -> set[int]:
    return {event.data[key] for event in events if isinstance(event.data.get(key), int)}
