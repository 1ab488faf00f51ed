"""Which rules fit a message at the door, and what they do together. Pure: no database.

Words are compared folded (case, accents, "ß") and whole, or by their beginning where they end in a
star. There are no patterns, so nothing that customers or admins write makes this slow.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from automation.hours import ALWAYS, Hours, is_open
from automation.models import AssignmentRule, AtHours, CameBy

# Of a message; what stands behind it says nothing of where it belongs.
LONGEST_TEXT = 4096
_WORD = re.compile(r"\w+")
# The words of a phrase, and whether the last of them is only the beginning of one.
Phrase = tuple[tuple[str, ...], bool]


@dataclass(frozen=True)
class Arrival:
    """What is known of a message that begins or reopens a conversation."""

    number: int
    language: str
    at: datetime
    text: str = ""
    hours: Hours = ALWAYS
    # Of the link it came by, else of the conversation's.
    topic: str | None = None
    link: int | None = None
    by_ad: bool = False
    is_first: bool = False
    labels: frozenset[int] = frozenset()
    # By attribute all that counts as its value, folded.
    attributes: Mapping[int, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """A rule with what it takes to see whether it fits."""

    row: AssignmentRule
    numbers: frozenset[int] = frozenset()
    topics: frozenset[str] = frozenset()
    labels: frozenset[int] = frozenset()
    links: frozenset[int] = frozenset()
    adds: frozenset[int] = frozenset()
    # None: the number's.
    hours: Hours | None = None
    phrases: tuple[Phrase, ...] = ()

    def fits(self, arrival: Arrival, words: Sequence[str]) -> bool:
        """`words`: the arrival's, as `words_of` tells them (once for all rules)."""
        row = self.row
        one_of = (
            (self.numbers, {arrival.number}),
            (self.topics, {arrival.topic}),
            (self.labels, arrival.labels),
            (self.links, {arrival.link}),
            (frozenset(row.languages), {arrival.language}),
        )
        return (
            all(not wanted or not wanted.isdisjoint(have) for wanted, have in one_of)
            and _came(row.came_by, arrival)
            and (row.first_contact is None or row.first_contact == arrival.is_first)
            and self._attribute_fits(arrival)
            and self._hours_fit(arrival)
            # Also where nothing of what was written down as words is one ("!!").
            and (not row.words or any(_stands_in(one, words) for one in self.phrases))
        )

    def _attribute_fits(self, arrival: Arrival) -> bool:
        key = self.row.attribute_id
        return key is None or fold(self.row.attribute_equals) in arrival.attributes.get(key, ())

    def _hours_fit(self, arrival: Arrival) -> bool:
        if self.row.hours == AtHours.ANY:
            return True
        there = is_open(self.hours or arrival.hours, arrival.at)
        return there == (self.row.hours == AtHours.INSIDE)


@dataclass
class Plan:
    """What the rules that fit do together: what an earlier one has said, no later one changes."""

    rules: list[AssignmentRule] = field(default_factory=list)
    team: AssignmentRule | None = None
    hands: AssignmentRule | None = None
    priority: AssignmentRule | None = None
    # By label the rule that adds it.
    labels: dict[int, AssignmentRule] = field(default_factory=dict)


def plan(rules: Iterable[Rule], arrival: Arrival) -> Plan:
    """The first that fits, and where it goes on, those after it. `rules` are in their order."""
    made, words = Plan(), words_of(arrival.text)
    for rule in rules:
        row = rule.row
        if not row.is_active or not rule.fits(arrival, words):
            continue
        made.rules.append(row)
        # Whoever was to have it is meant as one of the team that was named with them.
        if made.team is None and made.hands is None and row.team_id is not None:
            made.team = row
        if made.hands is None and (row.person_id is not None or row.distributes):
            made.hands = row
        if made.priority is None and row.priority is not None:
            made.priority = row
        for label in rule.adds:
            made.labels.setdefault(label, row)
        if not row.goes_on:
            break
    return made


def fold(text: str) -> str:
    """Without case and accents: "Straße" and "STRASSE" are one."""
    parts = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(one for one in parts if not unicodedata.combining(one)).casefold()


def words_of(text: str) -> list[str]:
    return _WORD.findall(fold(text[:LONGEST_TEXT]))


def phrase(written: str) -> Phrase | None:
    """`refund*` or `lost property`, as it is looked for; None where there is no word in it."""
    words = tuple(words_of(written))
    return (words, written.rstrip().endswith("*")) if words else None


def phrases(written: Iterable[str]) -> tuple[Phrase, ...]:
    return tuple(one for each in written if (one := phrase(each)))


def _stands_in(wanted: Phrase, words: Sequence[str]) -> bool:
    parts, is_beginning = wanted
    *whole, last = parts
    for at in range(len(words) - len(whole)):
        found = words[at + len(whole)]
        if (found.startswith(last) if is_beginning else found == last) and list(
            words[at : at + len(whole)]
        ) == whole:
            return True
    return False


def _came(by: str, arrival: Arrival) -> bool:
    if by == CameBy.LINK:
        return arrival.link is not None
    return by != CameBy.AD or arrival.by_ad
