"""Taking back what an import gave: the person stands where they stood without it.

Entries are dated at the moment the import had stated. So they decide over it, being written later,
and over nothing that the person did since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from consent import canonical
from consent.gate import is_in_force, newest_of, states_of
from consent.leaving import as_state
from consent.ledger import Entry
from consent.models import Act, Clock, ConsentRecord, ConsentState, Source
from consent.models.importing import ConsentImport, ImportLine
from consent.states import ENDED, IN_FORCE
from contacts.family import family_of
from contacts.models import Contact


def undoing(
    line: ImportLine, contact: Contact, batch: ConsentImport, actor: str
) -> Iterator[Entry]:
    """What to write so that this line decides nothing any more."""
    ours = canonical.digest(line.reference)
    now = {state.topic: state for state in states_of(contact) if state.purpose == line.purpose}
    given = [
        state
        for topic, state in now.items()
        if topic in (line.topics or [""])
        and state.act == Act.GRANTED
        and state.record.reference_hash == ours
    ]
    if not given:
        return
    before = _without(batch, contact, line.purpose)
    for state in given:
        yield _entry(Act.WITHDRAWN, state, state, contact, line, batch, actor)
        prior = before.get(state.topic)
        if prior and is_in_force(prior, before.get("")):
            yield _entry(Act.GRANTED, state, prior, contact, line, batch, actor)
        if state.topic:
            continue
        # An end in general ends every topic that was agreed to earlier: those go on.
        for topic, one in before.items():
            stands = topic and now[topic].record_id == one.record_id
            if stands and is_in_force(one, before.get("")) and one.occurred_at < state.occurred_at:
                yield _entry(Act.GRANTED, state, one, contact, line, batch, actor)


def _entry(
    act: Act,
    at: ConsentState,
    of: ConsentState,
    contact: Contact,
    line: ImportLine,
    batch: ConsentImport,
    actor: str,
) -> Entry:
    """At the moment of `at`; granted: as it was agreed to in `of`, which it says."""
    restores = act == Act.GRANTED
    record = of.record
    rests_on = f" (restores entry {record.pk})" if restores else ""
    return Entry(
        contact=contact,
        purpose=of.purpose,
        topic=of.topic,
        act=act,
        source=Source.IMPORT,
        occurred_at=at.occurred_at,
        clock=Clock.STATED,
        language=record.language if restores else "",
        wording=record.wording if restores else None,
        reference=f"{line.reference}:back",
        actor=actor,
        evidence=f"{batch.taken_back_why}{rests_on}",
    )


def _without(batch: ConsentImport, contact: Contact, purpose: str) -> Mapping[str, ConsentState]:
    """By topic, where the person would stand if this import had never been."""
    family = list(family_of(contact).values_list("pk", flat=True))
    lines = batch.lines.filter(contact_id__in=family)
    told = [canonical.digest(f"{line.reference}{end}") for line in lines for end in ("", ":back")]
    records = ConsentRecord.objects.filter(
        contact__in=family, purpose=purpose, act__in=IN_FORCE | ENDED
    ).exclude(reference_hash__in=told)
    return {state.topic: state for state in newest_of(map(as_state, records))}
