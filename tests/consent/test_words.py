"""Consent words: a corpus of what customers write, and what must hold for whatever they write."""

import time
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from consent.words import (
    DEFAULT_EVERYTHING,
    DEFAULT_WORDS,
    Intent,
    Said,
    Vocabulary,
    normalise,
    understand,
)

CORPUS = tomllib.loads(Path(__file__).with_name("phrases.toml").read_text(encoding="utf-8"))
TOPICS = {
    "news": ("news", "newsletter", "neuigkeiten"),
    "offers": ("offers", "Angebote", "special offers", "Sonderangebote", "Aktionen"),
    "line-s1": ("line S1", "Linie S1", "S1", "Störungen S1"),
}
VOCABULARY = Vocabulary(
    words={
        word: intent
        for language in DEFAULT_WORDS.values()
        for intent, words in language.items()
        for word in words
    },
    topics={name: key for key, names in TOPICS.items() for name in names},
    everything=frozenset(word for words in DEFAULT_EVERYTHING.values() for word in words),
)


def meaning(words: str) -> Said | None:
    """What the corpus says in a word or two: "stop", "start news", "stop everything", "nothing"."""
    if words == "nothing":
        return None
    intent, _, about = words.partition(" ")
    if about == "everything":
        return Said(Intent(intent), everything=True)
    return Said(Intent(intent), topic=about)


PHRASES = [
    (phrase, meaning(group["means"])) for group in CORPUS["group"] for phrase in group["phrases"]
]
UNDERSTOOD = [(phrase, said) for phrase, said in PHRASES if said is not None]


def small_vocabulary(words: dict[str, Intent], topics: dict[str, str] | None = None) -> Vocabulary:
    return Vocabulary(words=words, topics=topics or {}, everything=frozenset())


@pytest.mark.parametrize(("phrase", "said"), PHRASES)
def test_a_phrase_of_the_corpus_means(phrase: str, said: Said | None) -> None:
    assert understand(phrase, VOCABULARY) == said


def test_the_corpus_is_large_has_no_doubles_and_is_mostly_near_misses() -> None:
    phrases = Counter(phrase for phrase, _ in PHRASES)

    assert len(phrases) >= 300
    assert [phrase for phrase, count in phrases.items() if count > 1] == []
    assert len(UNDERSTOOD) <= len(PHRASES) / 2


@pytest.mark.parametrize("language", DEFAULT_WORDS)
def test_every_word_we_seed_is_understood(language: str) -> None:
    for intent, words in DEFAULT_WORDS[language].items():
        for word in words:
            assert understand(word, VOCABULARY) == Said(intent), word


def test_an_admins_word_may_be_written_in_any_way_and_language() -> None:
    vocabulary = small_vocabulary({"¡Párame!": Intent.STOP, "  रुको ": Intent.STOP})

    assert understand("PARAME", vocabulary) == Said(Intent.STOP)
    assert understand("रुको", vocabulary) == Said(Intent.STOP)
    # The same letters with another vowel are another word.
    assert understand("रोको", vocabulary) is None


def test_a_topic_may_be_called_like_a_greeting() -> None:
    vocabulary = small_vocabulary({"start": Intent.START}, {"Guten Morgen": "morning"})

    assert understand("Bitte START GUTEN MORGEN", vocabulary) == Said(Intent.START, "morning")
    assert understand("Guten Tag, start", vocabulary) == Said(Intent.START)


def test_a_greeting_of_all_agrees_to_nothing_more() -> None:
    assert understand("Hi all, start", VOCABULARY) == Said(Intent.START)
    assert understand("Hallo alle, start", VOCABULARY) == Said(Intent.START)
    # Could be either; STOP alone withdraws everything too.
    assert understand("Hallo, alle stoppen", VOCABULARY) == Said(Intent.STOP)
    assert understand("Hallo, alle Nachrichten stoppen", VOCABULARY) == Said(
        Intent.STOP, everything=True
    )


def test_umlauts_may_be_left_out_where_that_is_no_other_word() -> None:
    vocabulary = small_vocabulary({"stop": Intent.STOP}, {"Züge": "trains", "Zuge": "people"})

    assert understand("stop Züge", vocabulary) == Said(Intent.STOP, "trains")
    assert understand("stop zuege", vocabulary) == Said(Intent.STOP, "trains")
    assert understand("stop Zuge", vocabulary) == Said(Intent.STOP, "people")


