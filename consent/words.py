"""Stub until the helper's parser is merged."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Intent(StrEnum):
    START = "start"
    STOP = "stop"
    HELP = "help"
    SETTINGS = "settings"


@dataclass(frozen=True)
class Vocabulary:
    words: Mapping[str, Intent]
    topics: Mapping[str, str]
    everything: frozenset[str]


@dataclass(frozen=True)
class Said:
    intent: Intent
    topic: str = ""
    everything: bool = False


COURTESY = frozenset({"bitte", "danke", "please", "thanks", "thank", "you", "hallo", "hello"})
DEFAULT_WORDS = {
    "de": {"start": ["start"], "stop": ["stopp"]},
    "en": {"start": ["start"], "stop": ["stop"]},
}
DEFAULT_EVERYTHING = {"de": ["alles"], "en": ["all"]}


def normalise(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", "", text).casefold().split())


def understand(text: str, vocabulary: Vocabulary) -> Said | None:
    if len(text) > 200:
        return None
    words = [w for w in normalise(text).split() if w not in COURTESY]
    if not words or words[0] not in vocabulary.words:
        return None
    intent = vocabulary.words[words[0]]
    rest = " ".join(words[1:])
    if not rest:
        return Said(intent)
    if rest in vocabulary.everything:
        return Said(intent, everything=True)
    if rest in vocabulary.topics:
        return Said(intent, vocabulary.topics[rest])
    return None
