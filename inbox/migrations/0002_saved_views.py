"""Views that agents save: a filter, an order, a name."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inbox', '0001_canned_responses_and_macros'), ('accounts', '0003_preferences'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('sharing', models.CharField(choices=[('nobody', 'only me'), ('team', 'a team'), ('everybody', 'everybody')], default='nobody', max_length=10, verbose_name='shared with')),
                ('view', models.CharField(default='all', max_length=16, verbose_name='view')),
                ('words', models.TextField(blank=True, verbose_name='filter')),
                ('sort', models.CharField(choices=[('newest', 'newest'), ('oldest', 'oldest'), ('waiting', 'waiting'), ('closes', 'closes'), ('priority', 'priority'), ('sla', 'sla'), ('snoozed', 'snoozed')], default='newest', max_length=10, verbose_name='order')),
                ('place', models.PositiveSmallIntegerField(default=0, verbose_name='place')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_views', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to='accounts.team', verbose_name='team')),
            ],
            options={
                'verbose_name': 'saved view',
                'verbose_name_plural': 'saved views',
                'ordering': ('place', 'name', 'id'),
            },
        ),
        migrations.AddConstraint(
            model_name='savedview',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('sharing', 'team'), ('team__isnull', False)), models.Q(models.Q(('sharing', 'team'), _negated=True), ('team__isnull', True)), _connector='OR'), name='saved_view_has_a_team_when_shared_with_one'),
        ),
        migrations.AddConstraint(
            model_name='savedview',
            constraint=models.UniqueConstraint(fields=('owner', 'name'), name='saved_view_name_per_owner'),
        ),
    ]