def test_a_word_that_means_two_things_is_not_understood() -> None:
    vocabulary = small_vocabulary(
        {"los": Intent.START, "Los!": Intent.STOP, "stop": Intent.STOP},
        {"Bahn": "trains", "BAHN": "trams"},
    )

    assert understand("Los", vocabulary) is None
    assert understand("stop Bahn", vocabulary) is None


def test_an_empty_vocabulary_understands_nothing() -> None:
    assert understand("STOP", small_vocabulary({})) is None
    assert understand("STOP", small_vocabulary({"!": Intent.STOP, "bitte": Intent.STOP})) is None


def test_what_is_longer_than_200_characters_is_no_word() -> None:
    assert understand("stop" + " " * 196, VOCABULARY) == Said(Intent.STOP)
    assert understand("stop" + " " * 197, VOCABULARY) is None


@pytest.mark.parametrize(
    "text",
    [
        "STOP" + "\u0300\u0323" * 5_000,
        "a" + "\u0300\u0323" * 99,
        "\u202e" * 200,
        "\x00" * 200,
        "\ud800" * 200,
        "\ufdfa" * 200,
        "hi thanks " * 20,
        "stop all news the " * 11,
        "~a" * 100,
        "🛑" * 200,
    ],
)
def test_what_is_meant_to_hurt_does_not(text: str) -> None:
    begin = time.process_time()
    assert understand(text, VOCABULARY) is None
    assert time.process_time() - begin < 0.1


def test_ten_thousand_plain_messages_take_no_time() -> None:
    text = "Hello, where is my parcel? It should have come yesterday, and nobody could tell me why."
    understand(text, VOCABULARY)

    begin = time.process_time()
    for _ in range(10_000):
        understand(text, VOCABULARY)
    # 5 µs each on a quiet machine; what it must never become is a millisecond.
    assert time.process_time() - begin < 1


understood = st.sampled_from(UNDERSTOOD)


@given(st.text(max_size=250))
@example("\u0000")
def test_nothing_makes_it_raise(text: str) -> None:
    said = understand(text, VOCABULARY)
    assert said is None or isinstance(said.intent, Intent)


@given(st.lists(st.sampled_from(" ".join(phrase for phrase, _ in PHRASES).split()), max_size=8))
def test_no_mixture_of_its_own_words_makes_it_raise_or_speak_of_an_unknown_topic(
    words: list[str],
) -> None:
    said = understand(" ".join(words), VOCABULARY)
    assert said is None or said.topic in {"", *TOPICS}


@given(understood, st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
def test_case_changes_nothing(phrase: tuple[str, Said], write: Callable[[str], str]) -> None:
    assert understand(write(phrase[0]), VOCABULARY) == phrase[1]


@given(understood, st.text("!.,;:…-–*_\"'„“«»() \n\t\u200b\ufe0f👍😀"), st.text("!.… \n🙏"))
def test_punctuation_around_it_changes_nothing(
    phrase: tuple[str, Said], before: str, after: str
) -> None:
    text = f"{before[:40]}{phrase[0]}{after[:40]}"
    assert understand(text, VOCABULARY) == phrase[1]


@given(
    understood,
    st.sampled_from(["Bitte", "Hey!", "Moin", "Guten Tag, liebes Team,", "Good morning, please"]),
    st.sampled_from(
        ["bitte", ", danke!", "Thank you!", "\nViele Grüße", "- mfg", "pls and thanks"]
    ),
)
def test_courtesy_around_it_changes_nothing(
    phrase: tuple[str, Said], before: str, after: str
) -> None:
    assert understand(f"{before} {phrase[0]} {after}", VOCABULARY) == phrase[1]


@given(
    understood,
    st.sampled_from(["not", "nicht", "NOT", "Nicht,", "don't", "never", "kein"]),
    st.integers(0, 12),
)
def test_a_negation_anywhere_leaves_nothing_understood(
    phrase: tuple[str, Said], negation: str, at: int
) -> None:
    words = phrase[0].split()
    words.insert(at, negation)
    assert understand(" ".join(words), VOCABULARY) is None


@given(understood)
def test_a_question_mark_turns_an_act_into_a_question(phrase: tuple[str, Said]) -> None:
    said = understand(f"{phrase[0]}?", VOCABULARY)
    assert said == (phrase[1] if phrase[1].intent in {Intent.HELP, Intent.SETTINGS} else None)


@given(st.text(st.characters(max_codepoint=0x24F), max_size=60))
def test_what_is_normalised_stays_so(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
