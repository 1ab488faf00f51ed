"""Meta's error codes in one table: whether trying again helps, the words, and what else follows.

Source: reference, section 12. The words say what the agent can do, where they can do anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conversations.models import TemplateStatus
from whatsapp.alarm_kinds import Alarm


class Retry(Enum):
    """Whether sending the same again can help."""

    NO = "no"
    SOON = "soon"  # after the usual back-off, until it would be too late
    FEW = "few"  # likewise, a few times
    ONCE = "once"  # one more time
    SLOWLY = "slowly"  # a limit that takes minutes to recover
    PAIR = "pair"  # too fast for one customer: 4^attempt seconds
    LATER = "later"  # a template may be tried again after minutes or hours: see `Park`


@dataclass(frozen=True)
class Park:
    """How long a template waits after a code that says "later": `first_s`, then each time
    `growth` times as long, until it was refused for `tries` times in all.

    The times are the shortest: whatever else happens, it does not leave before (`parking.py`).
    """

    first_s: float
    growth: float
    tries: int


@dataclass(frozen=True)
class Meaning:
    """What a code means. `words` are said when it is final, `waiting` while it is tried again.

    `hold_s`: nothing leaves from the number for so long (longer when it goes on). `wait_s`: Meta
    says how long. `alarm`: what an admin is told. `template`: what the template's state is now.
    `withdraws`: the customer has withdrawn marketing.
    """

    retry: Retry
    words: Promise | str
    alarm: Alarm | None = None
    wait_s: float | None = None
    hold_s: float | None = None
    template: TemplateStatus | None = None
    withdraws: bool = False
    waiting: Promise | str | None = None
    park: Park | None = None


def no(words: Promise | str, alarm: Alarm | None = None) -> Meaning:
    """A clear no."""
    return Meaning(Retry.NO, words, alarm)


def passing(
    retry: Retry,
    words: Promise | str,
    waiting: Promise | str,
    alarm: Alarm | None = None,
    *,
    wait_s: float | None = None,
    hold_s: float | None = None,
) -> Meaning:
    """What is over after a while, so that sending the same again helps."""
    return Meaning(retry, words, alarm, wait_s, hold_s, waiting=waiting)


HOUR_S = 3600.0
# "Wait at least 24 hours"; after a week of it the customer is not to be reached by marketing.
PARK_CUSTOMER = Park(24 * HOUR_S, 2.0, tries=4)
# No time is published ("after the enforcement period"): asked for now and then, for two days.
PARK_ACCOUNT = Park(6 * HOUR_S, 2.0, tries=4)
# A first pause takes three hours, a second one six; the third is for ever, with another code.
PARK_PAUSED = Park(6 * HOUR_S, 1.0, tries=2)
# "Try again in ten minutes."
PARK_SYNCING = Park(600.0, 1.0, tries=4)

_TOKEN = _("WhatsApp does not accept our access token. Please tell an administrator.")
_PERMISSION = _("Our WhatsApp account lacks the permission for this. Please tell an administrator.")
_BUSY = (
    _("WhatsApp was too busy to take the message. Please send it again."),
    _("WhatsApp is busy; the message is tried again."),
)
_TOO_FAST = (
    _("We sent too fast for WhatsApp. Please send the message again in a few minutes."),
    _("We are sending too fast; the message is tried again."),
)
_PAYMENT = _(
    "WhatsApp stopped our messages because of a payment problem. Please tell an administrator."
)
_BAD = _("WhatsApp refused the message because of its content.")
_TEMPLATE = _(
    "The template's content does not fit what WhatsApp approved. Please check what you filled in."
)
_NUMBER = _("Our business number is not registered with WhatsApp. Please tell an administrator.")
_LOCKED = _("WhatsApp has locked our account. Please tell an administrator.")
_PIN = _("WhatsApp does not accept our number's PIN. Please tell an administrator.")
_PINS = _("Wrong PINs were entered too often or too fast. Please wait before trying again.")
_GROUP = _("WhatsApp refused this message to a group.")
_CALL = _("WhatsApp refused this because of its rules for calls.")
_FLOW = _("WhatsApp refused this form. Please tell an administrator.")
_BLOCKING = _("WhatsApp could not change the list of blocked customers.")
_USERNAME = _("WhatsApp refused our username. Please tell an administrator.")
_SETTING_UP = _("WhatsApp refused a change of our account or templates.")
_RESTRICTED = _("Our account may not send this kind of message. Please tell an administrator.")

# Not Meta's: a file of ours that is not there (any more).
NO_FILE = -2

MEANINGS: dict[int, Meaning] = {
    NO_FILE: no(_("The file of this message is missing.")),
    # -- Access
    0: no(_TOKEN, Alarm.TOKEN),
    3: no(_PERMISSION, Alarm.PERMISSION),
    10: no(_PERMISSION, Alarm.PERMISSION),
    190: no(_TOKEN, Alarm.TOKEN),
    131005: no(_PERMISSION, Alarm.PERMISSION),
    # -- The moment
    1: passing(Retry.FEW, *_BUSY),
    2: passing(Retry.SOON, *_BUSY),
    131000: passing(Retry.FEW, *_BUSY),
    131016: passing(Retry.SOON, *_BUSY),
    131057: passing(
        Retry.SLOWLY,
        _("WhatsApp was maintaining our number. Please send the message again in a few minutes."),
        _("WhatsApp is maintaining our number; it is tried again."),
        wait_s=60.0,
        hold_s=30.0,
    ),
    133004: passing(Retry.SOON, *_BUSY),
    134102: no(_BUSY[0]),
    # -- Too fast
    4: passing(Retry.SLOWLY, *_TOO_FAST, Alarm.API_LIMIT, hold_s=30.0),
    80007: passing(Retry.SLOWLY, *_TOO_FAST, Alarm.API_LIMIT, hold_s=30.0),
    80008: passing(Retry.SLOWLY, *_TOO_FAST, Alarm.API_LIMIT),
    130429: passing(Retry.SOON, *_TOO_FAST, hold_s=1.0),
    131048: passing(
        Retry.SLOWLY,
        _("WhatsApp limits our number because of spam reports. Please tell an administrator."),
        _("WhatsApp limits our number because of spam reports; it is tried again."),
        Alarm.SPAM,
        hold_s=60.0,
    ),
    131056: passing(
        Retry.PAIR,
        _("Too many messages to this customer at once. Please send it again in a few minutes."),
        _("Too many messages to this customer at once; it is tried again."),
    ),
    # -- The account and the number
    33: no(_NUMBER, Alarm.REGISTRATION),
    368: no(_LOCKED, Alarm.LOCKED),
    130497: no(_("Our account may not write to this country."), Alarm.COUNTRY),
    131030: no(_("This test number may write to registered recipients only.")),
    131031: no(_LOCKED, Alarm.LOCKED),
    131037: no(
        _("WhatsApp has not approved our display name yet. Please tell an administrator."),
        Alarm.DISPLAY_NAME,
    ),
    131042: no(_PAYMENT, Alarm.PAYMENT),
    131044: no(_PAYMENT, Alarm.PAYMENT),
    131045: no(_NUMBER, Alarm.REGISTRATION),
    131055: no(_RESTRICTED),
    131063: no(_RESTRICTED, Alarm.MARKETING_OFF),
    133000: no(_NUMBER, Alarm.REGISTRATION),
    133005: no(_PIN),
    133006: no(_NUMBER, Alarm.REGISTRATION),
    133008: no(_PINS),
    133009: no(_PINS),
    133010: no(_NUMBER, Alarm.REGISTRATION),
    133015: Meaning(Retry.SLOWLY, _NUMBER, Alarm.REGISTRATION, wait_s=300.0),
    133016: no(
        _("Our number was registered too often. It can be registered again after three days."),
        Alarm.REGISTRATION,
    ),
    134011: no(_PAYMENT, Alarm.PAYMENT),
    134100: no(_RESTRICTED),
    134101: Meaning(
        Retry.LATER,
        _("WhatsApp is still preparing this template. Please try again in ten minutes."),
        waiting=_("WhatsApp is still preparing this template."),
        park=PARK_SYNCING,
    ),
    # -- The customer
    130403: no(_("This customer is blocked on our business number.")),
    130472: no(
        _(
            "WhatsApp withheld the message from this customer, as one of a group it studies. "
            "Wait until the customer writes."
        )
    ),
    131021: no(_("A number cannot write to itself.")),
    131026: Meaning(
        Retry.ONCE,
        _(
            "The message cannot be delivered: not on WhatsApp, an old app, or we are blocked. "
            "Please try another way to reach the customer."
        ),
    ),
    131047: no(
        _("More than 24 hours have passed since the customer last wrote. Please use a template."),
        Alarm.WINDOW,
    ),
    131049: Meaning(
        Retry.LATER,
        _(
            "WhatsApp withheld it: this customer gets too much marketing already. "
            "Please wait a day at least."
        ),
        waiting=_("WhatsApp withheld it: this customer gets too much marketing already."),
        park=PARK_CUSTOMER,
    ),
    131050: Meaning(
        Retry.NO, _("The customer has stopped marketing messages from us."), withdraws=True
    ),
    131062: no(_("This kind of message needs the customer's phone number. Please ask for it.")),
    137000: no(_("The customer's security code has changed. Please make sure whom you write to.")),
    # -- The message
    100: no(_BAD),
    130501: no(_("Groups do not take this kind of message.")),
    131008: no(_BAD),
    131009: no(_BAD),
    131051: no(_("WhatsApp does not support this kind of message.")),
    131052: no(_("The customer's file could not be fetched. Please ask them to send it again.")),
    131053: no(_("WhatsApp does not accept this file. Please send it in another format.")),
    131060: no(_("This message is not available.")),
    135000: no(_BAD),
    # -- The template
    131064: Meaning(
        Retry.LATER,
        _("WhatsApp limits our templates for the time being. Please try again later."),
        Alarm.TEMPLATE_LIMIT,
        waiting=_("WhatsApp limits our templates for the time being."),
        park=PARK_ACCOUNT,
    ),
    132000: no(_TEMPLATE),
    132001: no(
        _("WhatsApp does not know this template in this language. Please choose another one."),
        Alarm.TEMPLATE_UNKNOWN,
    ),
    132005: no(_("The text is too long once the template is filled in. Please shorten it.")),
    132007: no(
        _("The template violates WhatsApp's policy. Please choose another one."),
        Alarm.TEMPLATE_POLICY,
    ),
    132008: no(_TEMPLATE),
    132012: no(_TEMPLATE),
    132015: Meaning(
        Retry.LATER,
        _("WhatsApp has paused this template because of low quality. Please choose another one."),
        Alarm.TEMPLATE_PAUSED,
        template=TemplateStatus.PAUSED,
        waiting=_("WhatsApp has paused this template because of low quality."),
        park=PARK_PAUSED,
    ),
    132016: Meaning(
        Retry.NO,
        _("WhatsApp has disabled this template because of low quality. Please choose another one."),
        Alarm.TEMPLATE_DISABLED,
        template=TemplateStatus.DISABLED,
    ),
    132018: no(_TEMPLATE),
    132068: no(_("WhatsApp has blocked this form. Please tell an administrator."), Alarm.FLOW),
    132069: passing(
        Retry.SLOWLY,
        _("WhatsApp lets this form out ten times an hour only. Please send it again later."),
        _("WhatsApp slows this form down; it is tried again."),
    ),
    # -- Groups, blocking, management: never of a message of ours, unless Meta surprises us
    131020: no(_GROUP),
    131041: no(_GROUP),
    131059: no(_GROUP),
    1752041: no(_SETTING_UP),
    2494100: no(_SETTING_UP),
}

# The first that holds a code counts.
RANGES: tuple[tuple[range, Meaning], ...] = (
    (range(200, 300), no(_PERMISSION, Alarm.PERMISSION)),
    (range(131201, 131216), no(_GROUP)),
    (range(138000, 138019), no(_CALL)),
    (range(139000, 139005), no(_FLOW)),
    (range(139100, 139104), no(_BLOCKING)),
    (range(147001, 147006), no(_USERNAME)),
    (range(200005, 200008), no(_SETTING_UP)),
    (range(2388012, 2388300), no(_SETTING_UP)),
    (range(2593107, 2593110), no(_SETTING_UP)),
)
