"""The sentences that the scripts of static/js/ say, by key. `t("key", {gap: value})` fills gaps."""

from __future__ import annotations

from django.utils.translation import gettext as _


def script_strings() -> dict[str, str]:
    """In the language of the moment."""
    return {
        # time.js
        "hours_left": _("%(hours)s h %(minutes)s min left"),
        "minutes_left": _("%(minutes)s min left"),
        "hours_brief": _("%(hours)s h %(minutes)s"),
        "minutes_brief": _("%(minutes)s min"),
        "window_closed": _("Window closed"),
        # thread.js, composer.js, uploads.js, player.js, lightbox.js
        "today": _("Today"),
        "one_new": _("1 new message"),
        "many_new": _("%(count)s new messages"),
        "not_reached": _("Not sent – no connection."),
        "try_again": _("Try again"),
        "went_wrong": _("That did not work. Please try again."),
        "too_long": _("%(count)s characters too many."),
        "remove": _("Remove %(name)s"),
        "discard": _("Discard"),
        "ready": _("ready"),
        "sent_of": _("%(done)s of %(total)s"),
        "too_large": _("%(size)s, allowed are %(limit)s"),
        "play": _("Play voice note"),
        "pause": _("Pause"),
        "quote": _("Quote"),
        "photo_of": _("Photo %(number)s of %(count)s"),
        # live/
        "rows_new": _("%(count)s new"),
        "back": _("Back online."),
        "back_one": _("Back online. 1 message arrived while you were away."),
        "back_many_of_one": _(
            "Back online. %(messages)s messages of one customer arrived while you were away."
        ),
        "back_many": _(
            "Back online. %(messages)s messages in %(conversations)s conversations arrived while "
            "you were away."
        ),
    }
