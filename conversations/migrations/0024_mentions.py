"""Who a note means, and who had a conversation on screen last."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_presence'),
        ('conversations', '0023_words_filled'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='note',
            name='mentioned_names',
            field=models.JSONField(blank=True, db_default=[], default=list),
        ),
        migrations.CreateModel(
            name='ConversationSeen',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seen_at', models.DateTimeField(verbose_name='seen at')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='agent')),
                ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='seen', to='conversations.conversation')),
            ],
            options={
                'verbose_name': 'last look at a conversation',
                'verbose_name_plural': 'last looks at conversations',
                'ordering': ('-seen_at',),
                'constraints': [models.UniqueConstraint(fields=('conversation', 'agent'), name='seen_once_per_agent')],
            },
        ),
        migrations.CreateModel(
            name='Mention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('read_at', models.DateTimeField(blank=True, null=True, verbose_name='read at')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mentions', to=settings.AUTH_USER_MODEL, verbose_name='agent')),
                ('note', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mentions', to='conversations.note')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.team', verbose_name='as one of the team')),
            ],
            options={
                'verbose_name': 'mention',
                'verbose_name_plural': 'mentions',
                'ordering': ('id',),
                'indexes': [models.Index(condition=models.Q(('read_at', None)), fields=['agent'], name='mention_unread')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('team', None)), fields=('note', 'agent'), name='mentioned_once_by_name'), models.UniqueConstraint(condition=models.Q(('team__isnull', False)), fields=('note', 'agent', 'team'), name='mentioned_once_by_team')],
            },
        ),
    ]
