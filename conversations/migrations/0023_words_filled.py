"""The words of what is there already, in portions, and the indexes, made while others write.

Two million messages took 140 s on two cores; nobody waits for it longer than for one portion.
It may be broken off and begun again: what has its line is skipped.
"""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models, transaction

AT_ONCE = 5000
NOBODY = "00000000-0000-0000-0000-000000000000"
# Locked against changes meanwhile: or the line of a text that is just being emptied would stay.
PORTION = """
    WITH portion AS (
        SELECT id, text, conversation_id, {at} AS at, {rule} AS is_searched FROM {table}
        WHERE id > %s ORDER BY id LIMIT %s FOR SHARE
    ), filled AS (
        INSERT INTO conversations_searchline (id, kind, conversation_id, at, words)
        SELECT id, '{kind}', conversation_id, at, helpdesk_words(text)
        FROM portion WHERE is_searched ON CONFLICT (id) DO NOTHING
    )
    SELECT id FROM portion ORDER BY id DESC LIMIT 1
"""
SOURCES = (
    PORTION.format(
        table="conversations_message",
        at="sent_at",
        kind="message",
        rule="text <> '' AND revoked_at IS NULL AND type <> 'reaction'",
    ),
    PORTION.format(table="conversations_note", at="created_at", kind="note", rule="true"),
)
# In the room `contacts`, whose migrations know nothing of helpdesk_fold.
NAMES = """
    CREATE INDEX CONCURRENTLY IF NOT EXISTS contact_name_alike ON contacts_contact
    USING gin (helpdesk_fold(name) gin_trgm_ops) WHERE merged_into_id IS NULL
"""
IDENTITIES = """
    CREATE INDEX CONCURRENTLY IF NOT EXISTS identity_key_part ON contacts_identity
    USING gin (match_key gin_trgm_ops) WHERE kind IN ('phone', 'username')
"""
FILES = """
    CREATE INDEX CONCURRENTLY IF NOT EXISTS media_filename_part ON conversations_media
    USING gin (helpdesk_fold(filename) gin_trgm_ops) WHERE filename <> ''
"""


def fill(apps, schema_editor):
    connection = schema_editor.connection
    for portion in SOURCES:
        last = NOBODY
        while last:
            with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
                cursor.execute(portion, [last, AT_ONCE])
                row = cursor.fetchone()
                last = row[0] if row else None


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("conversations", "0022_search")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        AddIndexConcurrently(
            "searchline", models.Index(fields=["kind", "-at", "-id"], name="search_line_newest")
        ),
        AddIndexConcurrently(
            "searchline",
            models.Index(fields=["conversation", "-at", "-id"], name="search_line_thread"),
        ),
        AddIndexConcurrently(
            "searchline",
            GinIndex(
                condition=models.Q(("kind", "message")), fields=["words"], name="search_message_words"
            ),
        ),
        AddIndexConcurrently(
            "searchline",
            GinIndex(condition=models.Q(("kind", "note")), fields=["words"], name="search_note_words"),
        ),
        migrations.RunSQL(NAMES, "DROP INDEX CONCURRENTLY IF EXISTS contact_name_alike"),
        migrations.RunSQL(IDENTITIES, "DROP INDEX CONCURRENTLY IF EXISTS identity_key_part"),
        migrations.RunSQL(FILES, "DROP INDEX CONCURRENTLY IF EXISTS media_filename_part"),
    ]
