"""A helpdesk that has been in use for a year: a million messages, made by PostgreSQL itself.

Customers write as customers do: a few of them much and most of them once or twice, each message
with its event, every second one with the webhook it came in, every answer with its attempt.
"""

from __future__ import annotations

import time

import psycopg

from benchmarks.place import PHONE_NUMBER_ID, Place

MESSAGES = 1_000_000
CONTACTS = 60_000
YEAR_S = 365 * 24 * 3600
# Rows are consistent by construction: foreign keys are not checked one by one. Their indexes are.
_PREPARE = (
    "SET session_replication_role = replica",
    "SET synchronous_commit = off",
    "SET maintenance_work_mem = '256MB'",
    "SET work_mem = '64MB'",
)
# A contact with all its identities and one conversation; one in 40 is still open.
_PEOPLE = """
    CREATE TEMPORARY TABLE person ON COMMIT PRESERVE ROWS AS
    SELECT who, uuidv7(-age) AS contact, uuidv7(-age) AS conversation, now() - age AS since,
        '4916' || lpad(who::text, 9, '0') AS wa_id,
        CASE WHEN who % 40 = 0 THEN 'open' ELSE 'resolved' END AS status
    FROM generate_series(1, {contacts}) AS who,
    LATERAL (SELECT make_interval(secs => {year} * (1 - who::float / {contacts})) AS age) AS aged
"""
_CONTACTS = """
    INSERT INTO contacts_contact (id, name, language, created_at, updated_at)
    SELECT contact, 'Fahrgast ' || who, CASE who % 5 WHEN 0 THEN 'en' ELSE 'de' END, since, since
    FROM person
"""
_IDENTITIES = """
    INSERT INTO contacts_identity (contact_id, kind, value, match_key, first_seen_at)
    SELECT contact, kind, value, value, since FROM person,
    LATERAL (VALUES ('wa_id', wa_id), ('bsuid', 'DE.1' || wa_id)) AS known (kind, value)
"""
_CONVERSATIONS = """
    INSERT INTO conversations_conversation (id, contact_id, business_number_id, status, unread,
        created_at, updated_at, window_expires_at, last_inbound_at, last_message_at, resolved_at)
    SELECT conversation, contact, {number}, status, 0, since, since, since + interval '1 day',
        since, since, CASE status WHEN 'resolved' THEN since END
    FROM person
"""
# The person of message n: the square makes a tenth of the people write half of the messages.
_MESSAGES = """
    INSERT INTO conversations_message (id, conversation_id, business_number_id, direction, type,
        text, payload, wamid, context_wamid, status, status_reason, status_detail, lane, origin,
        pricing_category, pricing_type, attempts, sent_at, created_at, updated_at, claimed_at)
    SELECT uuidv7(made.at - now()), person.conversation, {number},
        CASE WHEN is_in THEN 'inbound' ELSE 'outbound' END, 'text',
        CASE WHEN is_in THEN 'Guten Tag, fährt der RE ' || n % 90 || ' heute pünktlich? Frage ' || n
            ELSE 'Ja, um ' || n % 24 || ':05 Uhr von Gleis ' || n % 12 || '. Gute Reise!' END,
        '{{}}', 'wamid.MILLION' || md5(n::text), '',
        CASE WHEN is_in THEN 'received' WHEN n % 10 < 7 THEN 'read' ELSE 'delivered' END,
        '', '', 'reply', 'live', '', '', CASE WHEN is_in THEN 0 ELSE 1 END,
        made.at, made.at, made.at, CASE WHEN is_in THEN NULL ELSE made.at END
    FROM generate_series({first}, {last}) AS n
    CROSS JOIN LATERAL (SELECT n % 2 = 0 AS is_in,
        now() - make_interval(secs => {year} * (1 - n::float / {messages})) AS at,
        1 + floor(power((n::bigint * 7919 % {messages})::float / {messages}, 2) * {contacts})::int
            AS writer
    ) AS made
    JOIN person ON person.who = made.writer
"""
_EVENTS = """
    INSERT INTO conversations_event (name, conversation_id, message_id, data, occurred_at,
        dispatched_at, sequence)
    SELECT CASE direction WHEN 'inbound' THEN 'message.received' ELSE 'message.status_changed' END,
        conversation_id, id, '{{}}', created_at, created_at, row_number() OVER (ORDER BY created_at)
        + (SELECT coalesce(max(sequence), 0) FROM conversations_event)
    FROM conversations_message WHERE wamid LIKE 'wamid.MILLION%'
"""
_ATTEMPTS = """
    INSERT INTO conversations_deliveryattempt (message_id, number, outcome, reason, detail,
        came_too_late, started_at, ended_at)
    SELECT id, 1, 'accepted', '', '', false, created_at, created_at
    FROM conversations_message WHERE wamid LIKE 'wamid.MILLION%' AND direction = 'outbound'
"""
# Bodies are pruned after three months: a quarter of the inbound ones is still there.
_WEBHOOKS = """
    INSERT INTO whatsapp_webhookevent (body, received_at, state, phone_number_id, fields, attempts,
        processed_at)
    SELECT convert_to(jsonb_build_object('object', 'whatsapp_business_account', 'entry',
        jsonb_build_array(jsonb_build_object('id', wamid, 'changes', text)))::text, 'UTF8'),
        created_at, 'processed', '{phone}', 'messages', 1, created_at
    FROM conversations_message WHERE wamid LIKE 'wamid.MILLION%' AND direction = 'inbound'
    AND created_at > now() - interval '91 days'
"""
_LAST = """
    UPDATE conversations_conversation AS c
    SET last_message_id = m.id, last_message_at = m.sent_at, last_inbound_at = m.sent_at,
        window_expires_at = m.sent_at + interval '1 day'
    FROM (SELECT DISTINCT ON (conversation_id) conversation_id, id, sent_at
        FROM conversations_message ORDER BY conversation_id, sent_at DESC, id DESC) AS m
    WHERE m.conversation_id = c.id AND c.id IN (SELECT conversation FROM person)
"""
_TABLES = (
    *("contacts_contact", "contacts_identity", "conversations_conversation"),
    *("conversations_message", "conversations_event", "conversations_deliveryattempt"),
    "whatsapp_webhookevent",
)


