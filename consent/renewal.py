"""Words that have changed since somebody agreed to them, and who may be asked to agree again.

A changed wording changes nothing of a consent: it goes on under the words that were shown. Asking
again is offered to those only whose consent is in force. Who never agreed, withdrew or objected is
not asked: the question would be the very advertising they did not want (§ 7 UWG).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Subquery

from consent.gate import is_in_force, know_restrictions, marketing_states, newest_of
from consent.models import ConsentRecord, ConsentState, Purpose, Wording
from consent.states import IN_FORCE
from contacts.models import Contact


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
    ).annotate(newest=Subquery(newest.values("pk")[:1]))
    touched = rows.exclude(record__wording=Subquery(newest.values("pk")[:1]))
    ids = touched.values_list("contact__merged_into", "contact")
    people = list(Contact.objects.filter(pk__in={into or own for into, own in ids}).order_by("pk"))
    states = marketing_states(people)
    know_restrictions(people)
    return [
        person
        for person in people
        if not person._restricted
        and any(change.state.topic == topic for change in changed_words(states[person.pk]))
    ]


def changed_words(rows: Iterable[ConsentState]) -> list[Change]:
    """Of one person's states those in force whose words have changed since."""
    states = [state for state in newest_of(rows) if state.purpose == Purpose.MARKETING]
    general = next((state for state in states if not state.topic), None)
    found = []
    for state in states:
        shown = state.record.wording
        if shown is None or not is_in_force(state, general):
            continue
        now = Wording.objects.filter(key=shown.key, language=shown.language).first()
        if now is not None and now.version > shown.version:
            found.append(Change(state, shown, now))
    return sorted(found, key=lambda change: change.state.topic)


def versions_agreed_to(topic: str) -> list[tuple[str, int]]:
    """How many consents to `topic` that nobody ended rest on which words, the most first.

    "" is for those that were shown none, as after START in a message.
    """
    rows = ConsentRecord.objects.filter(
        pk__in=ConsentState.objects.filter(
            purpose=Purpose.MARKETING, topic=topic, act__in=IN_FORCE
        ).values("record")
    )
    named = ("wording__key", "wording__language", "wording__version")
    counted = rows.order_by().values_list(*named).annotate(people=Count("pk"))
    found = [
        (f"{key} {language} v{version}" if key else "", people)
        for key, language, version, people in counted
    ]
    return sorted(found, key=lambda one: (-one[1], one[0]))
