"""What goes wrong on purpose: `POST /control/faults`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from simulator.error_catalog import code_of

Json = dict[str, Any]
Dice = Callable[[str], float]
_ALIASES = {
    "reorder": "shuffle",
    "delay": "delay_s",
    "delay_seconds": "delay_s",
    "code": "error_code",
    "error": "error_code",
    "status": "http_status",
    "times": "count",
    "drop": "drop_answer",
    "hold": "hold_statuses",
    "merge": "batch",
    "duplicates": "duplicate",
    "throughput": "throughput_per_s",
    "pair_limit": "pair_rate",
    "sync_131047": "synchronous_131047",
    "retry_after": "retry_after_s",
    "from": "number",
    "phone_number_id": "number",
}
_CODES = frozenset({"error_code", "fail_code", "value_error_code", "tier_code"})
FAIL_AFTER = ("accepted", "sent", "delivered")


class FaultError(ValueError):
    """A control that makes no sense; the text says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a request is about, for faults that strike some only."""

    endpoint: str
    recipients: frozenset[str] = frozenset()  # every name of the customer
    number_id: str = ""
    type: str = ""
    key: str = ""  # for the dice


@dataclass(slots=True)
class Rule:
    """What happens to the next `count` requests (all of them when None) that it is meant for."""

    delay_s: float = 0.0  # accept at once, answer late
    delay_before_s: float = 0.0  # wait, then accept
    drop_answer: bool = False  # accept, then close the connection without an answer
    drop_request: bool = False  # close the connection, accept nothing
    hang: bool = False  # accept, then never answer
    hang_request: bool = False  # accept nothing and never answer
    http_status: int | None = None  # refuse with this status
    html: bool = False  # refuse in the words of a proxy, not in Graph's
    error_code: int | None = None  # refuse with this Graph code
    accepted_status: int | None = None  # accept and yet answer with this status
    retry_after_s: int | None = None  # a Retry-After with the refusal
    fail_code: int | None = None  # accept, then a `failed` status with this code
    fail_after: str = "accepted"  # or "sent", "delivered": what comes before `failed`
    value_error_code: int | None = None  # accept; a webhook with `value.errors` tells of this code
    early_status: bool = False  # the first status goes out before the answer
    # whom it strikes
    count: int | None = None
    probability: float | None = None
    to: str | None = None  # only sends to this phone number or user id
    number: str | None = None  # only this business number
    type: str | None = None  # only messages of this type
    endpoint: str = "messages"  # or "media", "templates", "any"

    def harm(self) -> Json:
        """What it does; empty when it does nothing."""
        return {
            name: getattr(self, name)
            for name in HARMS
            if getattr(self, name) != getattr(_HARMLESS, name)
        }

    def strikes(self, target: Target, dice: Dice) -> bool:
        """Whether it strikes this request; counted down if so."""
        if self.count == 0 or self.endpoint not in {target.endpoint, "any"}:
            return False
        if self.to is not None and self.to.lstrip("+") not in target.recipients:
            return False
        if self.number not in (None, target.number_id) or self.type not in (None, target.type):
            return False
        if self.probability is not None and dice(f"rule {target.key}") >= self.probability:
            return False
        if self.count is not None:
            self.count -= 1
        return True


_WHOM = ("count", "probability", "to", "number", "type", "endpoint")
HARMS = tuple(each.name for each in fields(Rule) if each.name not in _WHOM)
_HARMLESS = Rule()


@dataclass(slots=True)
class Faults:
    """The switches, one rule set by plain keys, and as many further rules as one likes."""

    rule: Rule = field(default_factory=Rule)
    rules: list[Rule] = field(default_factory=list)
    # statuses
    hold_statuses: bool = False
    no_statuses: bool = False
    skip_delivered: bool | None = None  # None: sometimes, when the chat is open
    status_delay_s: float = 0.15
    # deliveries
    duplicate: int = 1
    shuffle: bool = False
    batch: bool = False
    wrong_signature: bool = False
    # rules
    synchronous_131047: bool = False
    national_numbers: bool = False  # a `to` without plus gets the business's country code
    pair_rate: bool = True
    throughput_per_s: int = 80
    throttle_http_status: int = 400
    free_tier: int = 1000
    pricing_on_sent: bool = True  # false: only on delivered or read
    messaging_limit: bool = True  # the portfolio's customers per day outside windows
    tier_code: int = 131048  # how it is refused; Meta documents no code
    marketing_per_day: int | None = None  # to one customer in 24 hours; more fail with 131049
    block_needs_contact: bool = True  # only who wrote within 24 hours can be blocked
    auto_review: str | None = None  # APPROVED or REJECTED: how new templates are decided on
    review_s: float = 0.5
    test_recipients: list[str] | None = None  # a test number: others get 131030

    def as_json(self) -> Json:
        """What `GET /control/faults` answers."""
        found = asdict(self)
        rule: Json = found.pop("rule")
        return rule | found

    def change(self, body: Json) -> None:
        """Take over the switches in `body`; unknown names and values raise `FaultError`."""
        wanted = {_ALIASES.get(name, name): value for name, value in body.items()}
        if "delay_ms" in wanted:
            wanted["delay_s"] = float(wanted.pop("delay_ms")) / 1000
        if wanted.get("drop_answer") == "hang":
            wanted |= {"drop_answer": False, "hang": True}
        further = wanted.pop("rules", None)
        if further is not None and not (
            isinstance(further, list) and all(isinstance(each, dict) for each in further)
        ):
            raise FaultError("rules must be a list of objects")
        switches = {each.name: str(each.type) for each in fields(Faults)}
        own = {name: wanted.pop(name) for name in list(wanted) if name in _RULE_TYPES}
        unknown = sorted(set(wanted) - (set(switches) - {"rule", "rules"}))
        if unknown:
            raise FaultError(f"unknown fault: {', '.join(unknown)}")
        # All is understood before anything is changed.
        values = {name: _typed(Faults(), name, switches[name], v) for name, v in wanted.items()}
        rule = _rule_values(own)
        rules = None if further is None else [_new_rule(each) for each in further]
        for name, value in values.items():
            setattr(self, name, value)
        if set(rule) & set(HARMS) and "count" not in rule:
            rule["count"] = None
        for name, value in rule.items():
            setattr(self.rule, name, value)
        if self.rule.count == 0:
            self.rule = Rule()
        if rules is not None:
            self.rules = rules

    def take(self, target: Target, dice: Dice) -> Json:
        """The request faults that strike now; counts them down. Empty when none does."""
        struck: Json = {}
        for rule in (self.rule, *self.rules):
            harm = rule.harm()
            if harm and rule.strikes(target, dice):
                struck = harm | struck
        if self.rule.count == 0:
            self.rule = Rule()
        self.rules = [rule for rule in self.rules if rule.count != 0]
        return struck


_RULE_TYPES = {each.name: str(each.type) for each in fields(Rule)}


def _new_rule(body: Json) -> Rule:
    wanted = {_ALIASES.get(name, name): value for name, value in body.items()}
    unknown = sorted(set(wanted) - set(_RULE_TYPES))
    if unknown:
        raise FaultError(f"unknown fault in a rule: {', '.join(unknown)}")
    return Rule(**_rule_values(wanted))


def _rule_values(body: Json) -> Json:
    values = {name: _typed(Rule(), name, _RULE_TYPES[name], each) for name, each in body.items()}
    if values.get("fail_after", "accepted") not in FAIL_AFTER:
        raise FaultError(f"fail_after must be one of {', '.join(FAIL_AFTER)}")
    return values


def _typed(default: Rule | Faults, name: str, kind: str, value: Any) -> Any:
    """`value` in the type of the field; None means its default."""
    if value is None:
        return getattr(default, name)
    try:
        if name in _CODES:
            return None if value is False else code_of(value)
        if name == "duplicate":
            copies = (2 if value else 1) if isinstance(value, bool) else int(value)
            return max(1, min(copies, 100))
        if name == "test_recipients":
            return [str(each).lstrip("+") for each in value]
        if kind.startswith("bool"):
            if not isinstance(value, bool) and value not in (0, 1, "close"):
                raise FaultError(f"{name} must be true or false")
            return bool(value)
        if kind.startswith("int"):
            return None if value is False and "None" in kind else int(value)
        return float(value) if kind.startswith("float") else str(value)
    except (TypeError, ValueError) as error:
        raise FaultError(f"{name}: {error}") from None
