"""What a message says about consent: START, STOP, HELP, SETTINGS, or nothing of the kind.

A consent word is a whole message, and every word of it has to be accounted for: as an intent, a
topic, a link between the two, or courtesy. So negation needs no list, in whatever language: "not"
is one word too many. What is not understood is not lost: a person reads it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

Meaning = TypeVar("Meaning")

# Longer ones say more than a word.
LONGEST_TEXT = 200


class Intent(StrEnum):
    """What a customer wants by a word."""

    START = "start"
    STOP = "stop"
    HELP = "help"
    SETTINGS = "settings"


@dataclass(frozen=True)
class Vocabulary:
    """What counts as a word of which intent, and what topics are called.

    Built by the caller from the database, and worth keeping: it is indexed at first use.
    """

    words: Mapping[str, Intent]  # "stopp", "keine nachrichten mehr"; any language
    topics: Mapping[str, str]  # "neuigkeiten", "linie s1" -> a topic's key
    everything: frozenset[str]  # "all", "alles": of every topic

    @cached_property
    def _index(self) -> _Index:
        return _Index(self)


@dataclass(frozen=True)
class Said:
    """What a message was understood as."""

    intent: Intent
    topic: str = ""  # a topic's key; "" when none was named
    everything: bool = False  # "STOP ALL"


def understand(text: str, vocabulary: Vocabulary) -> Said | None:
    """What `text`, a whole message, says; None for anything but a consent word."""
    if len(text) > LONGEST_TEXT:
        return None
    words = _words(text)
    index = vocabulary._index
    # Nearly every message ends here: some word of it is of no consent word at all.
    if not words or not index.known.issuperset(words):
        return None
    for rest in _without_courtesy(words):
        said = index.read(rest)
        if said is not None:
            return said if _is_meant(said.intent, text) else None
    return None


def normalise(text: str) -> str:
    """What words are compared by: "  Bitte KÜNDIGEN!! " is "bitte kuendigen"."""
    if text.isascii():
        folded = text.lower()
    else:
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.translate(_LETTERS).split())


# --- letters -------------------------------------------------------------------------------------

_WRITTEN_OUT = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}
# S.T.O.P.
_SPELLED_OUT = re.compile(r"\b[a-z](?: [a-z]){2,}\b")
# Nothing, not a space: "don't" is one word, and so is its negation.
_APOSTROPHES = "'’‘‛ʼ`"


class _Letters(dict[int, str | None]):
    """A table for `str.translate` that learns a character when it is first met."""

    def __missing__(self, code: int) -> str | None:
        letter = _letter(chr(code))
        if code < 0x3000:  # whoever sends us all of Unicode shall not fill our memory
            self[code] = letter
        return letter


_LETTERS = _Letters()


def _letter(char: str) -> str | None:
    """A letter or digit without its accents, a space between words, None for the unseen."""
    if char in _WRITTEN_OUT:
        return _WRITTEN_OUT[char]
    if char.isspace():
        return " "
    kind = unicodedata.category(char)
    if char in _APOSTROPHES or kind in {"Cc", "Cf"} or _is_accent(char) or _is_variation(char):
        return None
    if kind[0] not in "LNM":
        return " "
    parts = unicodedata.normalize("NFD", char)
    return parts[0] if all(map(_is_accent, parts[1:])) else char


def _is_accent(char: str) -> bool:
    # Of Latin, Greek and Cyrillic only: elsewhere a mark may be a vowel.
    return "\u0300" <= char <= "\u036f"


def _is_variation(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def _plain(phrase: str) -> str:
    """How people without umlauts write it: "kuendigen" is "kundigen", but "neue" stays."""
    return re.sub(r"(?<![aeq])([aou])e", r"\1", phrase)


def _words(text: str) -> list[str]:
    spelled_out = _SPELLED_OUT.sub(lambda letters: letters[0].replace(" ", ""), normalise(text))
    return [word for word in spelled_out.split() if word not in _PLEASE]


# --- courtesy ------------------------------------------------------------------------------------


def _phrases(text: str) -> frozenset[str]:
    phrases = {normalise(phrase) for phrase in text.split(",")}
    return frozenset(phrases | {_plain(phrase) for phrase in phrases})


def _longest(phrases: Iterable[str]) -> int:
    return max((len(phrase.split()) for phrase in phrases), default=0)


# Wherever it stands: "news bitte stoppen".
_PLEASE = _phrases("please, pls, plz, kindly, bitte")

# Before and after what is said. No "bis morgen": STOP until tomorrow is another wish; no "ok" and
# no "sorry" either, which may take back what they follow. Phrases with "all" in them are here so
# that "hi all, start" is no START ALL.
_COURTESY = _phrases(
    "hi, hello, hey, hi there, hello there, hey there, hi all, hello all, hi everyone,"
    "hello everyone, hi team, hello team, dear team, dear all, dear sir or madam, good day,"
    "good morning, good afternoon, good evening, good night, thanks, thank you, thx, thanx, ty,"
    "many thanks, thanks a lot, thanks so much, thanks very much, thank you very much,"
    "thank you so much, thanks again, thanks in advance, thank you in advance, thanks all,"
    "thank you all, thanks for everything, thank you for everything, thanks for all,"
    "thank you for all, cheers, regards, kind regards, best regards, warm regards, best wishes,"
    "sincerely, yours sincerely, have a nice day, have a good day, have a great day, bye,"
    "goodbye, hallo, hallo zusammen, hallo alle, hallo alle zusammen, hallo an alle, hallo team,"
    "hi zusammen, hi alle, hi an alle, liebes team, liebes serviceteam, liebes service team,"
    "moin, moin moin, servus, grüezi, grüß gott, grüß dich, grüß euch, guten tag, guten morgen,"
    "guten abend, gute nacht, sehr geehrte damen und herren, danke, danke schön, dankeschön,"
    "danke sehr, danke euch, danke ihnen, danke vielmals, danke im voraus, danke an alle,"
    "danke alle, vielen dank, vielen lieben dank, vielen dank im voraus, besten dank,"
    "herzlichen dank, lieben dank, tausend dank, merci, danke für alles, vielen dank für alles,"
    "mfg, lg, vg, gruß, grüße, viele grüße, liebe grüße, beste grüße, schöne grüße,"
    "herzliche grüße, freundliche grüße, mit freundlichen grüßen, mit freundlichem gruß,"
    "mit besten grüßen, schönen tag, schönen tag noch, einen schönen tag, einen schönen tag noch,"
    "schönen abend, schönen abend noch, schönes wochenende, alles gute, alles liebe, tschüss,"
    "tschüs, ciao"
)
_COURTESY_BACKWARDS = frozenset(" ".join(phrase.split()[::-1]) for phrase in _COURTESY)
_LONGEST_COURTESY = _longest(_COURTESY)
# On each side; whoever says more is making fun of us.
_MOST_COURTESIES = 5
_AND = frozenset({"and", "und"})


def _without_courtesy(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """`words`, with less and less courtesy around them.

    As little as possible is taken away, for a topic may be called "Guten Morgen".
    """
    before = _taken_away(words, _COURTESY)
    after = _taken_away(words[::-1], _COURTESY_BACKWARDS)
    for first in before:
        for last in after:
            if first + last < len(words):
                yield words[first : len(words) - last]


def _taken_away(words: Sequence[str], courtesy: frozenset[str]) -> list[int]:
    """How many words are gone with no courtesy taken from the front, with one, with two …

    The longest courtesy first, yet not only: "Hallo, alle Nachrichten stoppen" is no "Hallo alle".
    """
    gone = {0: None}
    ends = [0]
    for _ in range(_MOST_COURTESIES):
        ends = [end for start in ends for end in _ends(words, start, courtesy) if end not in gone]
        if not ends:
            break
        gone |= dict.fromkeys(ends)
    return list(gone)


def _ends(words: Sequence[str], start: int, courtesy: frozenset[str]) -> Iterator[int]:
    """Where a courtesy that begins at `start` ends, and an "and" after it."""
    for end in range(min(start + _LONGEST_COURTESY, len(words)), start, -1):
        if " ".join(words[start:end]) in courtesy:
            yield end + (end < len(words) and words[end] in _AND)


# --- what is left --------------------------------------------------------------------------------

# What may point at a topic. No "at", "on", "in", "of", "an", "bei": "stop at line S1" is a place.
# No "without", "except", "ohne", "außer", "bis": they turn what is said around.
_ARTICLES = _phrases(
    "the, this, these, your, my, der, die, das, den, dem, diese, diesen, dieser, dieses, diesem,"
    "euer, eure, euren, eurem, eurer, ihr, ihre, ihren, ihrem, ihrer, mein, meine, meinen, meinem"
)
_PREPOSITIONS = _phrases("from, to, for, with, about, von, vom, mit, aus, zu, zum, zur, für, über")
_LINKS = _ARTICLES | _PREPOSITIONS
# "den newsletter abbestellen", "vom newsletter abmelden".
_LINKS_IN_FRONT = _ARTICLES | {"von", "vom", "aus"}
# "abmelden von der linie s1"
_MOST_LINKS = 2


@dataclass(frozen=True)
class _Thing:
    """What an intent is about."""

    topic: str = ""
    everything: bool = False


class _Index:
    """A vocabulary, ready to be looked up in."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        topics = [(name, _Thing(topic=key)) for name, key in vocabulary.topics.items()]
        everything = [(name, _Thing(everything=True)) for name in vocabulary.everything]
        self.words = _by_spelling(vocabulary.words.items())
        self.things = _by_spelling(topics + everything)
        self.longest = _longest(self.words) + _MOST_LINKS + _longest(self.things)
        sayable = {*self.words, *self.things, *_COURTESY, *_LINKS, *_AND}
        self.known = frozenset(word for phrase in sayable for word in phrase.split())

    def read(self, words: Sequence[str]) -> Said | None:
        """What `words` say as they stand, or said once instead of again and again."""
        said = self._exactly(words)
        if said is not None or len(set(words)) == len(words):
            return said
        return self._exactly(self._once(words))

    def _exactly(self, words: Sequence[str]) -> Said | None:
        if len(words) > self.longest:
            return None
        if intent := self.words.get(" ".join(words)):
            return Said(intent)
        readings = {reading for cut in range(1, len(words)) for reading in self._about(words, cut)}
        # What can be understood in two ways is not understood.
        return readings.pop() if len(readings) == 1 else None

    def _about(self, words: Sequence[str], cut: int) -> Iterator[Said]:
        """Intent and thing, thing and intent: what `words` say when parted at `cut`."""
        head, tail = words[:cut], words[cut:]
        intent = self.words.get(" ".join(head))
        thing = self._thing(tail, _LINKS) if intent else None
        if intent and thing:
            yield Said(intent, thing.topic, thing.everything)
        intent = self.words.get(" ".join(tail))
        # Leaving may take an article more; agreeing has to be plain: "der Linie-S1-Start" is not.
        links = _LINKS_IN_FRONT if intent is Intent.STOP else frozenset[str]()
        thing = self._thing(head, links) if intent else None
        if intent and thing:
            yield Said(intent, thing.topic, thing.everything)

    def _thing(self, words: Sequence[str], links: frozenset[str]) -> _Thing | None:
        for start in range(min(_MOST_LINKS, len(words) - 1) + 1):
            if thing := self.things.get(" ".join(words[start:])):
                return thing
            if words[start] not in links:
                return None
        return None

    def _once(self, words: Sequence[str]) -> Sequence[str]:
        """Said once: "stop stop news" and "stop news stop news" are "stop news"."""
        once = [
            word
            for before, word in zip(["", *words], words, strict=False)
            if word != before or not (word in self.words or word in self.things)
        ]
        for size in range(1, len(once) // 2 + 1):
            if len(once) % size == 0 and once == once[:size] * (len(once) // size):
                return once[:size]
        return once


def _by_spelling(phrases: Iterable[tuple[str, Meaning]]) -> dict[str, Meaning]:
    """What each spelling means, where it is one thing; umlauts count before plain letters."""
    spelled: defaultdict[str, set[Meaning]] = defaultdict(set)
    plain: defaultdict[str, set[Meaning]] = defaultdict(set)
    for phrase, meaning in phrases:
        spelling = " ".join(_words(phrase))
        spelled[spelling].add(meaning)
        plain[_plain(spelling)].add(meaning)
    every = {**plain, **spelled}
    return {key: meanings.pop() for key, meanings in every.items() if key and len(meanings) == 1}


_QUESTION = re.compile("[?？؟¿‽⁇⁈⁉⸮❓❔]")
# WhatsApp shows ~STOP~ struck out: written, and taken back.
_STRUCK_OUT = re.compile(r"~\w[^~]*~|[\u0335-\u0338]")
_REFUSAL = re.compile("[🚫⛔🛑❌✖✗✘❎👎🙅🚷]")


def _is_meant(intent: Intent, text: str) -> bool:
    """Whether the signs around the words leave them what they are.

    "STOP?" and "START?" ask, and a question is no act: a person answers. Who asks for help or the
    settings may do so with a question mark.
    """
    if _STRUCK_OUT.search(text):
        return False
    if intent is Intent.START and _REFUSAL.search(text):
        return False
    return intent in {Intent.HELP, Intent.SETTINGS} or not _QUESTION.search(text)


# --- to begin with -------------------------------------------------------------------------------


def _seeds(text: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in text.split(","))


# Seeds for the database, by language; an admin adds and removes. Left out is what customers of a
# helpdesk say about other things: "cancel", "kündigen", "Widerruf", "end", "register", "yes", "no".
DEFAULT_WORDS: Mapping[str, Mapping[Intent, tuple[str, ...]]] = {
    "de": {
        Intent.START: _seeds("start, anmelden, abonnieren, abonniere"),
        Intent.STOP: _seeds(
            "stop, stopp, stoppe, stoppen, abmelden, abmeldung, mich abmelden, abbestellen,"
            "abbestellung, austragen, mich austragen, deabonnieren, unsubscribe,"
            "melden sie mich ab, meldet mich ab, ich möchte mich abmelden,"
            "ich will mich abmelden, keine nachrichten mehr, keine weiteren nachrichten,"
            "keine werbung, keine werbung mehr, einwilligung widerrufen"
        ),
        Intent.HELP: _seeds("hilfe, info, infos"),
        Intent.SETTINGS: _seeds(
            "einstellungen, meine einstellungen, präferenzen, themen, meine themen, meine abos,"
            "meine daten, datenschutz, meine einwilligungen, dsgvo"
        ),
    },
    "en": {
        Intent.START: _seeds("start, subscribe, subscribe me, opt in, optin, unstop"),
        Intent.STOP: _seeds(
            "stop, stopall, unsubscribe, unsubscribe me, opt out, optout, opt me out, remove me,"
            "stop messages, stop messaging me, stop texting me, i want to unsubscribe,"
            "no more messages, no more ads, withdraw consent"
        ),
        Intent.HELP: _seeds("help, info"),
        Intent.SETTINGS: _seeds(
            "settings, my settings, preferences, my preferences, topics, my topics,"
            "my subscriptions, my data, privacy, privacy settings, my consents, gdpr"
        ),
    },
}
DEFAULT_EVERYTHING: Mapping[str, tuple[str, ...]] = {
    "de": _seeds("alles, alle, allem, allen, alle nachrichten, alle themen"),
    "en": _seeds("all, everything, all messages, all topics"),
}