def fill(place: Place, messages: int = MESSAGES) -> dict[str, float]:
    """Add `messages` old messages with all that belongs to them; how many, and the seconds."""
    began = time.perf_counter()
    contacts = min(CONTACTS, max(messages // 16, 10))
    with place.database() as database:
        row = database.execute("SELECT min(id) FROM conversations_businessnumber").fetchone()
        assert row is not None
        assert row[0] is not None, "there is no business number"
        names = {
            "number": row[0],
            "year": YEAR_S,
            "contacts": contacts,
            "messages": messages,
            "phone": PHONE_NUMBER_ID,
            "first": 1,
            "last": messages,
        }
        for statement in (*_PREPARE, *_fillers(names)):
            database.execute(statement.encode())
        for table in _TABLES:
            database.execute(f"VACUUM (ANALYZE) {table}".encode())
        database.execute("CHECKPOINT")
        stored = _count(database)
    return {"messages": stored, "seconds": round(time.perf_counter() - began, 1)}


def _fillers(names: dict[str, object]) -> list[str]:
    made = (_PEOPLE, _CONTACTS, _IDENTITIES, _CONVERSATIONS, _MESSAGES, _EVENTS, _ATTEMPTS)
    return [text.format(**names) for text in (*made, _WEBHOOKS, _LAST)]


def _count(database: psycopg.Connection) -> int:
    row = database.execute("SELECT count(*) FROM conversations_message").fetchone()
    assert row is not None
    return int(row[0])
