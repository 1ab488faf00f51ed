"""How our numbers and accounts fare, by Meta's own word (reference, sections 9 and 11).

Asked with every sync and by "check now". What a person must see to becomes an admin notice, and
the notice ends with the first check that finds it over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from accounts.notices import raise_notice, settle_notices
from accounts.sayings import said, saying
from whatsapp.alarm_kinds import Alarm
from whatsapp.client import Answer, GraphClient, GraphUnreachable
from whatsapp.errors import meaning
from whatsapp.health_words import CODES, saying_of
from whatsapp.models import WhatsAppAccount, WhatsAppNumber
from whatsapp.notice_kinds import News
from whatsapp.number_updates import tier_of
from whatsapp.outcomes import error_of, own_words
from whatsapp.payload import Json, list_of, text_of
from whatsapp.portfolios import business_of, learn_portfolio

log = logging.getLogger(__name__)

_NUMBER_FIELDS = (
    "display_phone_number,verified_name,quality_rating,throughput,status,name_status,"
    "is_on_biz_app,whatsapp_business_manager_messaging_limit,health_status"
)
_ACCOUNT_FIELDS = "name,account_review_status,health_status"
_TAKEN_OVER = (
    *("phone_number", "name", "verified_name", "quality", "throughput", "messaging_limit"),
    *("platform_status", "name_status", "can_send", "health", "is_coexistent", "checked_at"),
)
_WORST = ("BLOCKED", "LIMITED", "AVAILABLE")


Call = Callable[[GraphClient], Answer]


class CheckFailed(Exception):
    """Meta did not answer, or refused. `saying` is for an admin, the text for the log."""

    def __init__(self, cause: str, saying: dict[str, object]) -> None:
        self.saying = saying
        super().__init__(cause)

    @property
    def words(self) -> str:
        """In the language of now."""
        return str(said(self.saying))


@dataclass(frozen=True)
class Trouble:
    """Something that keeps a number, its account or its business from sending."""

    what: str
    can_send: str
    code: str
    words: str
    solution: str

    @property
    def ours(self) -> str:
        """In the reader's language, where we know the code."""
        return gettext(CODES[self.code]) if self.code in CODES else ""


def check_number(number: WhatsAppNumber) -> None:
    """Take over what Meta says of a number. Raises `CheckFailed`; call outside transactions.

    Our own name stays when an admin gave one.
    """
    answer = ask(number, number.phone_number_id, {"fields": _NUMBER_FIELDS})
    data = answer.data
    digits = "".join(c for c in text_of(data.get("display_phone_number")) if c.isdigit())
    if digits:
        number.phone_number = f"+{digits}"[:20]
    name = text_of(data.get("verified_name")).strip()
    if name and number.name in ("", number.phone_number_id):
        number.name = name[:80]
    number.verified_name = name[:120]
    number.quality = _word(data.get("quality_rating"), 10)
    number.throughput = _word(_part(data, "throughput").get("level"), 12)
    limit = tier_of(text_of(data.get("whatsapp_business_manager_messaging_limit")))
    number.messaging_limit = limit or number.messaging_limit
    number.platform_status = _word(data.get("status"), 20)
    number.name_status = _word(data.get("name_status"), 30)
    number.is_coexistent = data.get("is_on_biz_app") is True
    number.can_send, number.health = _health_of(data)
    number.checked_at = timezone.now()
    number.save(update_fields=list(_TAKEN_OVER))
    _tell(number)


def check_account(waba_id: str, number: WhatsAppNumber) -> WhatsAppAccount:
    """Take over what Meta says of an account, asked with the token of one of its numbers.

    Raises `CheckFailed`; call outside transactions.
    """
    data = ask(number, waba_id, {"fields": _ACCOUNT_FIELDS}).data
    account, _created = WhatsAppAccount.objects.get_or_create(waba_id=waba_id)
    account.name = text_of(data.get("name")).strip()[:120] or account.name
    account.review_status = _word(data.get("account_review_status"), 20) or account.review_status
    account.can_send, account.health = _health_of(data)
    account.checked_at = timezone.now()
    account.save(update_fields=["name", "review_status", "can_send", "health", "checked_at"])
    learn_portfolio(account, business_of(account.health))
    return account


