"""The statements of `benchmarks/generate.py`, in their order. Chance is a hash of the row's number
and the seed, so that the same seed gives the same rows whatever the plan."""

from __future__ import annotations

TABLES = (
    *("contacts_contact", "contacts_identity", "conversations_conversation"),
    *("conversations_conversation_labels", "conversations_message", "conversations_media"),
    *("conversations_note", "conversations_event", "conversations_searchline"),
    *("conversations_conversationread", "consent_consentrecord", "consent_consentdetail"),
    *("consent_consentstate", "consent_chainlink"),
)
LARGE_TABLES = ("conversations_message", "conversations_event", "conversations_searchline")

# chance(n, salt): 0 ≤ x < 1. made_id(at, n, salt): a UUID of version 7. pick_*: by a row's place.
PEOPLE = (
    """CREATE FUNCTION pg_temp.chance(n bigint, salt bigint) RETURNS float8 LANGUAGE sql IMMUTABLE
    AS $$ SELECT ((hashint8extended(n, salt) & 9007199254740991) / 9007199254740992.0) $$""",
    """CREATE FUNCTION pg_temp.made_id(at timestamptz, n bigint, salt bigint) RETURNS uuid
    LANGUAGE sql IMMUTABLE AS $$ SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12,
        '0') || '7' || substr(md5(n || ' ' || salt), 1, 3) || '8' || substr(md5(n || ' ' || salt),
        4, 15))::uuid $$""",
    """INSERT INTO accounts_agent_teams (agent_id, team_id)
    SELECT agent.id, team.id
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM accounts_agent) AS agent
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n, count(*) OVER () AS many
        FROM accounts_team) AS team ON agent.n % team.many = team.n - 1
        OR (agent.n % 5 = 0 AND (agent.n + 1) % team.many = team.n - 1)""",
    """CREATE TEMPORARY TABLE helper AS
    SELECT agent.id, team.team_id, row_number() OVER (ORDER BY agent.id) - 1 AS n
    FROM accounts_agent AS agent CROSS JOIN LATERAL (SELECT team_id FROM accounts_agent_teams
        WHERE agent_id = agent.id ORDER BY team_id LIMIT 1) AS team""",
    """CREATE TEMPORARY TABLE tag AS
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM conversations_label""",
    """CREATE TEMPORARY TABLE number AS
    SELECT min(id) AS first, max(id) AS last FROM conversations_businessnumber""",
)

