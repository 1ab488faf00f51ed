"""Notifications of agents, and the browsers they are pushed to."""

import accounts.encryption
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):


    dependencies = [
        ('inbox', '0003_bulk_runs'), ('conversations', '0024_mentions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PushKey',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('private_key', accounts.encryption.EncryptedTextField(verbose_name='private key')),
                ('public_key', models.CharField(max_length=100, verbose_name='public key')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
            ],
            options={
                'verbose_name': 'key of push messages',
                'verbose_name_plural': 'keys of push messages',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='push_key_is_one_row')],
            },
        ),
        migrations.CreateModel(
            name='PushSubscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('endpoint', accounts.encryption.EncryptedTextField(verbose_name='address')),
                ('endpoint_digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('p256dh', accounts.encryption.EncryptedTextField(verbose_name='key of the browser')),
                ('auth', accounts.encryption.EncryptedTextField(verbose_name='secret of the browser')),
                ('label', models.CharField(blank=True, max_length=80, verbose_name='browser')),
                ('session_digest', models.CharField(blank=True, editable=False, max_length=64)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('last_ok_at', models.DateTimeField(blank=True, null=True, verbose_name='last reached at')),
                ('failed', models.PositiveSmallIntegerField(default=0, verbose_name='failed in a row')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='push_subscriptions', to=settings.AUTH_USER_MODEL, verbose_name='agent')),
            ],
            options={
                'verbose_name': 'browser for push messages',
                'verbose_name_plural': 'browsers for push messages',
                'ordering': ('-created_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='Notification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('mentioned', 'mentioned you'), ('assigned', 'assigned to you'), ('team_assigned', 'handed over to your team'), ('replied_in_mine', 'a customer of yours wrote'), ('sla_warned', 'service level ends soon'), ('sla_breached', 'service level missed'), ('scheduled_blocked', 'your message did not leave'), ('woken', 'back from its snooze')], max_length=20, verbose_name='kind')),
                ('sequence', models.BigIntegerField(editable=False)),
                ('created_at', models.DateTimeField(verbose_name='at')),
                ('seen_at', models.DateTimeField(blank=True, null=True, verbose_name='seen at')),
                ('read_at', models.DateTimeField(blank=True, null=True, verbose_name='read at')),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notifications', to=settings.AUTH_USER_MODEL, verbose_name='agent')),
                ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='conversations.conversation', verbose_name='conversation')),
            ],
            options={
                'verbose_name': 'notification',
                'verbose_name_plural': 'notifications',
                'ordering': ('-id',),
                'indexes': [models.Index(fields=['agent', '-id'], name='notification_list'), models.Index(condition=models.Q(('read_at', None)), fields=['agent', 'conversation'], name='notification_unread'), models.Index(fields=['created_at'], name='notification_age')],
                'constraints': [models.UniqueConstraint(fields=('agent', 'sequence'), name='notified_once_per_agent_and_event')],
            },
        ),
    ]
