"""What goes wrong on purpose: switched by `/control/faults` and beside the phone."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from simulator.state import Json


@dataclass
class Faults:
    """The faults in force; a fresh object means a healthy WhatsApp.

    The first group says how `POST …/messages` answers, `count` times (None = until changed).
    """

    delay_s: float = 0.0  # accept, then wait before the answer
    drop_answer: bool = False  # accept, then close the connection without an answer
    http_status: int = 0  # refuse with this status
    error_code: int = 0  # refuse with this error of Meta
    accept: bool = False  # with http_status: accept all the same
    count: int | None = None

    duplicate: int = 0  # deliver every webhook so many times more
    shuffle: bool = False  # webhooks in any order
    batch: bool = False  # join webhooks of a short while into one POST
    hold_statuses: bool = False  # keep statuses back until this is switched off
    no_statuses: bool = False  # never send any
    skip_delivered: bool = False  # go from sent to read (or nothing)
    escape: str = "mixed"  # \uXXXX and \/ in webhook bodies: mixed, always, never
    synchronous_131047: bool = False  # refuse outside the window at once instead of later
    enforce_rates: bool = True  # pair rate and throughput

    def as_json(self) -> Json:
        """All fields by name."""
        return asdict(self)
