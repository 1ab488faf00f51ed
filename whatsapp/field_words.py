"""One webhook field's word about an account, and what all of them need to act on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from accounts.notices import raise_notice, settle_notices
from whatsapp.latest import is_news
from whatsapp.models import WhatsAppAccount, WhatsAppNumber
from whatsapp.notice_kinds import News
from whatsapp.payload import Json, Scalar, phone_digits, text_of

OLD_NEWS = "already known, or older than what is known"


@dataclass(frozen=True)
class Word:
    """One webhook about an account: what it says, of whom, and when Meta said it."""

    field: str
    account: WhatsAppAccount
    value: Json
    at: datetime

    def is_news(self, of: str = "") -> bool:
        subject = ":".join(part for part in (self.field, self.account.waba_id, of) if part)
        return is_news(subject, self.at, self.value)


def tell(kind: News, subject: str, **params: object) -> None:
    """Raise the notice of `kind` on `subject`."""
    raise_notice(kind.kind, subject, kind.value.severity, kind.value.text, params)


def settle(kind: News, subject: str) -> None:
    settle_notices(kind.kind, subject)


def numbers_of(account: WhatsAppAccount, digits: str | None = None) -> list[WhatsAppNumber]:
    """The numbers of an account, locked; with `digits` those that are displayed so."""
    rows = WhatsAppNumber.objects.filter(waba_id=account.waba_id).order_by("pk")
    found = list(rows.select_for_update(of=("self",), no_key=True))
    if digits is None:
        return found
    return [row for row in found if digits and phone_digits(row.phone_number) == digits]


def subject_of(word: Word, numbers: list[WhatsAppNumber]) -> tuple[str, str]:
    """What a notice is about, and its name: one number, or the whole account."""
    if len(numbers) == 1:
        return f"number:{numbers[0].pk}", str(numbers[0])
    return f"account:{word.account.waba_id}", str(word.account)


def in_words(constant: str) -> str:
    """`RESTRICTED_BIZ_INITIATED_MESSAGING` as words; Meta names more of them every year."""
    return constant[:80].replace("_", " ").lower()


def moment_of(value: Scalar) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(text_of(value)), UTC)
    except (ValueError, OverflowError, OSError):
        return None
