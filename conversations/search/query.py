"""The language of the search field: words, "phrases", prefix*, -not, OR, and operators.

`parse` never raises: what it does not understand is searched as words, and said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.utils import timezone

from conversations.search.dates import day_of

MAX_LENGTH = 300
MAX_TOKENS = 30
SHORTEST_PREFIX = 2


class Operator(StrEnum):
    FROM = "from"
    TO = "to"
    LABEL = "label"
    TEAM = "team"
    ASSIGNEE = "assignee"
    STATUS = "status"
    NUMBER = "number"
    TOPIC = "topic"
    HAS = "has"
    BEFORE = "before"
    AFTER = "after"
    ON = "on"
    IN = "in"
    IS = "is"
    PRIORITY = "priority"
    LANG = "lang"


# What people also write; German words beside English ones, whatever the page's language.
NAMES = {
    **{one.value: one for one in Operator},
    "von": Operator.FROM,
    "an": Operator.TO,
    "etikett": Operator.LABEL,
    "zugewiesen": Operator.ASSIGNEE,
    "nummer": Operator.NUMBER,
    "thema": Operator.TOPIC,
    "hat": Operator.HAS,
    "vor": Operator.BEFORE,
    "bis": Operator.BEFORE,
    "nach": Operator.AFTER,
    "seit": Operator.AFTER,
    "ab": Operator.AFTER,
    "am": Operator.ON,
    "ist": Operator.IS,
    "priorität": Operator.PRIORITY,
    "prio": Operator.PRIORITY,
    "sprache": Operator.LANG,
    "language": Operator.LANG,
}
GERMAN = {
    Operator.FROM: "von",
    Operator.TO: "an",
    Operator.ASSIGNEE: "zugewiesen",
    Operator.NUMBER: "nummer",
    Operator.TOPIC: "thema",
    Operator.HAS: "hat",
    Operator.BEFORE: "vor",
    Operator.AFTER: "nach",
    Operator.ON: "am",
    Operator.IS: "ist",
    Operator.PRIORITY: "priorität",
    Operator.LANG: "sprache",
}
ME = frozenset(("me", "ich", "mich", "mir"))
NOBODY = frozenset(("none", "nobody", "niemand", "niemandem", "keiner"))
CUSTOMER = frozenset(("customer", "kunde", "kundin", "kunden"))
# Operators that know only some values.
VALUES: dict[Operator, dict[str, str]] = {
    Operator.HAS: {
        **dict.fromkeys(("image", "bild", "foto", "photo", "picture"), "image"),
        "video": "video",
        **dict.fromkeys(("audio", "sprache", "sprachnachricht", "voice"), "audio"),
        **dict.fromkeys(("document", "dokument", "datei", "file", "pdf"), "document"),
        **dict.fromkeys(("location", "ort", "standort", "place"), "location"),
        "link": "link",
        **dict.fromkeys(("note", "notiz"), "note"),
    },
    Operator.IN: {
        **dict.fromkeys(("messages", "message", "nachrichten", "nachricht"), "messages"),
        **dict.fromkeys(("notes", "note", "notizen", "notiz"), "notes"),
        **dict.fromkeys(("contacts", "contact", "kontakte", "kontakt"), "contacts"),
        **dict.fromkeys(("files", "file", "dateien", "datei"), "files"),
    },
    Operator.IS: {
        **dict.fromkeys(("unread", "ungelesen"), "unread"),
        **dict.fromkeys(("open", "offen"), "open"),
        **dict.fromkeys(("pending", "wartend"), "pending"),
        **dict.fromkeys(("closed", "geschlossen", "zu"), "closed"),
        **dict.fromkeys(("snoozed", "zurückgestellt"), "snoozed"),
        **dict.fromkeys(("resolved", "erledigt"), "resolved"),
        **dict.fromkeys(("unanswered", "unbeantwortet"), "unanswered"),
    },
    Operator.PRIORITY: {
        **dict.fromkeys(("low", "niedrig"), "1"),
        "normal": "2",
        **dict.fromkeys(("high", "hoch"), "3"),
        **dict.fromkeys(("urgent", "dringend"), "4"),
    },
}
VALUES[Operator.STATUS] = {
    word: value
    for word, value in VALUES[Operator.IS].items()
    if value in ("open", "pending", "snoozed", "resolved")
}
DATES = frozenset((Operator.BEFORE, Operator.AFTER, Operator.ON))
_TOKEN = re.compile(
    r'(?P<minus>-)?(?:(?P<name>[^\W\d_]+):(?=[^\s/]))?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))'
)


@dataclass(frozen=True)
class Term:
    """A word, the beginning of one, or words that follow each other."""

    text: str
    is_prefix: bool = False
    is_phrase: bool = False


@dataclass(frozen=True)
class Condition:
    """`value` in the words of `VALUES`, as an ISO day, or as typed where names are looked up."""

    operator: Operator
    value: str
    negated: bool = False

    @property
    def day(self) -> date:
        return date.fromisoformat(self.value)


@dataclass(frozen=True)
class Chip:
    """An operator as it was typed, and the query without it."""

    text: str
    without: str


@dataclass(frozen=True)
class Query:
    """What was asked: each of `groups` has to be there (one of its terms), none of `excluded`."""

    text: str = ""
    groups: tuple[tuple[Term, ...], ...] = ()
    excluded: tuple[Term, ...] = ()
    conditions: tuple[Condition, ...] = ()
    chips: tuple[Chip, ...] = ()
    # What was typed without operators, for the field beside the chips.
    words: str = ""
    # Operators that nobody knows, and known ones whose value makes no sense, as typed.
    unknown: tuple[str, ...] = ()
    senseless: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.groups or self.conditions)

    @property
    def has_words(self) -> bool:
        return bool(self.groups or self.excluded)

    @property
    def plain(self) -> list[str]:
        """The first word of each group, for names and numbers."""
        return [group[0].text for group in self.groups]

    @property
    def place(self) -> str:
        """Which group `in:` asks for: "messages", "notes", "contacts", "files" or ""."""
        found = [one.value for one in self.conditions if one.operator == Operator.IN]
        return found[-1] if found else ""

    @property
    def narrowing(self) -> tuple[Condition, ...]:
        """The conditions that say something of conversations and messages."""
        return tuple(one for one in self.conditions if one.operator != Operator.IN)


def parse(text: str, now: datetime | None = None) -> Query:
    """Read `text`. Days without a year are of the past year, in the time zone of the moment."""
    today = timezone.localdate(now)
    text = text.replace("\x00", " ")[:MAX_LENGTH]
    matches = list(_TOKEN.finditer(text))[:MAX_TOKENS]
    tokens = [match.group(0) for match in matches]
    reading = _Reading()
    for place, match in enumerate(matches):
        typing = place == len(matches) - 1 and not text[-1:].isspace()
        if condition := reading.condition_of(match, today):
            reading.conditions.append(condition)
            others = tokens[:place] + tokens[place + 1 :]
            reading.chips.append(Chip(tokens[place], " ".join(others)))
        else:
            reading.take_words(match, typing=typing)
            reading.words.append(tokens[place])
    return Query(
        text=" ".join(tokens),
        groups=tuple(tuple(group) for group in reading.groups),
        excluded=tuple(reading.excluded),
        conditions=tuple(reading.conditions),
        chips=tuple(reading.chips),
        words=" ".join(reading.words),
        unknown=tuple(reading.unknown),
        senseless=tuple(reading.senseless),
    )


class _Reading:
    """What has been read so far."""

    def __init__(self) -> None:
        self.groups: list[list[Term]] = []
        self.excluded: list[Term] = []
        self.conditions: list[Condition] = []
        self.chips: list[Chip] = []
        self.words: list[str] = []
        self.unknown: list[str] = []
        self.senseless: list[str] = []
        self._either = False

    def condition_of(self, match: re.Match[str], today: date) -> Condition | None:
        """The condition a token is; None for words, and for what makes no sense, which is noted."""
        name = match["name"]
        if name is None:
            return None
        operator = NAMES.get(name.lower())
        if operator is None:
            self.unknown.append(f"{name}:")
            return None
        said = (match["phrase"] if match["word"] is None else match["word"]).strip()
        value = said
        if operator in DATES:
            day = day_of(said, today)
            value = day.isoformat() if day else ""
        elif operator in VALUES:
            value = VALUES[operator].get(said.lower(), "")
        if not value:
            self.senseless.append(match.group(0))
            return None
        return Condition(operator, value, negated=bool(match["minus"]))

    def take_words(self, match: re.Match[str], *, typing: bool) -> None:
        is_phrase = match["word"] is None
        said = match["phrase"] if is_phrase else match["word"]
        said = f"{match['name']}:{said}" if match["name"] else said
        if not is_phrase and not match["minus"] and said in ("OR", "ODER", "|"):
            self._either = bool(self.groups)
            return
        is_prefix = not is_phrase and (said.endswith("*") or typing)
        said = said.rstrip("*") if not is_phrase else said
        if not any(letter.isalnum() for letter in said):
            return
        is_prefix = is_prefix and len(said) >= SHORTEST_PREFIX
        term = Term(said, is_prefix=is_prefix, is_phrase=is_phrase)
        if match["minus"]:
            self.excluded.append(term)
        elif self._either:
            self.groups[-1].append(term)
        else:
            self.groups.append([term])
        self._either = False
