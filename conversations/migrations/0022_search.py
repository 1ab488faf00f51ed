"""Search: both languages' stems of messages and notes, kept by triggers; names that sound alike.

Runs on managed servers: `unaccent` and `pg_trgm` are trusted extensions, which the owner of a
database may install. Nothing here touches the rows that are there; 0023_words_filled does.
"""

import django.db.models.deletion
from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.contrib.postgres.search import SearchVectorField
from django.db import migrations, models

# Functions name everything with its schema: they also run where none is searched (a dump that is
# read back, an index that is made). SCHEMA is where the tables are, EXTENSIONS where unaccent is.
PREPARE = """
DO $do$
DECLARE
    ours text := quote_ident(current_schema());
    theirs text := (SELECT quote_ident(nspname) FROM pg_extension
        JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'unaccent');
    statement text;
BEGIN
    FOREACH statement IN ARRAY ARRAY[{statements}] LOOP
        EXECUTE replace(replace(statement, 'EXTENSIONS.', theirs || '.'), 'SCHEMA.', ours || '.');
    END LOOP;
END
$do$
"""
STATEMENTS = (
    """CREATE TEXT SEARCH CONFIGURATION SCHEMA.helpdesk_de (COPY = pg_catalog.german)""",
    """ALTER TEXT SEARCH CONFIGURATION SCHEMA.helpdesk_de
    ALTER MAPPING FOR hword, hword_part, word WITH EXTENSIONS.unaccent, pg_catalog.german_stem""",
    """CREATE TEXT SEARCH CONFIGURATION SCHEMA.helpdesk_en (COPY = pg_catalog.english)""",
    """ALTER TEXT SEARCH CONFIGURATION SCHEMA.helpdesk_en
    ALTER MAPPING FOR hword, hword_part, word WITH EXTENSIONS.unaccent, pg_catalog.english_stem""",
    # Of unaccent only the two-argument form may be called immutable: it names its dictionary.
    """CREATE FUNCTION SCHEMA.helpdesk_fold(said text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS
    $f$ SELECT lower(EXTENSIONS.unaccent('EXTENSIONS.unaccent'::regdictionary, said)) $f$""",
    # "Kiel/Husum" are two places and no file.
    """CREATE FUNCTION SCHEMA.helpdesk_words(said text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS
    $f$ SELECT to_tsvector('SCHEMA.helpdesk_de'::regconfig, translate(left(said, 20000), '/', ' '))
        || to_tsvector('SCHEMA.helpdesk_en'::regconfig, translate(left(said, 20000), '/', ' ')) $f$
    """,
    """CREATE FUNCTION SCHEMA.helpdesk_messages_came() RETURNS trigger LANGUAGE plpgsql AS $f$
    BEGIN
        INSERT INTO SCHEMA.conversations_searchline (id, kind, conversation_id, at, words)
        SELECT id, 'message', conversation_id, sent_at, SCHEMA.helpdesk_words(text) FROM fresh
        WHERE text <> '' AND revoked_at IS NULL AND type <> 'reaction'
        ON CONFLICT (id) DO NOTHING;
        RETURN NULL;
    END $f$""",
    """CREATE FUNCTION SCHEMA.helpdesk_message_changed() RETURNS trigger LANGUAGE plpgsql AS $f$
    BEGIN
        IF NEW.text = '' OR NEW.revoked_at IS NOT NULL OR NEW.type = 'reaction' THEN
            DELETE FROM SCHEMA.conversations_searchline WHERE id = NEW.id;
        ELSE
            INSERT INTO SCHEMA.conversations_searchline (id, kind, conversation_id, at, words)
            VALUES (NEW.id, 'message', NEW.conversation_id, NEW.sent_at,
                SCHEMA.helpdesk_words(NEW.text))
            ON CONFLICT (id) DO UPDATE SET conversation_id = excluded.conversation_id,
                at = excluded.at, words = excluded.words;
        END IF;
        RETURN NULL;
    END $f$""",
    """CREATE FUNCTION SCHEMA.helpdesk_notes_came() RETURNS trigger LANGUAGE plpgsql AS $f$
    BEGIN
        INSERT INTO SCHEMA.conversations_searchline (id, kind, conversation_id, at, words)
        SELECT id, 'note', conversation_id, created_at, SCHEMA.helpdesk_words(text) FROM fresh
        ON CONFLICT (id) DO NOTHING;
        RETURN NULL;
    END $f$""",
    """CREATE FUNCTION SCHEMA.helpdesk_note_changed() RETURNS trigger LANGUAGE plpgsql AS $f$
    BEGIN
        UPDATE SCHEMA.conversations_searchline SET conversation_id = NEW.conversation_id,
            at = NEW.created_at, words = SCHEMA.helpdesk_words(NEW.text) WHERE id = NEW.id;
        RETURN NULL;
    END $f$""",
    """CREATE FUNCTION SCHEMA.helpdesk_lines_gone() RETURNS trigger LANGUAGE plpgsql AS $f$
    BEGIN
        DELETE FROM SCHEMA.conversations_searchline AS line USING gone WHERE line.id = gone.id;
        RETURN NULL;
    END $f$""",
    """CREATE TRIGGER search_messages_came AFTER INSERT ON SCHEMA.conversations_message
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION SCHEMA.helpdesk_messages_came()""",
    """CREATE TRIGGER search_message_changed
    AFTER UPDATE OF text, revoked_at, conversation_id, sent_at ON SCHEMA.conversations_message
    FOR EACH ROW WHEN (OLD.text IS DISTINCT FROM NEW.text
        OR OLD.revoked_at IS DISTINCT FROM NEW.revoked_at
        OR OLD.conversation_id <> NEW.conversation_id OR OLD.sent_at <> NEW.sent_at)
    EXECUTE FUNCTION SCHEMA.helpdesk_message_changed()""",
    """CREATE TRIGGER search_messages_gone AFTER DELETE ON SCHEMA.conversations_message
    REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION SCHEMA.helpdesk_lines_gone()""",
    """CREATE TRIGGER search_notes_came AFTER INSERT ON SCHEMA.conversations_note
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION SCHEMA.helpdesk_notes_came()""",
    """CREATE TRIGGER search_note_changed
    AFTER UPDATE OF text, conversation_id, created_at ON SCHEMA.conversations_note
    FOR EACH ROW WHEN (OLD.text IS DISTINCT FROM NEW.text
        OR OLD.conversation_id <> NEW.conversation_id OR OLD.created_at <> NEW.created_at)
    EXECUTE FUNCTION SCHEMA.helpdesk_note_changed()""",
    """CREATE TRIGGER search_notes_gone AFTER DELETE ON SCHEMA.conversations_note
    REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION SCHEMA.helpdesk_lines_gone()""",
)
BACK = """
DROP TRIGGER search_messages_came ON conversations_message;
DROP TRIGGER search_message_changed ON conversations_message;
DROP TRIGGER search_messages_gone ON conversations_message;
DROP TRIGGER search_notes_came ON conversations_note;
DROP TRIGGER search_note_changed ON conversations_note;
DROP TRIGGER search_notes_gone ON conversations_note;
DROP FUNCTION helpdesk_messages_came();
DROP FUNCTION helpdesk_message_changed();
DROP FUNCTION helpdesk_notes_came();
DROP FUNCTION helpdesk_note_changed();
DROP FUNCTION helpdesk_lines_gone();
DROP FUNCTION helpdesk_words(text);
DROP FUNCTION helpdesk_fold(text);
DROP TEXT SEARCH CONFIGURATION helpdesk_de;
DROP TEXT SEARCH CONFIGURATION helpdesk_en;
"""


class Migration(migrations.Migration):
    dependencies = [("conversations", "0021_list_indexes"), ("contacts", "0006_notes")]

    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        migrations.CreateModel(
            name="SearchLine",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("message", "Message"), ("note", "Note")], max_length=8
                    ),
                ),
                ("at", models.DateTimeField()),
                ("words", SearchVectorField()),
                (
                    "conversation",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="conversations.conversation",
                    ),
                ),
            ],
            options={
                "verbose_name": "searched line",
                "verbose_name_plural": "searched lines",
                "ordering": ("-at", "-id"),
            },
        ),
        migrations.RunSQL(
            PREPARE.format(statements=", ".join(f"$s${one}$s$" for one in STATEMENTS)), BACK
        ),
    ]
