"""Words that have changed since somebody agreed to them, and who may be asked to agree again.

A changed wording changes nothing of a consent: it goes on under the words that were shown. Asking
again is offered to those only whose consent is in force. Who never agreed, withdrew or objected is
not asked: the question would be the very advertising they did not want (§ 7 UWG).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from consent import gate
from consent.gate import is_in_force, know_restrictions, marketing_states, newest_of
from consent.models import ConsentState, Purpose, Wording
from consent.states import IN_FORCE
from consent.wordings import IMPORTED
from contacts.models import Contact

# Looked at together: few enough for indexes, enough to be quick.
_AT_ONCE = 500


@dataclass(frozen=True)
class Change:
    """A consent in force whose words have a newer version than the one that was shown."""

    state: ConsentState
    shown: Wording
    now: Wording


def who_may_be_asked_again(topic: str) -> list[Contact]:
    """Everybody whose consent to `topic` is in force, under words that have changed since.

    The only list there is for such a question; each as who they are now, once.
    """
    newest = Wording.objects.filter(
        key=OuterRef("record__wording__key"), language=OuterRef("record__wording__language")
    ).order_by("-version")
    rows = ConsentState.objects.filter(
        purpose=Purpose.MARKETING, topic=topic, act__in=IN_FORCE, record__wording__isnull=False
    )
    # Words of another company are no earlier version of anything.
    rows = rows.exclude(record__wording__key__startswith=IMPORTED).annotate(
        newest=Subquery(newest.values("pk")[:1])
    )
    touched = rows.exclude(record__wording=Subquery(newest.values("pk")[:1]))
    ids = touched.values_list("contact__merged_into", "contact")
    people = sorted({into or own for into, own in ids})
    found: list[Contact] = []
    for start in range(0, len(people), _AT_ONCE):
        chosen = people[start : start + _AT_ONCE]
        found += _of_these(list(Contact.objects.filter(pk__in=chosen).order_by("pk")), topic)
    return found


def _of_these(people: list[Contact], topic: str) -> list[Contact]:
    states = marketing_states(people)
    know_restrictions(people)
    words = _newest_words([state for rows in states.values() for state in rows])
    return [
        person
        for person in people
        if not gate.is_restricted(person)
        and any(one.state.topic == topic for one in _changed(states[person.pk], words))
    ]


def changed_words(rows: Collection[ConsentState]) -> list[Change]:
    """Of one person's states those in force whose words have changed since."""
    return _changed(rows, _newest_words(rows))


# By key and language.
_Words = Mapping[tuple[str, str], Wording]


def _changed(rows: Iterable[ConsentState], words: _Words) -> list[Change]:
    states = [state for state in newest_of(rows) if state.purpose == Purpose.MARKETING]
    general = next((state for state in states if not state.topic), None)
    found = []
    for state in states:
        shown = state.record.wording
        if shown is None or shown.key.startswith(IMPORTED) or not is_in_force(state, general):
            continue
        now = words[shown.key, shown.language]
        if now.version > shown.version:
            found.append(Change(state, shown, now))
    return sorted(found, key=lambda change: change.state.topic)


def _newest_words(rows: Iterable[ConsentState]) -> _Words:
    """The newest version of all words that these acts were shown, in one query."""
    keys = {state.record.wording.key for state in rows if state.record.wording}
    found = Wording.objects.filter(key__in=keys).order_by("key", "language", "-version")
    return {(one.key, one.language): one for one in found.distinct("key", "language")}