# One in 14 conversations is its contact's second one, resolved before. 15 % are not resolved; of
# these a half had its last message within a day. `place` is by the last message, newest last.
_THREADS = """
    CREATE TEMPORARY TABLE thread AS
    SELECT k, CASE WHEN k % 14 = 13 THEN k - 1 ELSE k END AS who, status, final,
        final - make_interval(secs => 600 + length_d * 86400) AS since, teams, chance_a, chance_b,
        greatest(1, least(28800, length_d * 86400)) AS usual_s
    FROM generate_series(1, {conversations}) AS k
    CROSS JOIN LATERAL (SELECT pg_temp.chance(k, {seed} * 10 + 1) AS chance_a,
        pg_temp.chance(k, {seed} * 10 + 2) AS chance_b,
        pg_temp.chance(k, {seed} * 10 + 3) AS chance_c,
        pg_temp.chance(k, {seed} * 10 + 4) AS chance_d) AS drawn
    CROSS JOIN LATERAL (SELECT CASE WHEN k % 14 = 13 OR chance_a < 0.85 THEN 'resolved'
        WHEN chance_a < 0.95 THEN 'open' WHEN chance_a < 0.98 THEN 'pending'
        ELSE 'snoozed' END AS status) AS stood
    CROSS JOIN LATERAL (SELECT '{until}'::timestamptz - make_interval(secs => 1 + CASE
            WHEN status = 'resolved' THEN 31536000 * power(chance_b, 1.3)
            WHEN chance_b < 0.5 THEN 86400 * chance_c
            ELSE 86400 + 864000 * chance_c END) AS final,
        30 * power(chance_d, 3) AS length_d,
        floor(chance_c * 1000)::int AS teams) AS made
"""
_CONTACTS = """
    INSERT INTO contacts_contact (id, name, language, created_at, updated_at)
    SELECT pg_temp.made_id(since, k, 1), CASE WHEN k % 25 = 0 THEN '' ELSE called.text END,
        CASE WHEN chance_a < 0.8 THEN 'de' WHEN chance_a < 0.97 THEN 'en' ELSE 'tr' END,
        since, since
    FROM thread JOIN called ON called.n = (hashint8extended(k, {seed}) & 1073741823) % {names}
    WHERE k = who
"""
_IDENTITIES = """
    INSERT INTO contacts_identity (contact_id, kind, value, match_key, first_seen_at)
    SELECT pg_temp.made_id(since, k, 1), kind, value, value, since
    FROM thread CROSS JOIN LATERAL (SELECT
        (ARRAY['4915', '4916', '4917', '4301', '4179', '1202'])[1 + k % 6]
        || lpad((k * 48271::bigint % 2147483647)::text, 10, '0') AS digits) AS dialled
    CROSS JOIN LATERAL (VALUES ('wa_id', digits), ('phone', '+' || digits),
        ('bsuid', 'DE.' || 10000000000000 + k), ('username', 'gast.' || to_hex(k * 7919)))
        AS known (kind, value)
    WHERE k = who AND CASE kind WHEN 'bsuid' THEN true WHEN 'username' THEN k % 10 = 0
        ELSE k % 50 <> 0 END
"""
_CONVERSATIONS = """
    INSERT INTO conversations_conversation (id, contact_id, business_number_id, status, assignee_id,
        team_id, unread, priority, created_at, updated_at, resolved_at, snoozed_until)
    SELECT pg_temp.made_id(thread.since, thread.k, 2),
        pg_temp.made_id(owner.since, owner.k, 1),
        CASE WHEN thread.k % 14 = 13 THEN number.last ELSE number.first END, status,
        CASE WHEN status = 'resolved' OR chance_b < 0.7 THEN helper.id END,
        CASE WHEN teams % 20 > 0 THEN helper.team_id END, 0,
        CASE WHEN teams % 50 = 7 THEN 4 WHEN teams % 12 = 5 THEN 3 WHEN teams % 15 = 2 THEN 1
            ELSE 2 END,
        thread.since, final, CASE status WHEN 'resolved' THEN final + interval '90 seconds' END,
        CASE status WHEN 'snoozed' THEN '{until}'::timestamptz
            + make_interval(secs => 600 + teams * 300) END
    FROM thread CROSS JOIN number
    JOIN helper ON helper.n = teams % {agents}
    JOIN (SELECT k, since FROM thread) AS owner ON owner.k = who
"""
_LABELS = """
    INSERT INTO conversations_conversation_labels (conversation_id, label_id)
    SELECT pg_temp.made_id(since, k, 2), tag.id
    FROM thread JOIN tag ON tag.n = teams % {labels} OR (teams % 9 = 1 AND tag.n = k % {labels})
    WHERE teams % 5 < 2
"""
# Two for each conversation, at its beginning and end; the first one has the longest; of the rest
# the square makes a tenth of the conversations have a third of the messages.
_SPOKEN = """
    CREATE TEMPORARY TABLE spoken AS
    SELECT row_number() OVER (ORDER BY at, n) AS n, k, at, is_in, kind, chance_e
    FROM (
        SELECT n, k, CASE WHEN n <= {conversations} THEN since
            WHEN n <= 2 * {conversations} THEN final
            ELSE since + (final - since) * pg_temp.chance(n, {seed} * 10 + 5) END AS at,
            CASE WHEN n <= {conversations} THEN true
                WHEN n <= 2 * {conversations} THEN status <> 'resolved' AND chance_a < 0.93
                ELSE pg_temp.chance(n, {seed} * 10 + 6) < 0.5 END AS is_in,
            pg_temp.chance(n, {seed} * 10 + 7) AS kind,
            pg_temp.chance(n, {seed} * 10 + 8) AS chance_e
        FROM generate_series(1, {messages}) AS n
        CROSS JOIN LATERAL (SELECT CASE WHEN n <= 2 * {conversations}
            THEN 1 + (n - 1) % {conversations}
            WHEN n <= 2 * {conversations} + {longest} - 2 THEN 1
            ELSE 1 + floor(power(pg_temp.chance(n, {seed} * 10 + 9), 2) * {conversations})::int
            END AS of_thread) AS belongs
        JOIN thread ON thread.k = belongs.of_thread
    ) AS drawn
"""
_MESSAGES = """
    INSERT INTO conversations_message (id, conversation_id, business_number_id, direction, type,
        text, payload, wamid, context_wamid, status, status_reason, status_detail, lane, origin,
        pricing_category, pricing_type, attempts, author_id, sent_at, created_at, updated_at,
        claimed_at)
    SELECT pg_temp.made_id(at, spoken.n, 3), pg_temp.made_id(since, thread.k, 2),
        CASE WHEN thread.k % 14 = 13 THEN number.last ELSE number.first END,
        CASE WHEN is_in THEN 'inbound' ELSE 'outbound' END,
        CASE WHEN kind < 0.93 THEN 'text' WHEN kind < 0.965 THEN 'image'
            WHEN kind < 0.98 THEN 'audio' WHEN kind < 0.99 THEN 'document'
            WHEN kind < 0.995 THEN 'video' ELSE 'location' END,
        CASE WHEN kind < 0.93 THEN said.text || CASE WHEN spoken.n % 20 = 0
            THEN ' NB-' || spoken.n ELSE '' END WHEN kind < 0.945 THEN said.text ELSE '' END,
        CASE WHEN kind < 0.995 THEN '{{}}'::jsonb ELSE '{{"location": {{"latitude": 54.3233,
            "longitude": 10.1394, "name": "Kiel Hauptbahnhof"}}}}' END,
        'wamid.MADE' || md5(spoken.n || ' {seed}'), '',
        CASE WHEN is_in THEN 'received' WHEN chance_e < 0.8 THEN 'read'
            WHEN chance_e < 0.995 THEN 'delivered' ELSE 'failed' END,
        CASE WHEN NOT is_in AND chance_e >= 0.995 THEN '131026' ELSE '' END, '', 'reply', 'live',
        '', '', CASE WHEN is_in THEN 0 ELSE 1 END, CASE WHEN is_in THEN NULL ELSE helper.id END,
        at, at, at, CASE WHEN is_in THEN NULL ELSE at END
    FROM spoken JOIN thread USING (k) CROSS JOIN number
    JOIN said ON said.n = (hashint8extended(spoken.n, {seed} + 3) & 1073741823) % {texts}
    JOIN helper ON helper.n = (thread.k + (spoken.n % 3)) % {agents}
    ORDER BY spoken.n
"""
_MEDIA = """
    INSERT INTO conversations_media (id, message_id, kind, status, mime_type, filename, size,
        sha256, waveform, thumbnail, promised_sha256, is_voice, file, external_id, external_url,
        failure, attempts, claims_lost, created_at)
    SELECT pg_temp.made_id(created_at, made.n, 4), id, type, 'failed',
        CASE type WHEN 'image' THEN 'image/jpeg' WHEN 'audio' THEN 'audio/ogg'
            WHEN 'video' THEN 'video/mp4' ELSE 'application/pdf' END,
        CASE type WHEN 'document' THEN filed.text ELSE '' END,
        20000 + made.n % 900000, '', '[]', '', '', type = 'audio', '', '', '', 'made', 3, 0,
        created_at
    FROM (SELECT id, type, created_at, row_number() OVER (ORDER BY created_at, id) AS n
        FROM conversations_message
        WHERE type IN ('image', 'audio', 'video', 'document')) AS made
    JOIN filed ON filed.n = made.n % {files}
"""
_NOTES = """
    INSERT INTO conversations_note (id, conversation_id, author_id, text, created_at)
    SELECT pg_temp.made_id(at, spoken.n, 5), pg_temp.made_id(since, thread.k, 2), helper.id,
        said.text, at + interval '1 second'
    FROM spoken JOIN thread USING (k)
    JOIN said ON said.n = (hashint8extended(spoken.n, {seed} + 4) & 1073741823) % {texts}
    JOIN helper ON helper.n = (thread.k + spoken.n) % {agents}
    WHERE spoken.n % 40 = 7
"""
# Triggers do not run while it is filled; this is what they would have written.
_LINES = """
    INSERT INTO conversations_searchline (id, kind, conversation_id, at, words)
    SELECT id, 'message', conversation_id, sent_at, helpdesk_words(text)
    FROM conversations_message WHERE text <> '' ORDER BY sent_at;
    INSERT INTO conversations_searchline (id, kind, conversation_id, at, words)
    SELECT id, 'note', conversation_id, created_at, helpdesk_words(text) FROM conversations_note
"""
# As the services write them; all dispatched.
_EVENTS = """
    INSERT INTO conversations_event (name, conversation_id, message_id, note_id, actor_id, data,
        occurred_at, dispatched_at, sequence)
    SELECT name, conversation_id, message_id, note_id, actor_id, '{{}}', at, at,
        row_number() OVER (ORDER BY at, place)
    FROM (
        SELECT CASE direction WHEN 'inbound' THEN 'message.received' ELSE 'message.created' END
            AS name, conversation_id, id AS message_id, NULL::uuid AS note_id,
            author_id AS actor_id, created_at AS at, 2 AS place FROM conversations_message
        UNION ALL
        SELECT 'note.created', conversation_id, NULL, id, author_id, created_at, 3
        FROM conversations_note
        UNION ALL
        SELECT 'conversation.opened', id, NULL, NULL, NULL, created_at, 1
        FROM conversations_conversation
        UNION ALL
        SELECT 'conversation.assigned', id, NULL, NULL, assignee_id,
            created_at + interval '2 seconds', 3
        FROM conversations_conversation WHERE assignee_id IS NOT NULL
        UNION ALL
        SELECT 'conversation.resolved', id, NULL, NULL, assignee_id, resolved_at, 4
        FROM conversations_conversation WHERE resolved_at IS NOT NULL
    ) AS happened
"""
# What a list row is drawn from, as the services would have left it.
_LAST = """
    UPDATE conversations_conversation AS c
    SET last_message_id = newest.id, last_message_at = newest.sent_at,
        last_inbound_at = came.at, inbound_count = came.many,
        window_expires_at = came.at + interval '1 day',
        first_replied_at = answered.at,
        unread = CASE WHEN waits THEN 1 + (newest.n % 3) ELSE 0 END,
        waiting_since = CASE WHEN waits THEN newest.sent_at END,
        sla_target = CASE WHEN waits THEN CASE WHEN answered.at IS NULL THEN 'first_response'
            ELSE 'next_response' END ELSE '' END,
        sla_due_at = CASE WHEN waits THEN newest.sent_at + interval '8 hours' END,
        sla_warn_at = CASE WHEN waits THEN newest.sent_at + interval '6 hours' END
    FROM (SELECT DISTINCT ON (conversation_id) conversation_id, id, sent_at, direction,
            (hashint8extended(extract(epoch FROM sent_at)::bigint, 1) & 1023) AS n
        FROM conversations_message ORDER BY conversation_id, sent_at DESC, id DESC) AS newest
    JOIN (SELECT conversation_id, max(sent_at) AS at, count(*) AS many FROM conversations_message
        WHERE direction = 'inbound' GROUP BY 1) AS came USING (conversation_id)
    LEFT JOIN (SELECT conversation_id, min(sent_at) AS at FROM conversations_message
        WHERE direction = 'outbound' GROUP BY 1) AS answered USING (conversation_id)
    JOIN LATERAL (SELECT newest.direction = 'inbound' AS wrote) AS w ON true
    JOIN conversations_conversation AS now_is ON now_is.id = newest.conversation_id
    JOIN LATERAL (SELECT wrote AND now_is.status IN ('open', 'pending') AS waits) AS x ON true
    WHERE c.id = newest.conversation_id
"""

