"""How the work on a conversation stands: snoozed, urgent, waiting, promised."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_preferences'),
        ('contacts', '0004_merge'),
        ('conversations', '0014_retention'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ResolveReason',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_de', models.CharField(max_length=60, unique=True, verbose_name='name in German')),
                ('name_en', models.CharField(max_length=60, unique=True, verbose_name='name in English')),
                ('place', models.PositiveSmallIntegerField(default=0, help_text='Small numbers come first.', verbose_name='place')),
                ('is_active', models.BooleanField(default=True, verbose_name='can be picked')),
            ],
            options={
                'verbose_name': 'resolve reason',
                'verbose_name_plural': 'resolve reasons',
                'ordering': ('place', 'name_en'),
            },
        ),
        migrations.AddField(
            model_name='conversation',
            name='first_replied_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='first replied at'),
        ),
        migrations.AddField(
            model_name='conversation',
            name='priority',
            field=models.PositiveSmallIntegerField(choices=[(1, 'low'), (2, 'normal'), (3, 'high'), (4, 'urgent')], db_default=2, default=2, verbose_name='priority'),
        ),
        migrations.AddField(
            model_name='conversation',
            name='sla_due_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='service level ends at'),
        ),
        migrations.AddField(
            model_name='conversation',
            name='sla_target',
            field=models.CharField(blank=True, choices=[('first_response', 'first response'), ('next_response', 'next response'), ('resolution', 'resolution')], db_default='', default='', max_length=16, verbose_name='next service level'),
        ),
        migrations.AddField(
            model_name='conversation',
            name='sla_warn_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='service level warns at'),
        ),
        migrations.AddField(
            model_name='conversation',
            name='snoozed_until',
            field=models.DateTimeField(blank=True, null=True, verbose_name='snoozed until'),
        ),
        migrations.AddField(
            model_name='conversation',
            name='waiting_since',
            field=models.DateTimeField(blank=True, null=True, verbose_name='waiting since'),
        ),
        migrations.AlterField(
            model_name='event',
            name='name',
            field=models.CharField(choices=[('message.received', 'message received'), ('message.created', 'message written'), ('message.changed', 'message changed'), ('message.status_changed', 'delivery status changed'), ('note.created', 'note written'), ('conversation.opened', 'conversation opened'), ('conversation.reopened', 'conversation reopened'), ('conversation.resolved', 'conversation resolved'), ('conversation.assigned', 'conversation assigned'), ('conversation.snoozed', 'conversation snoozed'), ('conversation.woken', 'conversation back from its snooze'), ('conversation.prioritised', 'priority changed'), ('conversation.labelled', 'labels changed'), ('conversation.rated', 'customer rated the service'), ('sla.warned', 'service level ends soon'), ('sla.breached', 'service level missed'), ('conversation.merged', 'conversation merged'), ('conversation.moved', 'conversation moved to another number'), ('contact.changed', "customer's identity changed"), ('call.ended', 'customer called'), ('consent.changed', 'consent given or withdrawn'), ('conversation.linked', 'came by a link or QR code'), ('conversation.changed', 'conversation changed'), ('conversation.read', 'conversation read')], max_length=40, verbose_name='event'),
        ),
        migrations.AddField(
            model_name='conversation',
            name='resolve_reason',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conversations.resolvereason', verbose_name='resolved because'),
        ),
    ]