def ask(number: WhatsAppNumber, path: str, parameters: dict[str, str]) -> Answer:
    """`GET path` with the number's token. Raises `CheckFailed`, and tells of a wrong token."""
    return judged(number, lambda client: client.get(path, parameters))


def judged(number: WhatsAppNumber, call: Call) -> Answer:
    """An answer that is a yes. Raises `CheckFailed`, and tells of a wrong token."""
    try:
        answer = call(GraphClient(number.access_token))
    except GraphUnreachable as error:
        raise CheckFailed(
            str(error),
            saying([gettext_noop("WhatsApp does not answer at present. Please try again later.")]),
        ) from error
    if answer.ok:
        for alarm in (Alarm.TOKEN, Alarm.PERMISSION):
            settle_notices(alarm.kind, f"number:{number.pk}")
        return answer
    code, _words, _transient = error_of(answer)
    raise CheckFailed(f"HTTP {answer.status} code {code}", refusal(number, answer))


def refusal_words(number: WhatsAppNumber, answer: Answer) -> str:
    """What a refusal means, in the language of now."""
    return str(said(refusal(number, answer)))


def refusal(number: WhatsAppNumber, answer: Answer) -> dict[str, object]:
    """What a refusal means, to an admin, with Meta's words; a wrong token becomes a notice, too."""
    code, words, _transient = error_of(answer)
    known = meaning(code) if code is not None else None
    detail = own_words(answer) if known is not None else ""
    if known is not None and known.alarm in (Alarm.TOKEN, Alarm.PERMISSION):
        _raise(known.alarm, number, what=saying([], detail))
        return saying([known.alarm.value.text], detail, {"name": str(number)})
    return saying([words], detail)


def troubles(health: Iterable[object]) -> list[Trouble]:
    """What Meta finds wrong, the worst first, from the stored `health`."""
    found = []
    for entity in health:
        row: Json = entity if isinstance(entity, dict) else {}
        for item in list_of(row.get("errors")):
            error: Json = item if isinstance(item, dict) else {}
            found.append(
                Trouble(
                    what=text_of(row.get("entity_type")).replace("_", " ").lower(),
                    can_send=text_of(row.get("can_send_message")),
                    code=text_of(error.get("error_code")),
                    words=text_of(error.get("error_description")),
                    solution=text_of(error.get("possible_solution")),
                )
            )
    return sorted(found, key=lambda one: _rank(one.can_send))


def _tell(number: WhatsAppNumber) -> None:
    """Notices for what keeps a number from sending, for low quality and a refused name."""
    subject = f"number:{number.pk}"
    found = troubles(number.health)
    what = saying_of(((one.code, one.words) for one in found), number.platform_status)
    for kind, at in ((News.NUMBER_BLOCKED, "BLOCKED"), (News.NUMBER_RESTRICTED, "LIMITED")):
        # A number that was replaced is expected to be blocked.
        if number.can_send == at and number.replaced_by_id is None:
            _raise(kind, number, what=what)
        else:
            settle_notices(kind.kind, subject)
    if number.quality == "RED":
        _raise(News.NUMBER_QUALITY, number)
    elif number.quality in ("GREEN", "YELLOW"):
        settle_notices(News.NUMBER_QUALITY.kind, subject)
    if number.name_status in ("DECLINED", "REJECTED"):
        _raise(News.NAME_REJECTED, number)
    elif number.name_status.startswith("APPROVED"):
        settle_notices(News.NAME_REJECTED.kind, subject)


def _raise(kind: Alarm | News, number: WhatsAppNumber, **params: object) -> None:
    value = kind.value
    params = {"name": str(number), **params}
    raise_notice(kind.kind, f"number:{number.pk}", value.severity, value.text, params)


def _health_of(data: Json) -> tuple[str, list[Json]]:
    """`AVAILABLE`, `LIMITED` or `BLOCKED` (or "" when Meta says nothing), and its reasons."""
    status = _part(data, "health_status")
    entities = [row for row in list_of(status.get("entities")) if isinstance(row, dict)]
    return _word(status.get("can_send_message"), 10), entities[:20]


def _part(data: Json, key: str) -> Json:
    found = data.get(key)
    return found if isinstance(found, dict) else {}


def _word(value: object, longest: int) -> str:
    return text_of(value).upper()[:longest] if isinstance(value, str | int) else ""


def _rank(can_send: str) -> int:
    return _WORST.index(can_send) if can_send in _WORST else len(_WORST)