# Who has a conversation has seen all but what is unread for all; of an open one a third of the team
# has looked at it once, a quarter of them before the last words.
_READS = """
    INSERT INTO conversations_conversationread (agent_id, conversation_id, seen_count, read_at)
    SELECT reader.id, c.id, greatest(0, c.inbound_count - CASE
            WHEN reader.id = c.assignee_id THEN c.unread
            WHEN drawn.n % 4 = 0 THEN 1 + c.unread ELSE 0 END), c.last_message_at
    FROM conversations_conversation AS c
    CROSS JOIN LATERAL (SELECT hashtextextended(c.id::text, {seed}) & 1073741823 AS n) AS drawn
    JOIN helper AS reader ON reader.id = c.assignee_id
        OR (c.status <> 'resolved' AND reader.team_id = c.team_id AND (reader.n + drawn.n) % 3 = 0)
"""
_TOPICS = """
    INSERT INTO consent_topic (key, name_de, name_en, also_called, description_de, description_en,
        frequency_de, frequency_en, explanation_de, explanation_en, legal_basis, is_active,
        created_at)
    VALUES ('news', 'Neuigkeiten', 'News', '', '', '', '', '', '', '', '', true, now()),
        ('offers', 'Angebote', 'Offers', '', '', '', '', '', '', '', '', true, now())
    ON CONFLICT (key) DO NOTHING
"""
# A quarter of the customers wrote START, a third of them for offers, too; one in seven wrote STOPP
# later. Content and commitment are the ledger's (`consent/ledger.py`), so that it holds.
_SAID = """
    CREATE TEMPORARY TABLE consented AS
    SELECT row_number() OVER (ORDER BY at, k, place) AS n, contact, topic, act, words, at, stamp,
        salt, encode(sha256(convert_to(format('{{"actor":"","evidence":"","identity":"",'
            '"reference":"","salt":"%s","words":"%s"}}', salt, words), 'UTF8')), 'hex') AS personal
    FROM (
        SELECT k, place, pg_temp.made_id(since, k, 1) AS contact, topic, act, words, at,
            to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS stamp,
            encode(sha256(convert_to(k || ' ' || place || ' {seed}', 'UTF8')), 'hex') AS salt
        FROM thread CROSS JOIN LATERAL (VALUES
            (1, 'news', 'granted', 'START', since, chance_b < 0.25),
            (2, 'offers', 'granted', 'START ANGEBOTE', since, chance_b < 0.08),
            (3, '', 'withdrawn', 'STOPP', final, chance_b < 0.25 AND k % 7 = 3)
        ) AS told (place, topic, act, words, at, is_so)
        WHERE k = who AND is_so
    ) AS spoken
"""
_RECORDS = """
    INSERT INTO consent_consentrecord (id, contact_id, purpose, topic, act, source,
        business_number, language, occurred_at, clock, recorded_at, reference_hash, content)
    SELECT n, contact, 'marketing', topic, act, 'message', '', 'de', at, 'whatsapp', at, '',
        format('{{"act":"%s","business_number":"","clock":"whatsapp","contact":"%s",'
            '"language":"de","occurred_at":"%s","personal":"%s","purpose":"marketing",'
            '"recorded_at":"%s","reference":"","source":"message","topic":"%s","v":1,'
            '"wording":null}}', act, contact, stamp, personal, stamp, topic)
    FROM consented ORDER BY n;
    INSERT INTO consent_consentdetail (record_id, salt, identity, words, reference, actor, evidence)
    SELECT n, salt, '', words, '', '', '' FROM consented ORDER BY n;
    INSERT INTO consent_consentstate (contact_id, purpose, topic, record_id, act, occurred_at)
    SELECT contact, 'marketing', topic, n, act, at FROM consented ORDER BY n;
    SELECT setval(pg_get_serial_sequence('consent_consentrecord', 'id'),
        (SELECT greatest(1, max(n)) FROM consented))
"""
# As the trigger does at each commit.
_CHAIN = """
    SELECT count(consent_chain_record(record))
    FROM (SELECT * FROM consent_consentrecord ORDER BY id) AS record
"""

STATEMENTS = {
    "second number": "INSERT INTO conversations_businessnumber (name, phone_number,"
    " privacy_notice_de, privacy_notice_en, is_active, sends_read_receipts, sends_typing,"
    " created_at) SELECT 'Abo-Service', '+4943112345', '', '', true, true, true, now();"
    " UPDATE number SET last = (SELECT max(id) FROM conversations_businessnumber)",
    "threads": _THREADS,
    "an index of threads": "CREATE UNIQUE INDEX ON thread (k); ANALYZE thread",
    "contacts": _CONTACTS,
    "identities": _IDENTITIES,
    "conversations": _CONVERSATIONS,
    "labels": _LABELS,
    "who says what when": _SPOKEN,
    "messages": "ANALYZE spoken;" + _MESSAGES,
    "media": _MEDIA,
    "notes": _NOTES,
    "what is searched": _LINES,
    "events": _EVENTS,
    "last messages": "ANALYZE conversations_message;" + _LAST,
    "what was read": "ANALYZE conversations_conversation;" + _READS,
    "topics": _TOPICS,
    "consents said": _SAID,
    "consents": _RECORDS,
    "chain of consents": _CHAIN,
}
