"""Meta's limits, kept before Meta says so: throughput, pair rate, messaging limit.

Source: reference, section 11. Counted in Redis, by scripts that count and decide in one step, so
all workers share one truth. Without Redis it is slow and right: one message a second and process,
six seconds between two to one customer by the database's own record, no bulk at all.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from uuid import UUID, uuid4

import redis
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_noop

from conversations.gateway import GO, Turn
from conversations.models import Direction, Lane, Message
from whatsapp import limit_scripts
from whatsapp.models import WhatsAppNumber

log = logging.getLogger(__name__)

STANDARD_PER_S, HIGH_PER_S, COEXISTENT_PER_S = 80, 1000, 20
# Of what Meta grants: so much flows steadily, the rest may leave at once. Both together are never
# more than the grant within any second.
STEADY, BURST = 0.9, 0.1
# Bulk leaves so much of the burst to the replies.
KEPT_FOR_REPLIES = 0.3
PAIR_INTERVAL_S = 6.0
# One less than Meta's 45: our clock is not Meta's.
PAIR_BURST = 44
LONGEST_HOLD_S = 900.0
HOLDS_ARE_FORGOTTEN_S = 180
TIER_PERIOD = timedelta(hours=24)
TIER_WARNING = 0.8
# Redis is asked again this long after it did not answer.
REDIS_PAUSE_S = 3.0
SLOW_INTERVAL_S = 1.0
SLOW_BULK_WAIT_S = 10.0

_PAIR_WORDS = gettext_noop("Too many messages to this customer at once; it is tried again.")
TIER_REASON = "messaging_limit"
_TIER_WORDS = gettext_noop(
    "WhatsApp's limit of customers we may write to first is reached for today; it leaves as soon "
    "as there is room."
)


@dataclass(frozen=True)
class Tier:
    """How many customers were written to first in 24 hours, and how many may be."""

    used: int
    limit: int

    @property
    def share(self) -> float:
        return self.used / self.limit if self.limit else 0.0


def per_second(number: WhatsAppNumber) -> float:
    """What Meta grants the number, in and out together."""
    if number.is_coexistent:
        return COEXISTENT_PER_S
    return HIGH_PER_S if number.throughput.upper() == "HIGH" else STANDARD_PER_S


def tier_limit(number: WhatsAppNumber) -> int:
    """Customers a day outside windows; 0: unlimited, or not known. `TIER_2K` → 2000."""
    word = number.messaging_limit.upper().removeprefix("TIER_")
    factor = 1000 if word.endswith("K") else 1
    digits = word.removesuffix("K")
    return int(digits) * factor if digits.isdigit() else 0


class Limiter:
    """The limits as one process sees them. Thread-safe; never raises."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client
        self._turns = client.register_script(limit_scripts.TURNS)
        self._tier = client.register_script(limit_scripts.TIER)
        self._hold = client.register_script(limit_scripts.HOLD)
        self._away_until = 0.0
        # What is known without Redis: until when a number waits, when one last sent.
        self._held: dict[int, float] = {}
        self._sent_at: dict[int, float] = {}

    def take_turns(
        self, number: WhatsAppNumber, messages: Sequence[Message]
    ) -> tuple[list[Turn], Tier | None]:
        """Whether each message (of one number and lane) may leave now; those that may are counted.

        Also how full the messaging limit is, when one of them counts for it.
        """
        held_s = self._held.get(number.pk, 0.0) - time.time()
        if held_s > 0:
            return [Turn(held_s, of_number=True)] * len(messages), None
        if time.monotonic() < self._away_until:
            return self._slowly(number, messages), None
        try:
            outside, tier = self._count_outside(number, messages)
            return self._count(number, messages, outside), tier
        except redis.RedisError as error:
            self._note_away(error)
            return self._slowly(number, messages), None

    def hold(self, number_id: int, seconds: float) -> None:
        """Nothing leaves from the number for so long; doubled each time, until one is accepted."""
        now = time.time()
        self._held[number_id] = now + seconds
        try:
            until = self._hold(
                keys=[_key(number_id, "hold"), _key(number_id, "holds")],
                args=[now, seconds, LONGEST_HOLD_S, HOLDS_ARE_FORGOTTEN_S],
            )
            self._held[number_id] = float(until)
        except redis.RedisError as error:
            self._note_away(error)
        log.warning("number.held number=%s seconds=%.0f", number_id, self._held[number_id] - now)

    def waits_s(self, number_id: int) -> float:
        """For how many seconds nothing leaves from the number; 0 when it may, or nobody knows."""
        try:
            until = self._redis.get(_key(number_id, "hold"))
        except redis.RedisError as error:
            self._note_away(error)
            return 0.0
        return max(0.0, float(until) - time.time()) if until else 0.0

    def note_accepted(self, number_id: int) -> None:
        """WhatsApp takes messages again after a hold: the next hold begins short."""
        until = self._held.get(number_id)
        if until is None or time.time() < until or self._held.pop(number_id, None) is None:
            return
        try:
            self._redis.delete(_key(number_id, "holds"))
        except redis.RedisError as error:
            self._note_away(error)

    def hold_pair(self, message: Message, seconds: float) -> None:
        """Nothing more to this customer for so long: Meta counted more than we did."""
        full_in_s = (PAIR_BURST - 1) * PAIR_INTERVAL_S + seconds
        try:
            self._redis.set(
                _pair_key(message), time.time() + full_in_s, px=math.ceil(full_in_s * 1000)
            )
        except redis.RedisError as error:
            self._note_away(error)

    def note_inbound(self, counts: Mapping[int, int]) -> None:
        """Customers' messages (by number id) use up throughput too."""
        if time.monotonic() < self._away_until:
            return
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                for number_id, count in counts.items():
                    pipe.hincrbyfloat(_key(number_id, "bucket"), "level", -count)
                    pipe.expire(_key(number_id, "bucket"), 60)
                pipe.execute()
        except redis.RedisError as error:
            self._note_away(error)

    def tier(self, number: WhatsAppNumber) -> Tier | None:
        """How full the messaging limit of the number's portfolio is now; None when there is none,
        or nobody knows."""
        limit = tier_limit(number)
        if not limit:
            return None
        try:
            since = time.time() - TIER_PERIOD.total_seconds()
            used = self._redis.zcount(_tier_key(number.portfolio_id), since, "+inf")
            return Tier(int(used), limit)
        except redis.RedisError as error:
            self._note_away(error)
            return None

    def _count(
        self, number: WhatsAppNumber, messages: Sequence[Message], outside: dict[UUID, Turn]
    ) -> list[Turn]:
        asked = [message for message in messages if message.pk not in outside]
        if not asked:
            return [outside[message.pk] for message in messages]
        granted = per_second(number)
        burst = max(granted * BURST, 2.0)
        is_bulk = asked[0].lane == Lane.BULK
        answers = self._turns(
            keys=[
                _key(number.pk, "bucket"),
                _key(number.pk, "hold"),
                *(_pair_key(message) for message in asked),
            ],
            args=[
                time.time(),
                granted * STEADY,
                burst,
                burst * KEPT_FOR_REPLIES if is_bulk else 0.0,
                PAIR_INTERVAL_S,
                PAIR_BURST,
            ],
        )
        turns = {m.pk: _turn(answer) for m, answer in zip(asked, answers, strict=True)}
        return [outside.get(message.pk) or turns[message.pk] for message in messages]

    def _count_outside(
        self, number: WhatsAppNumber, messages: Sequence[Message]
    ) -> tuple[dict[UUID, Turn], Tier | None]:
        """The turns of those who must wait because too many customers were written to first."""
        limit, now = tier_limit(number), timezone.now()
        first = [m for m in messages if not m.conversation.window.is_open(now)]
        if not limit or not first:
            return {}, None
        portfolio = number.portfolio_id
        if not self._redis.exists(_tier_known(portfolio)):
            self._remember_tier(portfolio)
        *waits, used = self._tier(
            keys=[_tier_key(portfolio)],
            args=[
                time.time(),
                TIER_PERIOD.total_seconds(),
                limit,
                *(str(m.conversation.contact_id) for m in first),
            ],
        )
        held = {
            message.pk: Turn(float(wait_s), reason=TIER_REASON, detail=_TIER_WORDS)
            for message, wait_s in zip(first, waits, strict=True)
            if float(wait_s) > 0
        }
        return held, Tier(int(used), limit)

    def recount(self, portfolio: str) -> None:
        """Another account belongs to `portfolio` from now on: what it used up counts there, too.

        What counted elsewhere before stays counted there until its day is over.
        """
        try:
            self._redis.delete(_tier_known(portfolio))
        except redis.RedisError as error:
            self._note_away(error)

    def forget_contacts(self, contacts: Sequence[str], numbers: Sequence[int]) -> None:
        """Erase contacts (by id): the messaging limit counts on, with nobody's name on it.

        Raises `RedisError`, unlike all else here: what is not erased must not count as erased.
        """
        keys = [_pair_key_of(number, contact) for number in numbers for contact in contacts]
        if keys:
            self._redis.delete(*keys)
        for key in self._redis.scan_iter(_tier_key("*")):
            if self._redis.type(key) != b"zset":
                continue
            for contact in contacts:
                at = self._redis.zscore(key, contact)
                if at is not None:
                    with self._redis.pipeline() as pipe:
                        pipe.zadd(key, {str(uuid4()): at})
                        pipe.zrem(key, contact)
                        pipe.execute()

    def _remember_tier(self, portfolio: str) -> None:
        """Redis does not know: count from our own record, templates within windows too."""
        since = timezone.now() - TIER_PERIOD
        sent = (
            Message.objects.filter(
                sent_at__gt=since - TIER_PERIOD,
                direction=Direction.OUTBOUND,
                business_number__in=WhatsAppNumber.objects.in_portfolio(portfolio).values("pk"),
                type="template",
                claimed_at__gt=since,
            )
            .order_by("claimed_at")
            .values_list("conversation__contact_id", "claimed_at")
        )
        scores = {str(contact): at.timestamp() for contact, at in sent if at}
        with self._redis.pipeline() as pipe:
            if scores:
                pipe.zadd(_tier_key(portfolio), scores, gt=True)
            pipe.set(_tier_known(portfolio), 1, ex=int(TIER_PERIOD.total_seconds()))
            pipe.execute()

    def _slowly(self, number: WhatsAppNumber, messages: Sequence[Message]) -> list[Turn]:
        """Without Redis: what the database and our own memory allow."""
        turns = []
        for message in messages:
            turn = self._slow_turn(number, message)
            if turn is GO:
                self._sent_at[number.pk] = time.time()
            turns.append(turn)
        return turns

    def _slow_turn(self, number: WhatsAppNumber, message: Message) -> Turn:
        if message.lane == Lane.BULK:
            return Turn(SLOW_BULK_WAIT_S, of_number=True)
        wait_s = self._sent_at.get(number.pk, 0.0) + SLOW_INTERVAL_S - time.time()
        if wait_s > 0:
            return Turn(wait_s, of_number=True)
        now = timezone.now()
        newest = (
            Message.objects.filter(
                conversation_id=message.conversation_id,
                # A retried one may be a day old.
                sent_at__gt=now - 2 * TIER_PERIOD,
                claimed_at__gt=now - timedelta(seconds=PAIR_INTERVAL_S),
            )
            .order_by("-claimed_at")
            .values_list("claimed_at", flat=True)
            .first()
        )
        if newest is None:
            return GO
        return Turn(max(PAIR_INTERVAL_S - (now - newest).total_seconds(), 0.1))

    def _note_away(self, error: redis.RedisError) -> None:
        self._away_until = time.monotonic() + REDIS_PAUSE_S
        log.warning("limits.redis_away cause=%s", type(error).__name__)


def _tier_key(portfolio: str) -> str:
    """Whom a business portfolio wrote to first. All unknown ones ("") count as a single one."""
    return f"whatsapp:outside:{portfolio or 'unknown'}"


def _tier_known(portfolio: str) -> str:
    """Set while Redis knows the whole day."""
    return f"{_tier_key(portfolio)}:known"


def _turn(answer: bytes) -> Turn:
    """`go`, `pair SECONDS`, `number SECONDS`."""
    kind, _, seconds = answer.decode().partition(" ")
    if kind == "go":
        return GO
    if kind == "pair":
        return Turn(float(seconds), reason="131056", detail=_PAIR_WORDS)
    return Turn(float(seconds), of_number=True)


def _key(number_id: int, what: str) -> str:
    return f"whatsapp:number:{number_id}:{what}"


def _pair_key(message: Message) -> str:
    return _pair_key_of(message.business_number_id, str(message.conversation.contact_id))


def _pair_key_of(number_id: int, contact_id: str) -> str:
    return f"whatsapp:pair:{number_id}:{contact_id}"


@lru_cache(maxsize=1)
def limiter() -> Limiter:
    """This process's limiter. Its client gives up quickly: rows are locked meanwhile."""
    return Limiter(
        redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)
    )
