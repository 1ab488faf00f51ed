"""Search finds what is known and noted of contacts, and nothing that was taken back unsent."""

from django.db import migrations

# One that was broken off is there, but no good.
BROKEN_OFF = "DROP INDEX CONCURRENTLY IF EXISTS {}"
INDEXES = {
    # In the room `contacts`, whose migrations know nothing of helpdesk_fold.
    "contact_attribute_alike": """
        CREATE INDEX CONCURRENTLY contact_attribute_alike ON contacts_contactattribute
        USING gin (helpdesk_fold(text) gin_trgm_ops) WHERE text IS NOT NULL
    """,
    "contact_note_alike": """
        CREATE INDEX CONCURRENTLY contact_note_alike ON contacts_contactnote
        USING gin (helpdesk_fold(text) gin_trgm_ops)
    """,
}
# As in 0022_search, which says why SCHEMA is named; `{unsaid}` is what this migration adds.
CHANGED = """
DO $do$
BEGIN
    EXECUTE replace($statement$
    CREATE OR REPLACE FUNCTION SCHEMA.helpdesk_message_changed() RETURNS trigger
    LANGUAGE plpgsql AS $f$
    BEGIN
        IF NEW.text = '' OR NEW.revoked_at IS NOT NULL OR NEW.type = 'reaction' {unsaid} THEN
            DELETE FROM SCHEMA.conversations_searchline WHERE id = NEW.id;
        ELSE
            INSERT INTO SCHEMA.conversations_searchline (id, kind, conversation_id, at, words)
            VALUES (NEW.id, 'message', NEW.conversation_id, NEW.sent_at,
                SCHEMA.helpdesk_words(NEW.text))
            ON CONFLICT (id) DO UPDATE SET conversation_id = excluded.conversation_id,
                at = excluded.at, words = excluded.words;
        END IF;
        RETURN NULL;
    END $f$
    $statement$, 'SCHEMA.', quote_ident(current_schema()) || '.');
END
$do$
"""
UNSAID = "OR NEW.status_reason = 'taken_back'"
TRIGGER = """
    CREATE TRIGGER search_message_taken_back
    AFTER UPDATE OF status_reason ON conversations_message
    FOR EACH ROW WHEN (NEW.status_reason = 'taken_back' AND OLD.status_reason <> 'taken_back')
    EXECUTE FUNCTION helpdesk_message_changed()
"""
NO_TRIGGER = "DROP TRIGGER search_message_taken_back ON conversations_message"
THOSE_THERE = """
    DELETE FROM conversations_searchline AS line USING conversations_message AS message
    WHERE line.id = message.id AND message.status_reason = 'taken_back'
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("conversations", "0025_our_name_found"), ("contacts", "0006_notes")]

    operations = [
        *(
            migrations.RunSQL(sql, migrations.RunSQL.noop)
            for sql in (BROKEN_OFF.format(name) for name in INDEXES)
        ),
        *(
            migrations.RunSQL(sql, BROKEN_OFF.format(name))
            for name, sql in INDEXES.items()
        ),
        migrations.RunSQL(CHANGED.format(unsaid=UNSAID), CHANGED.format(unsaid="")),
        migrations.RunSQL(TRIGGER, NO_TRIGGER),
        migrations.RunSQL(THOSE_THERE, migrations.RunSQL.noop),
    ]
