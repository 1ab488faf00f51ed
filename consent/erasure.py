"""Erasing a person: the parting, then step by step everything, then the proof.

The parting is one transaction: the ledger says `erased`, and the person's identities go, so whoever
writes from them afterwards is a new contact, and nothing that comes in meanwhile is lost. All that
follows is done in portions that may be done again after a crash; `DataRequest.step` says where the
work stands. What the steps look for is kept in `DataRequest.keys` until the end, and no longer.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import ProtectedError, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consent import canonical
from consent.exports import forget_export
from consent.import_keeping import count_lines, erase_lines, why_not_now
from consent.ledger import Entry, append
from consent.models import (
    Act,
    ChainLink,
    Clock,
    ConsentDetail,
    ConsentRecord,
    EmailSignUp,
    LegalHold,
    Purpose,
    SignUp,
    Source,
)
from consent.models.data_request import DataRequest, RequestKind, RequestState
from consent.personal_data import DONE, NotYet, Person, Portion, Step, registry
from consent.retention import limits_of, retention
from consent.retention_words import days_in_words
from consent.rights import finish
from contacts.attribute_models import ContactAttribute, ContactNote
from contacts.family import lock_contacts
from contacts.merging import MergeRefused
from contacts.models import Contact, ContactMerge, Identity
from contacts.numbers import variants
from contacts.signals import contacts_merged, merge_undone

log = logging.getLogger(__name__)

# A worker gives others a turn after so long.
SLICE_S = 60.0
AGAIN_S = 10.0
_PARTED = "parted"
_AT_ONCE = 500

WHAT_STAYS = (
    _("That a request was made and done stays, with counts and hashes, without the person's data."),
    _("What other customers wrote about this person belongs to them and stays."),
    _("Backups keep what they hold until they are overwritten; see your backup plan."),
    _("WhatsApp and the customer's own phone keep their copies; we cannot reach them."),
)


@dataclass(frozen=True)
class Line:
    """So many rows of a kind; `why` they stay, if they do."""

    words: str
    count: int
    why: str = ""


@dataclass(frozen=True)
class Preview:
    """What an erasure would do now. `obstacle`: why it could not begin; ""."""

    goes: list[Line]
    stays: list[Line]
    notes: list[str]
    obstacle: str


def connect() -> None:
    """Called once, when Django is ready."""
    contacts_merged.connect(_refuse_while_erasing, dispatch_uid="consent.erasure.merge")
    merge_undone.connect(_refuse_while_erasing, dispatch_uid="consent.erasure.split")
    if why_not_now not in registry.obstacles:
        registry.obstacles.append(why_not_now)
    registry.add(
        Step(900, "exports", _("earlier exports"), _count_exports, _forget_exports),
        Step(905, "import_lines", _("lines of imports"), count_lines, erase_lines),
        Step(
            910,
            "contact",
            _("contact, identities, attributes, notes and consents"),
            _count_rest,
            _part_for_good,
        ),
    )


def preview(contact: Contact) -> Preview:
    """Counts by kind: what goes, and what stays and why."""
    person = Person.of(contact)
    goes: list[Line] = []
    stays: list[Line] = []
    for table in registry.of_person():
        if table.rows is None:
            continue
        count = table.rows(person).count()
        if count:
            line = Line(table.words, count, str(table.stays))
            (stays if table.stays else goes).append(line)
    raw = [step for step in registry.steps if step.name == "webhooks"]
    goes += [Line(str(step.words), step.count(person)) for step in raw]
    notes = [*map(str, WHAT_STAYS), _late_reports()]
    return Preview(goes, stays, notes, registry.obstacle_of(person))


def _late_reports() -> str:
    kind = retention.kinds["webhooks"]
    sentence = gettext(
        "What WhatsApp still reports of messages sent before (that they were read, for example) is"
        " kept as all raw webhooks are: %(time)s."
    )
    return sentence % {"time": days_in_words(kind.effective(limits_of(kind.name)))}


def work_on(request_id: UUID) -> float | None:
    """Go on with a running erasure for a while, by one portion at least; None: it is over, else
    when to go on, in seconds.

    Only one at a time may do so: see `tasks.run_request`.
    """
    ends = time.monotonic() + SLICE_S
    while True:
        try:
            if not _portion(request_id):
                return None
        except NotYet:
            return AGAIN_S
        if time.monotonic() >= ends:
            return 0.0


def _portion(request_id: UUID) -> bool:
    """The next portion, in a transaction; False when nothing is left."""
    with transaction.atomic():
        request = DataRequest.objects.select_for_update(of=("self",)).get(pk=request_id)
        if request.state != RequestState.RUNNING:
            return False
        if not request.keys:
            _begin(request)
        elif (step := _next_of(request)) is None:
            _conclude(request)
        else:
            _do(step, request)
    return True


def _begin(request: DataRequest) -> None:
    """The parting."""
    contact = Contact.objects.filter(pk=request.contact_id).first()
    if contact is None:
        raise RuntimeError("the contact of an erasure that has not begun is not there")
    if contact.merged_into_id:
        request.contact_id = contact.merged_into_id  # merged since it was asked
        contact = Contact.objects.get(pk=request.contact_id)
    locked = lock_contacts(Person.of(contact).contacts)
    person = Person.of(contact)
    if set(person.contacts) != set(locked):
        raise NotYet  # merged at this very moment
    for halt in registry.halts:
        halt(person)
    if registry.obstacle_of(person):
        raise NotYet
    request.total = sum(step.count(person) for step in registry.steps)
    request.proof = {"contacts": [str(pk) for pk in person.contacts], "counts": {}}
    _say_erased(request, person.contacts)
    gone = Identity.objects.filter(contact__in=person.contacts).delete()[0]
    # Whoever has just read that they own an identity sees by this that they must look again.
    Contact.objects.filter(pk__in=person.contacts).update(updated_at=timezone.now())
    request.proof["counts"]["identities"] = gone
    # Else a link that waits in a mailbox would sign them up anew.
    if mails := _mails_of(person).filter(used_at=None).delete()[0]:
        request.proof["counts"]["contact"] = mails
    request.keys, request.step = person.keys, _PARTED
    request.worked_at = timezone.now()
    request.save()
    log.info("erasure.begun request=%s", request.pk)


def _next_of(request: DataRequest) -> Step | None:
    if request.step == _PARTED:
        return registry.steps[0]
    names = [step.name for step in registry.steps]
    return registry.steps[names.index(request.step)] if request.step in names else None


def _do(step: Step, request: DataRequest) -> None:
    person = Person.from_keys(request.keys)
    if step.name == "contact":
        # The last one says in the ledger how much went, so it is told.
        person.notes["request"] = str(request.pk)
        person.notes["counts"] = request.proof["counts"]
    try:
        with transaction.atomic():
            portion = step.work(person)
    except ProtectedError:
        # Something was hung on them meanwhile (an agent's answer that was refused): once more.
        request.step = _PARTED
        request.save(update_fields=["step"])
        return
    counts = request.proof["counts"]
    counts[step.name] = counts.get(step.name, 0) + portion.gone
    request.done += portion.looked_at
    request.keys, request.worked_at, request.step = person.keys, timezone.now(), step.name
    if not portion.looked_at:
        later = [one for one in registry.steps if one.order > step.order]
        request.step = later[0].name if later else "end"
        log.info("erasure.step_done request=%s step=%s", request.pk, step.name)
    request.save(update_fields=["keys", "worked_at", "step", "proof", "done"])


def _conclude(request: DataRequest) -> None:
    """Write the proof down: counts, and where the ledger says the same."""
    entries = (
        ChainLink.objects.filter(
            record__contact__in=request.proof["contacts"], record__act=Act.ERASED
        )
        .order_by("sequence")
        .values_list("sequence", "hash")
    )
    assert request.started_at is not None
    request.proof = {
        **request.proof,
        "request": str(request.pk),
        "began": canonical.moment(request.started_at),
        "ended": canonical.moment(timezone.now()),
        "ledger": [{"sequence": sequence, "hash": digest} for sequence, digest in entries],
    }
    request.proof_hash = canonical.digest(canonical.canonical(request.proof))
    request.total = request.done
    request.note = ""
    finish(request)
    log.info("erasure.done request=%s", request.pk)


def _say_erased(request: DataRequest, contacts: Iterable[UUID], evidence: str = "") -> None:
    """In the ledger, for every contact that has something in it, and for the person as such."""
    have = ConsentRecord.objects.filter(contact__in=contacts).values_list("contact_id", flat=True)
    named = set(have) | {request.contact_id}
    suffix = ":end" if evidence else ""
    append(
        [
            Entry(
                contact=Contact(pk=pk),
                purpose=Purpose.SERVICE,
                act=Act.ERASED,
                source=_source_of(request),
                occurred_at=timezone.now(),
                clock=Clock.OURS,
                reference=f"request:{request.pk}{suffix}",
                actor=f"agent:{request.approved_by_id}" if request.approved_by_id else "",
                evidence=evidence,
            )
            for pk in sorted(named)
        ]
    )


def _source_of(request: DataRequest) -> Source:
    if request.by_rule:
        return Source.SYSTEM
    return Source.AGENT if request.approved_by_id else Source.FORM


def _others(person: Person) -> list[DataRequest]:
    """Their other requests: what was said in them, and files of theirs."""
    rows = DataRequest.objects.filter(contact_id__in=person.contacts)
    erasing = Q(kind=RequestKind.ERASURE, state=RequestState.RUNNING)
    said = ~Q(note="") | ~Q(reason="") | ~Q(file="") | ~Q(keys={})
    return list(rows.exclude(erasing).filter(said).order_by("pk")[:_AT_ONCE])


def _count_exports(person: Person) -> int:
    return len(_others(person))


def _forget_exports(person: Person) -> Portion:
    rows = _others(person)
    for row in rows:
        forget_export(row)
        row.note, row.reason, row.keys = "", "", {}
        if not row.is_over:
            row.state, row.ended_at = RequestState.REFUSED, timezone.now()
        row.save()
    return Portion(len(rows), len(rows))


def _count_rest(person: Person) -> int:
    details = ConsentDetail.objects.filter(record__contact__in=person.contacts)
    sign_ups = SignUp.objects.filter(contact__in=person.contacts)
    holds = LegalHold.objects.filter(contact_id__in=person.contacts)
    attributes = ContactAttribute.objects.filter(contact__in=person.contacts)
    notes = ContactNote.objects.filter(contact__in=person.contacts)
    more = (sign_ups, holds, attributes, notes, _mails_of(person))
    return details.count() + sum(rows.count() for rows in more) + len(person.contacts)


def _mails_of(person: Person) -> QuerySet[EmailSignUp]:
    """Also what somebody began with their number and nobody confirmed."""
    numbers = [f"+{spelling}" for one in person.ids for spelling in variants(one)]
    return EmailSignUp.objects.filter(Q(contact__in=person.contacts) | Q(number__in=numbers))


def _part_for_good(person: Person) -> Portion:
    """What hangs on the contacts last, and they themselves: one transaction.

    The ledger says `erased` once more, so that entries written since the parting are covered, and
    how much went.
    """
    contacts = lock_contacts(person.contacts)
    if not contacts:
        return DONE
    request = DataRequest.objects.get(pk=person.notes["request"])
    told = {"request": str(request.pk), "counts": person.notes["counts"]}
    _say_erased(request, contacts, canonical.canonical(told))
    details = ConsentDetail.objects.filter(record__contact__in=person.contacts)
    gone = details.exclude(record__act=Act.ERASED).delete()[0]
    gone += SignUp.objects.filter(contact__in=person.contacts).delete()[0]
    gone += _mails_of(person).delete()[0]
    gone += LegalHold.objects.filter(contact_id__in=person.contacts).delete()[0]
    merges = Q(survivor__in=person.contacts) | Q(absorbed__in=person.contacts)
    gone += ContactMerge.objects.filter(merges).delete()[0]
    gone += ContactAttribute.objects.filter(contact__in=person.contacts).delete()[0]
    gone += ContactNote.objects.filter(contact__in=person.contacts).delete()[0]
    theirs = Contact.objects.filter(pk__in=person.contacts)
    gone += theirs.exclude(merged_into=None).delete()[0]
    gone += theirs.delete()[0]
    return Portion(_count_rest(person) + len(contacts), gone)


def _refuse_while_erasing(merge: ContactMerge, **_kwargs: object) -> None:
    """Nobody is merged with, or split from, a contact that is going."""
    ids = {merge.survivor_id, merge.absorbed_id, merge.absorbed.survivor_id}
    running = DataRequest.objects.filter(
        kind=RequestKind.ERASURE, state__in=(RequestState.RUNNING, RequestState.FAILED)
    )
    for keys in running.exclude(keys={}).values_list("keys", flat=True):
        if ids & {UUID(pk) for pk in keys["contacts"]}:
            raise MergeRefused("one of the contacts is being erased")
