"""The lists' orders and the navigation's numbers, without reading what is resolved."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("conversations", "0020_unread_per_agent")]

    operations = [
        AddIndexConcurrently(
            model_name='conversation',
            index=models.Index(condition=models.Q(('status', 'resolved'), _negated=True), fields=['-last_message_at', '-id'], name='conversation_unresolved'),
        ),
        AddIndexConcurrently(
            model_name='conversation',
            index=models.Index(condition=models.Q(('status', 'resolved'), _negated=True), fields=['-priority', '-last_message_at', '-id'], name='conversation_urgent'),
        ),
        AddIndexConcurrently(
            model_name='conversation',
            index=models.Index(condition=models.Q(('status', 'resolved'), _negated=True), fields=['team', 'assignee', 'status', 'window_expires_at'], name='conversation_counted'),
        ),
        AddIndexConcurrently(
            model_name='conversation',
            index=models.Index(condition=models.Q(('waiting_since__isnull', False)), fields=['waiting_since'], name='conversation_waiting'),
        ),
    ]
