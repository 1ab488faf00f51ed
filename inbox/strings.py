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
        "copied": _("Copied"),
        "too_long": _("%(count)s characters too many."),
        "remove": _("Remove %(name)s"),
        "discard": _("Discard"),
        "ready": _("ready"),
        "being_prepared": _("is being prepared"),
        "as_document": _("Send as a document"),
        "sent_of": _("%(done)s of %(total)s"),
        "too_large": _("%(size)s, allowed are %(limit)s"),
        "play": _("Play voice note"),
        "pause": _("Pause"),
        "time_of": _("%(at)s of %(length)s"),
        "quote": _("Quote"),
        "photo_of": _("Photo %(number)s of %(count)s"),
        # voice-recorder.js
        "voice_note": _("Voice note"),
        "rec_running": _("Recording"),
        "rec_paused": _("Paused"),
        "rec_playing": _("Playing"),
        "rec_sending": _("is being sent"),
        "rec_full": _("A voice note can be five minutes long."),
        "rec_pause": _("Pause the recording"),
        "rec_resume": _("Go on recording"),
        "rec_listen": _("Listen"),
        "rec_stop": _("Stop"),
        "mic_refused": _(
            "The browser does not let us use the microphone. Please allow it in the address bar "
            "and try again."
        ),
        "mic_missing": _("No microphone was found."),
        "mic_insecure": _("Recording needs a secure connection (https)."),
        "mic_broken": _("The recording failed. Is another program using the microphone?"),
        # kinds.js, attach.js, emoji.js
        "place_refused": _("The browser does not let us know where you are."),
        "place_missing": _("This device could not find out where it is."),
        "wrong_kind": _("This file is of another kind than the template needs."),
        "found": _("%(count)s found"),
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
