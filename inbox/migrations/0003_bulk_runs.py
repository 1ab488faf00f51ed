"""What is done to many conversations at once, and what became of each."""

import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0024_mentions'),
        ('inbox', '0002_saved_views'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BulkRun',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('action', models.CharField(max_length=20, verbose_name='action')),
                ('params', models.JSONField(default=dict, verbose_name='parameters')),
                ('state', models.CharField(choices=[('running', 'running'), ('done', 'done'), ('stopped', 'stopped'), ('undoing', 'is being undone'), ('undone', 'undone')], default='running', max_length=10, verbose_name='state')),
                ('total', models.PositiveIntegerField(verbose_name='conversations')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='begun at')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended at')),
                ('worked_at', models.DateTimeField(auto_now_add=True, verbose_name='last worked on')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='agent')),
            ],
            options={
                'verbose_name': 'action on many conversations',
                'verbose_name_plural': 'actions on many conversations',
                'ordering': ('-created_at',),
            },
        ),
        migrations.CreateModel(
            name='BulkItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('done', 'done'), ('same', 'was so already'), ('refused', 'refused'), ('undone', 'undone'), ('kept', 'changed since')], default='waiting', max_length=10, verbose_name='state')),
                ('reason', models.CharField(blank=True, max_length=40, verbose_name='reason')),
                ('before', models.JSONField(default=dict, verbose_name='before')),
                ('after', models.JSONField(default=dict, verbose_name='after')),
                ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='conversations.conversation')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='inbox.bulkrun')),
            ],
            options={
                'verbose_name': 'conversation of an action',
                'verbose_name_plural': 'conversations of an action',
            },
        ),
        migrations.AddIndex(
            model_name='bulkrun',
            index=models.Index(condition=models.Q(('state__in', ('running', 'undoing'))), fields=['worked_at'], name='bulk_run_unfinished'),
        ),
        migrations.AddIndex(
            model_name='bulkrun',
            index=models.Index(fields=['agent', '-created_at'], name='bulk_run_of_agent'),
        ),
        migrations.AddIndex(
            model_name='bulkitem',
            index=models.Index(fields=['run', 'state', 'id'], name='bulk_item_by_state'),
        ),
        migrations.AddConstraint(
            model_name='bulkitem',
            constraint=models.UniqueConstraint(fields=('run', 'conversation'), name='bulk_item_once_per_run'),
        ),
    ]
