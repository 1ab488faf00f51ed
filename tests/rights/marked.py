"""A person whose every field and file carries a mark, and a search for it in everything."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import redis
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.files.base import ContentFile
from django.db import connection, models
from django.utils import timezone

from accounts.models import AdminNotice, Agent
from automation.models import (
    AssignmentRule,
    AwayNotice,
    CsatAnswer,
    CsatRequest,
    RuleRun,
    SlaClock,
    SlaPolicy,
)
from consent.models import (
    Act,
    ConsentDetail,
    ConsentImport,
    ConsentRecord,
    EmailSignUp,
    ImportLine,
    LegalHold,
    OwnPageLink,
    SignUp,
)
from consent.personal_data import Person, registry
from consent.signup import begin_sign_up
from contacts.attribute_models import AttributeDefinition
from contacts.attributes import set_attribute
from contacts.merging import merge_contacts, undo_merge
from contacts.models import Contact, MergeReason
from contacts.person_notes import write_contact_note
from conversations.events import record
from conversations.models import (
    Conversation,
    ConversationRead,
    ConversationSeen,
    DeliveryAttempt,
    EarlyStatus,
    EventName,
    Media,
    MediaKind,
    MediaStatus,
    Mention,
    Message,
    SlaTarget,
)
from conversations.services.media import FETCH_TASK
from helpdesk.models import ParkedTask
from inbox.models import BulkItem, BulkRun, ComposerDraft, MacroRun, Notification
from tests import factories
from tests.whatsapp.door import as_body
from whatsapp.ingest import drain
from whatsapp.limits import limiter
from whatsapp.models import WebhookEvent, WhatsAppNumber

SAMPLES = Path(__file__).parents[1] / "whatsapp" / "samples"
# Who most of the samples are of.
PHONE, BSUID, NAME = "447700900321", "GB.5512093384471106", "Tom Whitlock"
NEIGHBOUR, NEIGHBOUR_BSUID = "5491155501234", "AR.8840217735519260"
MARK = "Zq7Märkerß"
EARLIER = "4917612340000"


def ingest_samples() -> None:
    """Everything Meta has ever sent, for one number."""
    for path in sorted(SAMPLES.glob("*.json")):
        if path.stem.startswith("system-user-changed"):
            continue  # they would be two people afterwards
        body = as_body(json.loads(path.read_text()))
        WebhookEvent.objects.create(body=body)
    drain()


def the_person() -> Contact:
    found = Contact.objects.get(identities__value=PHONE, identities__kind="wa_id")
    return Contact.objects.get(pk=found.survivor_id)


def plant(contact: Contact, number: WhatsAppNumber, by: Agent) -> None:
    """A row of everything, and the mark in every text of every row, and in every file."""
    conversation = contact.conversations.filter(business_number=number).latest("created_at")
    answer = factories.MessageFactory.create(conversation=conversation, outbound=True)
    DeliveryAttempt.objects.create(message=answer, number=1, started_at=timezone.now())
    factories.ReactionFactory.create(message=answer)
    note = factories.NoteFactory.create(conversation=conversation)
    Mention.objects.create(note=note, agent=by)
    now = timezone.now()
    ConversationSeen.objects.create(conversation=conversation, agent=by, seen_at=now)
    Notification.objects.create(
        agent=by, kind="mentioned", conversation=conversation, sequence=0, created_at=now
    )
    record(EventName.NOTE_CREATED, conversation, note=note, by=by)
    ComposerDraft.objects.create(
        agent=by, conversation=conversation, mode="reply", text="x", revision=1, device="d"
    )
    ConversationRead.objects.create(conversation=conversation, agent=by, seen_count=1)
    run = BulkRun.objects.create(agent=by, action="resolve", params={}, total=1)
    BulkItem.objects.create(run=run, conversation=conversation, state=BulkItem.State.DONE)
    MacroRun.objects.create(
        client_uuid=uuid4(), conversation=conversation, agent=by, ran_at=timezone.now()
    )
    record(EventName.MESSAGE_CREATED, conversation, message=answer, by=by)
    conversation.labels.add(factories.LabelFactory.create())
    EarlyStatus.objects.create(
        business_number=number,
        wamid="wamid." + base64.b64encode(b"\x1c\x18\x0c" + PHONE.encode() + b"\x15\x02").decode(),
        status="read",
        occurred_at=timezone.now(),
    )
    plant_files(answer)
    _plant_service(answer, by)
    _plant_what_is_noted(contact, by)
    _plant_family(contact, number, by)
    factories.ConsentRecordFactory.create(
        contact=contact,
        purpose="marketing",
        topic="news",
        words=MARK,
        identity=PHONE,
        reference=f"form:{MARK}",
        evidence=MARK,
    )
    _plant_elsewhere(contact, answer, by)
    _mark_every_text(Person.of(contact))
    _plant_in_redis(contact, number)


def _plant_what_is_noted(contact: Contact, by: Agent) -> None:
    """An attribute and a note on the person; of one who is merged in later they move."""
    kind, _made = AttributeDefinition.objects.get_or_create(
        key="subscription", defaults={"kind": "text", "name_de": "Abo", "name_en": "Subscription"}
    )
    set_attribute(contact, kind, MARK, by)
    write_contact_note(contact, MARK, by)


def plant_files(message: Message) -> None:
    for kind in MediaKind.values:
        media = Media(message=message, kind=kind, status=MediaStatus.READY, mime_type="text/plain")
        media.file.save("x", ContentFile(MARK.encode() * 3), save=False)
        media.thumbnail.save("x", ContentFile(f"small {MARK}".encode()), save=False)
        media.save()


def _plant_family(contact: Contact, number: WhatsAppNumber, by: Agent) -> None:
    """One who was merged in, with a thread and an earlier number; one who was split off again."""
    twin = factories.ContactFactory.create(wa_id=EARLIER, name=f"twin {MARK}")
    thread = factories.ConversationFactory.create(contact=twin, business_number=number)
    factories.MessageFactory.create(conversation=thread)
    factories.ConsentRecordFactory.create(contact=twin, words=MARK)
    _plant_what_is_noted(twin, by)  # gives way, and stays with the twin's row
    merge_contacts(contact, twin, MergeReason.BY_HAND, by)
    other = factories.ContactFactory.create(name="Another person")
    undo_merge(merge_contacts(contact, other, MergeReason.BY_HAND, by), by)


def _plant_service(message: Message, by: Agent) -> None:
    """A promise, an away message, and what they said of us."""
    thread, now = message.conversation, timezone.now()
    AwayNotice.objects.create(conversation=thread, day=now.date(), message=message)
    rule = AssignmentRule.objects.create(name="A rule", priority=2)
    RuleRun.objects.create(rule=rule, conversation=thread, message=message, ran_at=now)
    policy = SlaPolicy.objects.create(name="All", first_response_min=60)
    SlaClock.objects.create(
        conversation=thread,
        policy=policy,
        target=SlaTarget.FIRST_RESPONSE,
        target_s=3600,
        warn_percent=80,
        started_at=now,
    )
    asked = CsatRequest.objects.create(
        conversation=thread,
        state=CsatRequest.State.ANSWERED,
        ask_at=now,
        resolved_at=now,
        agent=by,
        message=message,
    )
    CsatAnswer.objects.create(request=asked, score=1, answered_at=now, comment=message)


def _plant_elsewhere(contact: Contact, message: Message, by: Agent) -> None:
    media = message.media.first()
    assert media is not None
    for row in (contact, message.conversation, media):
        LogEntry.objects.log_actions(by.pk, [row], CHANGE, MARK, single_object=True)
    AdminNotice.objects.create(
        kind="quarantined",
        subject=str(media.pk),
        severity="warning",
        text=MARK,
        params={"name": MARK},
        raised_at=timezone.now(),
        last_raised_at=timezone.now(),
    )
    sign_up = begin_sign_up(factories.SignUpFormFactory.create(), ["news"], "de")
    SignUp.objects.filter(pk=sign_up.pk).update(contact=contact, used_at=timezone.now())
    _plant_links(contact, message, sign_up)
    LegalHold.objects.create(
        contact_id=contact.pk, reason=MARK, set_at=timezone.now(), lifted_at=timezone.now()
    )
    batch = ConsentImport.objects.create(name="a.csv", size=1, sha256="", state="checked")
    ImportLine.objects.create(batch=batch, number=2, identity=PHONE, cells=[MARK])
    # Refused without an identity, which leaves the cells to go by.
    ImportLine.objects.create(
        batch=batch, number=4, reason="unreadable", cells=[f"+{PHONE[:2]} (0) {PHONE[2:]}", MARK]
    )
    ImportLine.objects.create(
        batch=batch, number=5, reason="unreadable", cells=[f"0{PHONE[2:6]}/{PHONE[6:]}", MARK]
    )
    ImportLine.objects.create(batch=batch, number=3, contact_id=contact.pk)
    ParkedTask.objects.create(
        name=FETCH_TASK,
        args=[str(media.pk)],
        kwargs={"why": MARK},
        cause="raised",
        first_at=timezone.now(),
        last_at=timezone.now(),
    )


def _plant_links(contact: Contact, message: Message, sign_up: SignUp) -> None:
    """A link to their own page, and a sign-up by e-mail that nobody has confirmed yet."""
    identity = contact.identities.filter(ended_at=None).first()
    assert identity is not None
    now = timezone.now()
    OwnPageLink.objects.create(
        pk=message.pk,
        contact=contact,
        identity=identity,
        created_at=now,
        expires_at=now + timedelta(hours=1),
    )
    for owner, phone in ((contact, ""), (None, f"+{PHONE}")):
        EmailSignUp.objects.create(
            form=sign_up.form,
            contact=owner,
            topics=["news"],
            wording=sign_up.wording,
            number=phone,
            email=f"{MARK.lower()}@example.org",
            created_at=now,
            expires_at=now + timedelta(hours=1),
        )


def _mark_every_text(person: Person) -> None:
    """Whatever field of theirs takes words gets the mark, past all rules of the code."""
    with connection.cursor() as cursor:
        for table in registry.of_person():
            if table.rows is None or table.model in (ConsentRecord, ConsentDetail):
                continue
            if table.label == "consent.ChainLink":
                continue
            key = table.model._meta.pk
            assert key is not None
            rows = list(table.rows(person).values_list("pk", flat=True))
            for field in table.model._meta.local_concrete_fields:
                value = _mark_for(field)
                if value is None:
                    continue
                cursor.execute(
                    f'UPDATE {table.model._meta.db_table} SET "{field.column}" = {value}'
                    f' WHERE "{key.column}" = ANY(%s)',
                    [rows],
                )


def _mark_for(field: models.Field[Any, Any]) -> str | None:
    """SQL for a marked value; None for ids, states, and what the search goes by."""
    kept = (
        "match_key",
        "value",
        "wamid",
        "object_id",
        "subject",
        "link",
        "args",
        "kind",
        "file",
        "status",
        "identity",
        "cells",
    )
    if field.choices or field.primary_key or field.is_relation or field.name in kept:
        return None
    if isinstance(field, models.FileField):
        return None
    if isinstance(field, models.JSONField):
        if field.name == "moved":
            return f'moved || \'{{"name": "{MARK}"}}\''
        return f'\'{{"{MARK}": ["{MARK}"]}}\''
    if isinstance(field, models.CharField | models.TextField):
        long = field.max_length is None or field.max_length >= len(MARK)
        return f"'{MARK}'" if long and not field.unique else None
    return None


def _plant_in_redis(contact: Contact, number: WhatsAppNumber) -> None:
    client: redis.Redis = limiter()._redis
    client.set(f"whatsapp:pair:{number.pk}:{contact.pk}", "1")
    client.zadd(f"whatsapp:outside:{number.portfolio_id or 'unknown'}", {str(contact.pk): 5})
    client.set(f"whatsapp:outside:{number.portfolio_id or 'unknown'}:known", 1)


def places_of(*needles: str, client: redis.Redis) -> list[str]:
    """Where one of `needles` is found, in any spelling: tables, files, Redis."""
    spelled = re.compile(b"|".join(re.escape(one) for n in needles for one in spellings(n)))
    found = [where for where, content in _everything(client) if spelled.search(content)]
    return sorted(set(found))


def spellings(needle: str) -> Iterator[bytes]:
    raw = needle.encode()
    yield raw
    yield raw.upper()
    yield raw.lower()
    yield json.dumps(needle)[1:-1].encode()  # \u00e4
    yield json.dumps(json.dumps(needle)[1:-1])[1:-1].encode()
    yield quote(needle).encode()
    yield raw.hex().encode()
    for shift in range(3):
        # What base64 makes of it wherever it stands, without the letters its neighbours share.
        encoded = base64.b64encode(b"\0" * shift + raw).rstrip(b"=")
        shared = (shift + len(raw)) % 3 != 0
        yield encoded[(0, 2, 3)[shift] : len(encoded) - shared]


def _everything(client: redis.Redis) -> Iterator[tuple[str, bytes]]:
    yield from _tables()
    root = Path(settings.MEDIA_ROOT)
    for path in root.rglob("*"):
        yield f"file {path.relative_to(root)}", str(path).encode()
        if path.is_file():
            yield f"file {path.relative_to(root)}", _inside(path.read_bytes())
    for key in client.scan_iter("*"):
        yield f"redis {key.decode()}", key + b" " + (client.dump(key) or b"")
        if client.type(key) == b"list":
            yield f"redis {key.decode()}", b"".join(client.lrange(key, 0, -1))


def _tables() -> Iterator[tuple[str, bytes]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
        names = [row[0] for row in cursor.fetchall()]
        for name in names:
            cursor.execute(f'SELECT t::text FROM "{name}" t')
            for (text,) in cursor.fetchall():
                yield f"table {name}", text.encode()
        cursor.execute("SELECT body FROM whatsapp_webhookevent")
        for (body,) in cursor.fetchall():
            yield "table whatsapp_webhookevent", bytes(body)


def _inside(content: bytes) -> bytes:
    """Also what is packed in an archive."""
    if not content.startswith(b"PK"):
        return content
    import zipfile  # noqa: PLC0415

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return content + b"".join(archive.read(name) for name in archive.namelist())


def erased_entries(contact_id: object) -> int:
    return ConsentRecord.objects.filter(contact_id=contact_id, act=Act.ERASED).count()


def threads_of(contact: Contact) -> list[Conversation]:
    return list(contact.conversations.all())
