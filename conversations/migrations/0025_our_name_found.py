"""Contacts are found by the name we use for them, too: one index of both names.

The new index is there before the old one goes, so that no search waits meanwhile.
"""

from django.db import migrations

# One that was broken off is there, but no good.
BROKEN_OFF = "DROP INDEX CONCURRENTLY IF EXISTS {}"
BOTH = """
    CREATE INDEX CONCURRENTLY contact_names_alike ON contacts_contact
    USING gin (helpdesk_fold(name || ' ' || our_name) gin_trgm_ops) WHERE merged_into_id IS NULL
"""
ONE = """
    CREATE INDEX CONCURRENTLY contact_name_alike ON contacts_contact
    USING gin (helpdesk_fold(name) gin_trgm_ops) WHERE merged_into_id IS NULL
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("conversations", "0024_mentions"), ("contacts", "0006_notes")]

    operations = [
        migrations.RunSQL(BROKEN_OFF.format("contact_names_alike"), migrations.RunSQL.noop),
        migrations.RunSQL(BOTH, BROKEN_OFF.format("contact_names_alike")),
        migrations.RunSQL(BROKEN_OFF.format("contact_name_alike"), ONE),
        migrations.RunSQL(migrations.RunSQL.noop, BROKEN_OFF.format("contact_name_alike")),
    ]
