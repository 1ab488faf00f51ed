"""What is unread, for each agent. Both steps only touch the catalogue, however many rows there are."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0019_work_rules_hold'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='conversation',
            name='inbound_count',
            field=models.PositiveIntegerField(db_default=0, default=0, verbose_name='messages of the customer'),
        ),
        migrations.CreateModel(
            name='ConversationRead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seen_count', models.PositiveIntegerField(default=0, verbose_name='messages seen')),
                ('read_at', models.DateTimeField(auto_now=True, verbose_name='read at')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='agent')),
                ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reads', to='conversations.conversation', verbose_name='conversation')),
            ],
            options={
                'verbose_name': 'reading marker',
                'verbose_name_plural': 'reading markers',
                'constraints': [models.UniqueConstraint(fields=('agent', 'conversation'), name='one_marker_per_agent_and_conversation')],
            },
        ),
    ]
