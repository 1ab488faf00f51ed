"""What goes wrong on purpose: `POST /control/faults`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

Json = dict[str, Any]
_REQUEST_KEYS = frozenset(
    {"delay_s", "delay_before_s", "drop_answer", "hang", "http_status", "error_code", "fail_code"}
)
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
}


class FaultError(ValueError):
    """A control that makes no sense; the text says why."""


@dataclass(slots=True)
class Faults:
    """The switches. The first group strikes the next `count` sends (all of them when None)."""

    delay_s: float = 0.0  # accept at once, answer late
    delay_before_s: float = 0.0  # wait, then accept
    drop_answer: bool = False  # accept, then close the connection without an answer
    hang: bool = False  # accept, then never answer
    http_status: int | None = None  # refuse with this status
    error_code: int | None = None  # refuse with this Graph code
    fail_code: int | None = None  # accept, then a `failed` status with this code
    count: int | None = None
    to: str | None = None  # only sends to this phone number or user id
    endpoint: str = "messages"  # or "media", "templates", "any"
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
    pair_rate: bool = True
    throughput_per_s: int = 80
    throttle_http_status: int = 400
    free_tier: int = 1000
    test_recipients: list[str] | None = None  # a test number: others get 131030

    def as_json(self) -> Json:
        """What `GET /control/faults` answers."""
        return asdict(self)

    def change(self, body: Json) -> None:
        """Take over the switches in `body`; unknown names and values raise `FaultError`."""
        known = {field.name: field for field in fields(self)}
        wanted = {_ALIASES.get(name, name): value for name, value in body.items()}
        if "delay_ms" in wanted:
            wanted["delay_s"] = float(wanted.pop("delay_ms")) / 1000
        if wanted.get("drop_answer") == "hang":
            wanted |= {"drop_answer": False, "hang": True}
        unknown = sorted(set(wanted) - set(known))
        if unknown:
            raise FaultError(f"unknown fault: {', '.join(unknown)}")
        values = {name: _typed(name, str(known[name].type), v) for name, v in wanted.items()}
        if _REQUEST_KEYS & set(values) and "count" not in values:
            values["count"] = None
        for name, value in values.items():
            setattr(self, name, value)
        if self.count == 0:
            self._clear_request_faults()

    def take(self, endpoint: str, recipients: set[str]) -> Json:
        """The request faults that strike now; counts them down. Empty when none does."""
        struck = {name: value for name in _REQUEST_KEYS if (value := getattr(self, name))}
        if not struck or self.endpoint not in {endpoint, "any"}:
            return {}
        if self.to is not None and self.to.lstrip("+") not in recipients:
            return {}
        if self.count is not None:
            self.count -= 1
            if self.count <= 0:
                self._clear_request_faults()
        return struck

    def _clear_request_faults(self) -> None:
        clean = Faults()
        for name in (*_REQUEST_KEYS, "count", "to", "endpoint"):
            setattr(self, name, getattr(clean, name))


def _typed(name: str, kind: str, value: Any) -> Any:
    """`value` in the type of the field; None means its default."""
    if value is None:
        return getattr(Faults(), name)
    try:
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
