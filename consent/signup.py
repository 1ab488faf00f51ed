"""Signing up: a form gives out a code, and the customer's own message with it is the consent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.utils import timezone

from consent.inbound import Words
from consent.ledger import Entry
from consent.models import Act, Clock, Purpose, SignUp, SignUpForm, Source, Topic, Wording
from consent.signup_code import codes_in, new_code, pretty
from consent.signup_wording import prepared_words, show
from consent.vocabulary import vocabulary
from consent.words import Intent, normalise


class Outcome(StrEnum):
    """What came of a code that a customer sent."""

    SIGNED_UP = "signed_up"
    EXPIRED = "expired"
    USED = "used"
    OTHER_NUMBER = "other_number"
    # The words around the code say no, or ask: a person answers, and the code stays good.
    DOUBTFUL = "doubtful"


@dataclass(frozen=True)
class Redemption:
    """A code of ours in a customer's words, what came of it, and what the ledger is to hold."""

    words: Words
    sign_up: SignUp
    outcome: Outcome
    entries: list[Entry] = field(default_factory=list)


class NotOffered(ValueError):
    """None was chosen of the form's topics, or one that it does not offer."""


def begin_sign_up(
    form: SignUpForm, topics: Iterable[str], language: str, wording: Wording | None = None
) -> SignUp:
    """Give out a code for these topics (keys), bound to the words the form shows now.

    Consents to nothing: only the message does. `wording`, when given, is what was shown.
    """
    shown = show(form, language)
    chosen = set(topics)
    keys = [topic.key for topic in shown.topics if topic.key in chosen]
    if not keys or len(keys) != len(chosen):
        raise NotOffered
    now = timezone.now()
    while True:
        try:
            with transaction.atomic():
                return SignUp.objects.create(
                    form=form,
                    business_number=form.business_number,
                    topics=keys,
                    language=language,
                    wording=wording or shown.wording,
                    code=new_code(),
                    created_at=now,
                    expires_at=now + timedelta(minutes=form.valid_minutes),
                )
        except IntegrityError:
            continue  # that code was given out before


def topics_of(sign_up: SignUp) -> list[Topic]:
    """What was chosen, in the order of the form."""
    by_key = {topic.key: topic for topic in Topic.objects.filter(key__in=sign_up.topics)}
    return [by_key[key] for key in sign_up.topics if key in by_key]


def redeem(said: Sequence[Words]) -> dict[str, Redemption]:
    """Use the codes in these messages; what came of each, by wamid. Messages without one of ours
    are not in it.

    Call in the transaction that stores the messages, and append the entries in it: a code is
    locked from here to its end, so of two phones that send one at the same moment the first wins.
    """
    found = {words.wamid: codes for words in said if (codes := codes_in(words.text))}
    if not found:
        return {}
    wanted = {code for codes in found.values() for code in codes}
    rows = SignUp.objects.filter(code__in=wanted).order_by("pk").select_related("form", "wording")
    ours = {row.code: row for row in rows.select_for_update(of=("self",))}
    redeemed: dict[str, Redemption] = {}
    for words in said:
        for code in found.get(words.wamid, ()):
            before = redeemed.get(words.wamid)
            if code in ours and (before is None or before.outcome != Outcome.SIGNED_UP):
                redeemed[words.wamid] = _redeem_one(words, ours[code])
    return redeemed


def _redeem_one(words: Words, sign_up: SignUp) -> Redemption:
    topics = topics_of(sign_up)
    if refused := _refusal(words, sign_up, topics):
        return Redemption(words, sign_up, refused)
    sign_up.used_at = timezone.now()
    sign_up.contact = words.contact
    sign_up.save(update_fields=["used_at", "contact"])
    entries = [
        entry
        for topic in sign_up.topics
        for entry in (_requested(words, sign_up, topic), _confirmed(words, sign_up, topic))
    ]
    return Redemption(words, sign_up, Outcome.SIGNED_UP, entries)


def _refusal(words: Words, sign_up: SignUp, topics: Sequence[Topic]) -> Outcome | None:
    """Why this message signs nobody up; None when it does.

    WhatsApp's clock decides whether it came in time: a message that was sent within the hour and
    reaches us late has not missed anything.
    """
    if _digits(words.business_number) != _digits(sign_up.business_number):
        return Outcome.OTHER_NUMBER
    if sign_up.is_used:
        return Outcome.USED
    if sign_up.is_expired(words.occurred_at):
        return Outcome.EXPIRED
    if _is_doubtful(words.text, prepared_words(sign_up, topics)):
        return Outcome.DOUBTFUL
    return None


def _requested(words: Words, sign_up: SignUp, topic: str) -> Entry:
    """The first opt-in: chosen on the form, by nobody we knew then."""
    return Entry(
        contact=words.contact,
        purpose=Purpose.MARKETING,
        topic=topic,
        act=Act.REQUESTED,
        source=Source.FORM,
        occurred_at=sign_up.created_at,
        clock=Clock.OURS,
        business_number=sign_up.business_number,
        language=sign_up.language,
        wording=sign_up.wording,
        identity=words.identity,
        reference=f"{sign_up.form.slug} {pretty(sign_up.code)}",
        recorded_at=words.recorded_at,
    )


def _confirmed(words: Words, sign_up: SignUp, topic: str) -> Entry:
    """The second: the message from their own phone."""
    return Entry(
        contact=words.contact,
        purpose=Purpose.MARKETING,
        topic=topic,
        act=Act.CONFIRMED,
        source=Source.MESSAGE,
        occurred_at=words.occurred_at,
        clock=Clock.WHATSAPP,
        business_number=words.business_number,
        language=sign_up.language,
        wording=sign_up.wording,
        identity=words.identity,
        words=words.text,
        reference=words.wamid,
        recorded_at=words.recorded_at,
    )


# Whoever changes "I would like" into "I would not like" keeps the code in the message.
_NO = frozenset(
    {
        *("no", "not", "dont", "wont", "never", "none", "without", "nein", "nee", "nicht"),
        *("nichts", "nie", "niemals", "ohne"),
        *("kein", "keine", "keinem", "keinen", "keiner", "keines"),
    }
)
_QUESTION = re.compile("[?？؟]")
_CROSSED = re.compile(r"~\w[^~]*~|[🚫⛔🛑❌✖✗❎👎]")


def _is_doubtful(text: str, prepared: str) -> bool:
    """Whether the words around the code may mean no. The prepared words as they are mean yes,
    whatever the topics are called."""
    said, expected = f" {normalise(text)} ", f" {normalise(prepared)} "
    rest = said.replace(expected, " ", 1)
    words = set(rest.split())
    stops = [word for word, intent in vocabulary().words.items() if intent is Intent.STOP]
    if words & _NO or _CROSSED.search(text) or any(f" {normalise(s)} " in rest for s in stops):
        return True
    return rest == said and bool(_QUESTION.search(text))


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)
