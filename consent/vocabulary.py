"""The words customers may use, as admins have set them; read from the database now and then."""

from __future__ import annotations

import time
from threading import Lock

from consent.models import ConsentWord, Topic
from consent.words import Intent, Vocabulary, normalise

# A word that an admin adds works in every process after so long.
KNOWN_S = 5.0


class _Known:
    """The vocabulary of this process, and when it was read."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._vocabulary: Vocabulary | None = None
        self._read_at = 0.0

    def now(self) -> Vocabulary:
        with self._lock:
            if self._vocabulary is None or time.monotonic() - self._read_at > KNOWN_S:
                self._vocabulary, self._read_at = read_vocabulary(), time.monotonic()
            return self._vocabulary

    def forget(self) -> None:
        with self._lock:
            self._vocabulary = None


def read_vocabulary() -> Vocabulary:
    """From the database: words by intent, and active topics by everything they are called."""
    words, everything = {}, set()
    for word in ConsentWord.objects.all():
        if word.intent == ConsentWord.Intent.EVERYTHING:
            everything.add(word.word)
        else:
            words[word.word] = Intent(word.intent)
    topics = {
        normalise(name): topic.key
        for topic in Topic.objects.filter(is_active=True)
        for name in (topic.key, topic.name_de, topic.name_en, *topic.also_called.splitlines())
        if normalise(name)
    }
    return Vocabulary(words=words, topics=topics, everything=frozenset(everything))


_known = _Known()


def vocabulary() -> Vocabulary:
    """What counts now."""
    return _known.now()


def forget_vocabulary() -> None:
    """Read it anew at the next message; other processes do so by themselves."""
    _known.forget()
