"""Which message was sent again stood in the payload; now it has a field."""

from django.db import migrations

FORWARD = """
UPDATE conversations_message AS again
SET again_of_id = before.id, payload = again.payload - 'again_of'
FROM conversations_message AS before
WHERE again.direction = 'outbound' AND again.payload ? 'again_of'
  AND again.payload ->> 'again_of' ~ '^[0-9a-f-]{36}$'
  AND before.id = (again.payload ->> 'again_of')::uuid
"""
BACKWARD = """
UPDATE conversations_message
SET payload = payload || jsonb_build_object('again_of', again_of_id::text)
WHERE again_of_id IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("conversations", "0006_outbound_queue")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
