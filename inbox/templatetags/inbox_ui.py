"""Template tags of the pages: icons, ticks, the window ring, and what the scripts need to say."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import template
from django.conf import settings
from django.template import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import Agent, Preferences
from accounts.preferences import preferences_of
from consent.models import ConsentRecord
from consent.our_numbers import OurNumbers
from conversations.models import (
    Conversation,
    Direction,
    Event,
    Media,
    Message,
    Reaction,
    Status,
)
from conversations.services.annotations import list_of_earlier
from conversations.services.reading import own_unread as unread_for
from conversations.services.reply import may_send_again
from inbox import cards, event_words, strings
from inbox.media_look import MediaLook
from inbox.media_look import media_look as look_of
from inbox.notifications import unread_count
from inbox.preview import Preview, preview
from inbox.sla import SlaView
from inbox.ticks import TICKS
from inbox.window import WindowView

register = template.Library()

LABEL_HUES = {"blue": "label-1", "pink": "label-2", "brown": "label-3", "green": "label-4"}


@register.simple_tag
def icon(name: str, classes: str = "", label: str = "") -> SafeString:
    """One icon of the sprite `static/icons.svg`.

    `name` is listed in tools/icons.txt; `classes` come after `i` ("i-s" is the small one, "i-f" a
    filled one). With a `label` it speaks for itself, without one the words beside it speak.
    """
    css = f"i {classes}".strip()
    href = f"{static('icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>', css, label, href
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', css, href)


@register.simple_tag
def tick(message: Message) -> SafeString | str:
    """The delivery tick of an outbound message, with its word; nothing for an inbound one."""
    if message.is_inbound:
        return ""
    look = TICKS[Status(message.status)]
    return icon(look.icon, f"tick tick-{message.status}", str(look.words))


@register.simple_tag(takes_context=True)
def unread_notifications(context: Context, agent: Agent) -> int:
    """The number at the agent's bell; a page that has counted it says so."""
    counted: int | None = context.get("unread_notifications")
    return unread_count(agent) if counted is None else counted


@register.simple_tag
def attention_of(agent: Agent) -> Preferences:
    """How the agent wants to be told."""
    return preferences_of(agent)


@register.simple_tag
def site_name() -> str:
    """What the pages call themselves: the company's name where the settings give one."""
    return str(settings.SITE_NAME)


@register.simple_tag
def window_view(conversation: Conversation) -> WindowView:
    """How the customer service window of `conversation` stands now."""
    return WindowView.of(conversation.window, timezone.now())


@register.simple_tag
def sla_view(conversation: Conversation) -> SlaView:
    """How the promise of the service level stands now."""
    return SlaView.of(conversation, timezone.now())


@register.simple_tag
def own_unread(conversation: Conversation) -> int:
    """What is unread for the agent a row is drawn for, for all where it is drawn for all."""
    return unread_for(conversation, getattr(conversation, "seen_count", None))


@register.filter
def day_and_time(moment: datetime) -> str:
    """As "Mon 08:00" within a week, the date beyond."""
    local = timezone.localtime(moment)
    near = abs(local - timezone.now()) < timedelta(days=6)
    return date_format(local, "D H:i" if near else "SHORT_DATE_FORMAT")


@register.filter
def label_hue(color: str) -> str:
    """The class of a label's colour; empty for the colourless one."""
    return LABEL_HUES.get(color, "")


@register.simple_tag
def extras(message: Message) -> cards.Extras:
    """What stands around the text of `message`: cards, origins, offered buttons."""
    return cards.extras(message)


@register.simple_tag
def media_look(media: Media | None) -> MediaLook | None:
    """How a file stands in its bubble."""
    return look_of(media)


@register.filter
def template_body(message: Message) -> str:
    """A template's body with its values."""
    return cards.template_body(message)


@register.simple_tag
def one_line(message: Message | None) -> Preview:
    """`message` in one line, for rows and quotes."""
    return preview(message)


@register.filter
def given_to(record: ConsentRecord) -> str:
    """Which of our numbers a consent was given to, and which goes on for it."""
    return OurNumbers.describe(record.business_number)


@register.filter
def can_go_again(message: Message) -> bool:
    """Whether "send again" is offered."""
    return may_send_again(message)


@register.filter
def waits_until(message: Message) -> str:
    """The day and time before which a queued message does not leave; "" when it has none ahead.

    Always with its day: the bubble is drawn once and may be read tomorrow.
    """
    moment = message.scheduled_at
    if message.status != Status.QUEUED or moment is None or moment <= timezone.now():
        return ""
    if message.is_held:
        return ""  # for seconds, which the composer counts
    local = timezone.localtime(moment)
    return f"{date_format(local, 'MONTH_DAY_FORMAT')}, {date_format(local, 'H:i')}"


@register.simple_tag
def earlier_version(message: Message) -> str:
    """When the version before the last edit was written, as a clock time; "" for one never edited.

    Only when: what it said is asked for by those who may see it.
    """
    earlier = list_of_earlier(message)
    last = earlier[-1] if earlier else None
    at = parse_datetime(str(last.get("at", ""))) if isinstance(last, dict) else None
    return date_format(timezone.localtime(at), "H:i") if at else ""


@register.simple_tag
def reaction_words(reaction: Reaction, message: Message) -> str:
    """Who reacted how, for tooltips and screen readers."""
    if reaction.direction == Direction.INBOUND:
        who = message.conversation.contact.display_name
    elif reaction.agent:
        who = reaction.agent.name
    else:
        return _("Reaction from the business phone: %(emoji)s") % {"emoji": reaction.emoji}
    return _("Reaction by %(who)s: %(emoji)s") % {"who": who, "emoji": reaction.emoji}


@register.simple_tag
def event_sentence(event: Event) -> SafeString:
    """What a line between the messages says."""
    return event_words.sentence(event)


@register.filter
def event_icon(event: Event) -> str:
    return event_words.icon_of(event)


@register.simple_tag
def script_strings() -> SafeString:
    """What the scripts need to say, in the page's language, as data in `<script id="strings">`."""
    return json_script(strings.script_strings(), "strings")
