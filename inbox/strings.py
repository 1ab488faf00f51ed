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
        "waits_for_connection": _("Waits for the connection"),
        "went_wrong": _("That did not work. Please try again."),
        "copied": _("Copied"),
        "too_long": _(
            "%(count)s characters too many. Shorten it, or we send %(parts)s messages, split at a "
            "paragraph."
        ),
        "remove": _("Remove %(name)s"),
        "discard": _("Discard"),
        "ready": _("ready"),
        "being_prepared": _("is being prepared"),
        "as_document": _("Send as a document"),
        "sent_of": _("%(done)s of %(total)s"),
        "too_large": _("%(size)s, allowed are %(limit)s"),
        "file_stays": _("%(name)s cannot go along."),
        "file_limit": _("WhatsApp takes files up to %(limit)s. Make it smaller, or send a link."),
        "video_limit": _("WhatsApp takes videos up to %(limit)s. Make it smaller."),
        "video_limit_or": _(
            "WhatsApp takes videos up to %(limit)s. Make it smaller, or send it as a document:"
        ),
        "play": _("Play voice note"),
        "pause": _("Pause"),
        "time_of": _("%(at)s of %(length)s"),
        "quote": _("Quote"),
        "photo_of": _("Photo %(number)s of %(count)s"),
        "photo_number": _("Photo %(number)s"),
        "place_of": _("%(number)s of %(count)s"),
        "zoomed_to": _("%(percent)s percent"),
        # composer.js, undo.js, canned.js, later.js, drafts.js
        "fill_gaps": _("Please fill in first: %(gaps)s."),
        "leaves_in_one": _("Will be sent in 1 second"),
        "leaves_in": _("Will be sent in %(seconds)s seconds"),
        "canned_all": _("Canned responses"),
        "canned_for": _("Canned responses for “%(words)s”"),
        "count_of": _("%(shown)s of %(all)s"),
        "gap_left": _("1 gap left: %(gaps)s"),
        "gaps_left": _("%(count)s gaps left: %(gaps)s"),
        "macro_done": _("%(name)s: done"),
        "no_time": _("Please give a day and a time."),
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
        # find.js, palette.js
        "hit_of": _("%(at)s of %(count)s hits"),
        "no_hit": _("No hit"),
        "not_reached_search": _("No connection."),
        "actions": _("Actions"),
        "actions_for": _("Actions for %(name)s"),
        # together/
        "types_reply": _("%(name)s is writing a reply"),
        "types_note": _("%(name)s is writing a note"),
        "answer_anyway": _("%(name)s is writing, you can answer all the same"),
        "reads_along": _("%(name)s is reading along"),
        # live/
        "rows_new": _("%(count)s new"),
        "while_away": _("Arrived while you were offline"),
        "show_next": _("Show the next one"),
        "show_it": _("Show"),
        "sla_missed": _("SLA missed"),
        "sla_in": _("SLA in %(time)s"),
        # filters.js, bulk.js
        "where": _("Where"),
        "and": _("and"),
        "field_of": _("Field, condition %(number)s"),
        "op_of": _("Comparison, condition %(number)s"),
        "value_of": _("Value, condition %(number)s"),
        "add_value": _("Add a value"),
        "one_found": _("1 conversation"),
        "many_found": _("%(count)s conversations"),
        "more_found": _("more than %(count)s conversations"),
        "nobody_team": _("Choose a team"),
        "days": _("days"),
        "selected": _("%(count)s selected"),
        "all_of": _("all %(count)s"),
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
