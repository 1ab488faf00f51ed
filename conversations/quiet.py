"""Messages of customers that nobody has to answer, such as a tap on a survey of ours.

Rooms above say what is quiet; the core stores such a message like any other, but it neither reopens
a conversation nor counts as unread.
"""

from __future__ import annotations

from collections.abc import Callable

from conversations.gateway import InboundMessage

# Asked for every inbound message: no queries.
Quiet = Callable[[InboundMessage], bool]
_known: list[Quiet] = []


def know_quiet(rule: Quiet) -> None:
    """Called once per rule, when Django is ready."""
    if rule not in _known:
        _known.append(rule)


def is_quiet(inbound: InboundMessage) -> bool:
    """Whether nobody has to answer `inbound`."""
    return any(rule(inbound) for rule in _known)
