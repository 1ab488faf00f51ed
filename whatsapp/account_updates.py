"""What Meta says of our accounts by webhook (reference, section 6).

Each word acts on its row, and tells an admin where a person must act. A word that is older than
what was said of the same before, or the same again, changes nothing. Accounts that are not ours
are left alone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from accounts.models import Severity
from accounts.notices import raise_notice
from whatsapp.account_payload import (
    AccountUpdateIn,
    AlertIn,
    AlertOfIn,
    BanIn,
    FlowIn,
    PaymentIn,
    RestrictionIn,
    ViolationIn,
    WabaIn,
)
from whatsapp.field_words import (
    OLD_NEWS,
    Word,
    in_words,
    moment_of,
    numbers_of,
    settle,
    subject_of,
    tell,
)
from whatsapp.health_words import restrictions as restricted
from whatsapp.models import WhatsAppAccount, WhatsAppNumber
from whatsapp.notice_kinds import News
from whatsapp.number_updates import NUMBER_FIELDS
from whatsapp.payload import Json, list_of, phone_digits, read, text_of
from whatsapp.portfolios import learn_portfolio, portfolio_in


def update_account(field: str, waba_id: str, value: Json, at: datetime) -> str:
    """Apply one webhook about an account or a number; "" or the reason why nothing changed."""
    if not WhatsAppNumber.objects.filter(waba_id=waba_id).exists():
        return "of an account that is not configured"
    with transaction.atomic():
        account, _created = WhatsAppAccount.objects.get_or_create(waba_id=waba_id)
        word = Word(field, account, value, at)
        return ACCOUNT_FIELDS[field](word)


def _account_update(word: Word) -> str:
    found = read(AccountUpdateIn, word.value)
    event = (found.event or "").upper() if found else ""
    act = _ACCOUNT_EVENTS.get(event)
    if found is None or act is None:
        return f"account_update: {event[:60] or 'no event'}"
    family, apply = act
    phone = phone_digits(found.phone_number)
    if not word.is_news(f"{family}:{phone}" if phone else family):
        return OLD_NEWS
    owner = read(WabaIn, found.waba_info)
    if owner is not None and text_of(owner.waba_id) in ("", word.account.waba_id):
        learn_portfolio(word.account, portfolio_in(owner.owner_business_id))
    return apply(word, found)


def _disabled(word: Word, found: AccountUpdateIn) -> str:
    ban = read(BanIn, found.ban_info) or BanIn()
    said = ban.waba_ban_state
    states = {str(one).upper() for one in (said if isinstance(said, list) else [said])}
    when = text_of(ban.waba_ban_date)[:60]
    phone = phone_digits(found.phone_number)
    numbers = numbers_of(word.account, phone) if phone else []
    subject, name = subject_of(word, numbers)
    if "REINSTATE" in states:
        settle(News.ACCOUNT_DISABLED, subject)
        settle(News.ACCOUNT_DISABLED_SOON, subject)
        _set_ban(word.account, numbers, "CONNECTED", "AVAILABLE", [])
        return ""
    if "DISABLE" not in states:
        tell(News.ACCOUNT_DISABLED_SOON, subject, name=name, when=when or "?")
        return ""
    settle(News.ACCOUNT_DISABLED_SOON, subject)
    tell(News.ACCOUNT_DISABLED, subject, name=name)
    ban_row: Json = {"type": "DISABLE", "until": "", "since": when}
    _set_ban(word.account, numbers, "BANNED", "BLOCKED", [ban_row])
    return ""


def _set_ban(
    account: WhatsAppAccount,
    numbers: list[WhatsAppNumber],
    status: str,
    can_send: str,
    restrictions: list[Json],
) -> None:
    """A ban, or its end, of these numbers, or of the whole account when none is named."""
    if not numbers:
        account.can_send, account.restrictions = can_send, restrictions
        account.save(update_fields=["can_send", "restrictions"])
    for number in numbers or numbers_of(account):
        number.platform_status, number.can_send = status, can_send
        number.save(update_fields=["platform_status", "can_send"])


def _restricted(word: Word, found: AccountUpdateIn) -> str:
    restrictions: list[Json] = []
    for item in list_of(found.restriction_info):
        one = read(RestrictionIn, item)
        if one is not None and one.restriction_type:
            until = moment_of(one.expiration)
            restrictions.append(
                {"type": one.restriction_type[:80], "until": until.isoformat() if until else ""}
            )
    phone = phone_digits(found.phone_number)
    numbers = numbers_of(word.account, phone) if phone else []
    subject, name = subject_of(word, numbers)
    can_send = "LIMITED" if restrictions else "AVAILABLE"
    word.account.restrictions = restrictions
    word.account.can_send = can_send
    word.account.save(update_fields=["can_send", "restrictions"])
    for number in numbers:
        number.can_send = can_send
        number.save(update_fields=["can_send"])
    if restrictions:
        what = restricted(str(row["type"]) for row in restrictions)
        tell(News.ACCOUNT_RESTRICTED, subject, name=name, what=what)
    else:
        settle(News.ACCOUNT_RESTRICTED, subject)
    return ""


def _violation(word: Word, found: AccountUpdateIn) -> str:
    violation = read(ViolationIn, found.violation_info) or ViolationIn()
    subject, name = subject_of(word, [])
    tell(
        News.ACCOUNT_VIOLATION,
        subject,
        name=name,
        what=restricted([violation.violation_type or "UNKNOWN"]),
    )
    return ""


def _deleted(word: Word, _found: AccountUpdateIn) -> str:
    word.account.can_send = "BLOCKED"
    word.account.save(update_fields=["can_send"])
    subject, name = subject_of(word, [])
    tell(News.ACCOUNT_DELETED, subject, name=name)
    return ""


def _disconnected(word: Word, _found: AccountUpdateIn) -> str:
    subject, name = subject_of(word, [])
    tell(News.ACCOUNT_DISCONNECTED, subject, name=name)
    return ""


def _offboarded(word: Word, found: AccountUpdateIn) -> str:
    """The numbers of the account left the platform, or went back to the phone alone."""
    WhatsAppNumber.objects.filter(waba_id=word.account.waba_id).update(is_coexistent=False)
    return _disconnected(word, found)


def _connected(word: Word, _found: AccountUpdateIn) -> str:
    settle(News.ACCOUNT_DISCONNECTED, subject_of(word, [])[0])
    return ""


# Event → what it speaks of (a later word on the same replaces it), and what it does.
_ACCOUNT_EVENTS: dict[str, tuple[str, Callable[[Word, AccountUpdateIn], str]]] = {
    "DISABLED_UPDATE": ("ban", _disabled),
    "ACCOUNT_RESTRICTION": ("restriction", _restricted),
    "ACCOUNT_VIOLATION": ("violation", _violation),
    "ACCOUNT_DELETED": ("deleted", _deleted),
    "PARTNER_REMOVED": ("connection", _disconnected),
    "PARTNER_APP_UNINSTALLED": ("connection", _disconnected),
    "ACCOUNT_OFFBOARDED": ("connection", _offboarded),
    "PARTNER_ADDED": ("connection", _connected),
    "PARTNER_APP_INSTALLED": ("connection", _connected),
    "ACCOUNT_RECONNECTED": ("connection", _connected),
}


def _review(word: Word) -> str:
    decision = word.value.get("decision")
    if not isinstance(decision, str) or not decision:
        return "account_review_update: no decision"
    if not word.is_news():
        return OLD_NEWS
    word.account.review_status = decision.upper()[:20]
    word.account.save(update_fields=["review_status"])
    subject, name = subject_of(word, [])
    if decision.upper() == "REJECTED":
        tell(News.ACCOUNT_REJECTED, subject, name=name)
    else:
        settle(News.ACCOUNT_REJECTED, subject)
    return ""


_SEVERITIES = {
    "CRITICAL": Severity.CRITICAL,
    "WARNING": Severity.WARNING,
    "INFORMATIONAL": Severity.INFO,
}


def _alert(word: Word) -> str:
    of = read(AlertOfIn, word.value)
    found = read(AlertIn, of.alert_info) if of else None
    if of is None or found is None or not found.alert_type:
        return "account_alerts: no alert"
    what = f"{text_of(of.entity_id)}:{found.alert_type}"[:120]
    if not word.is_news(what):
        return OLD_NEWS
    if (found.alert_status or "ACTIVE").upper() in ("NONE", "RESOLVED", "INACTIVE"):
        settle(News.ACCOUNT_ALERT, what)
        return ""
    severity = _SEVERITIES.get((found.alert_severity or "").upper(), Severity.WARNING)
    said = (found.alert_description or "").strip().rstrip(".") or in_words(found.alert_type)
    name = subject_of(word, [])[1]
    kind = News.ACCOUNT_ALERT
    raise_notice(kind.kind, what, severity, kind.value.text, {"name": name, "what": said[:500]})
    return ""


def _flow(word: Word) -> str:
    found = read(FlowIn, word.value)
    flow_id = text_of(found.flow_id)[:40] if found else ""
    if found is None or not flow_id:
        return "flows: no flow"
    if not word.is_news(f"{flow_id}:{found.event or ''}"):
        return OLD_NEWS
    status = (found.new_status or "").upper()
    if status in ("BLOCKED", "THROTTLED"):
        tell(News.FLOW, f"flow:{flow_id}", what=f"{flow_id}, {status.lower()}")
    elif status == "PUBLISHED":
        settle(News.FLOW, f"flow:{flow_id}")
    else:
        return f"flows: {(found.event or 'no event')[:60]}"
    return ""


def _payment(word: Word) -> str:
    found = read(PaymentIn, word.value)
    if found is None or not found.configuration_name:
        return "payment_configuration_update: no configuration"
    subject = f"payment:{found.configuration_name[:60]}"
    if not word.is_news(subject):
        return OLD_NEWS
    if (found.status or "").lower() == "active":
        settle(News.PAYMENT_SETUP, subject)
    else:
        tell(News.PAYMENT_SETUP, subject, name=found.configuration_name[:60])
    return ""


ACCOUNT_FIELDS: dict[str, Callable[[Word], str]] = {
    "account_update": _account_update,
    "account_alerts": _alert,
    "account_review_update": _review,
    "flows": _flow,
    "payment_configuration_update": _payment,
    **NUMBER_FIELDS,
}
