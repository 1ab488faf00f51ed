"""Template tags of the pages: icons, the window ring, and the sentences the scripts need."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from inbox.window import WindowView

register = template.Library()


@register.simple_tag
def icon(name: str, classes: str = "", label: str = "") -> SafeString:
    """One icon of the sprite `static/icons.svg`.

    `name` is listed in tools/icons.txt; `classes` come after `i` ("i-s" is the small one, "i-f" a
    filled one, "tick tick-read" a tick). With a `label` it speaks for itself, without one it is
    silent and the words beside it speak.
    """
    css = f"i {classes}".strip()
    href = f"{static('icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>', css, label, href
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', css, href)


@register.simple_tag
def site_name() -> str:
    """What the pages call themselves: the company's name where the settings give one."""
    return str(getattr(settings, "SITE_NAME", "") or _("Helpdesk"))


@register.simple_tag
def window_view(expires_at: datetime | None) -> WindowView:
    """How the customer service window that ends at `expires_at` (aware) stands now."""
    return WindowView.at(expires_at, timezone.now())


@register.simple_tag
def script_strings() -> SafeString:
    """The sentences of static/js/, in the page's language, as `<script id="strings">` data."""
    return json_script(
        {
            "hours_left": _("%(hours)s h %(minutes)s min left"),
            "minutes_left": _("%(minutes)s min left"),
            "hours_brief": _("%(hours)s h %(minutes)s"),
            "minutes_brief": _("%(minutes)s min"),
            "window_closed": _("Window closed"),
        },
        "strings",
    )
