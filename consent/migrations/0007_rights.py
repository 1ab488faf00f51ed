"""Requests of people about their data. They outlive the contact they are about."""

import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0006_ledger_check'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DataRequest',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('access', 'access to the data'), ('erasure', 'erasure'), ('restriction', 'restriction'), ('objection', 'objection to marketing')], max_length=12, verbose_name='kind')),
                ('state', models.CharField(choices=[('asked', 'asked'), ('approved', 'approved'), ('running', 'under way'), ('done', 'done'), ('failed', 'failed'), ('refused', 'refused')], default='asked', max_length=10, verbose_name='state')),
                ('contact_id', models.UUIDField(db_index=True, verbose_name='contact')),
                ('note', models.TextField(blank=True, verbose_name='what was asked, and how')),
                ('asked_at', models.DateTimeField(verbose_name='asked at')),
                ('due_at', models.DateTimeField(verbose_name='due')),
                ('needs_two', models.BooleanField(default=False, verbose_name='needs a second person')),
                ('approved_at', models.DateTimeField(blank=True, null=True, verbose_name='approved at')),
                ('reason', models.TextField(blank=True, verbose_name='reason of the refusal')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='started at')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended at')),
                ('done', models.PositiveIntegerField(default=0, verbose_name='done')),
                ('total', models.PositiveIntegerField(default=0, verbose_name='of')),
                ('step', models.CharField(blank=True, editable=False, max_length=40)),
                ('worked_at', models.DateTimeField(editable=False, null=True)),
                ('keys', models.JSONField(blank=True, default=dict, editable=False)),
                ('error', models.CharField(blank=True, max_length=200, verbose_name='error')),
                ('file', models.CharField(blank=True, editable=False, max_length=200)),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='file is deleted at')),
                ('lifted_at', models.DateTimeField(blank=True, null=True, verbose_name='lifted at')),
                ('proof', models.JSONField(blank=True, default=dict, editable=False, verbose_name='proof')),
                ('proof_hash', models.CharField(blank=True, editable=False, max_length=64, verbose_name='hash of the proof')),
                ('approved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                ('asked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entered by')),
                ('lifted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='lifted by')),
                ('refused_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='refused by')),
            ],
            options={
                'verbose_name': 'data request',
                'verbose_name_plural': 'data requests',
                'ordering': ('due_at', 'id'),
                'permissions': (('handle_datarequest', 'Can handle requests about personal data'),),
                'indexes': [models.Index(condition=models.Q(('kind', 'restriction'), ('lifted_at', None), ('state', 'done')), fields=['contact_id'], name='data_request_restricted'), models.Index(condition=models.Q(('state', 'running')), fields=['worked_at'], name='data_request_running')],
                'constraints': [models.CheckConstraint(condition=models.Q(('needs_two', False), ('approved_by', None), ('asked_by', None), models.Q(('approved_by', models.F('asked_by')), _negated=True), _connector='OR'), name='data_request_four_eyes'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('approved', 'running', 'done', 'failed')), _negated=True), ('approved_at__isnull', False), _connector='OR'), name='data_request_approved_first'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'refused'), _negated=True), ('ended_at__isnull', False), _connector='OR'), name='data_request_refusal_has_an_end'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('done', 'refused')), _negated=True), ('keys', {}), _connector='OR'), name='data_request_forgets_what_it_looked_for'), models.CheckConstraint(condition=models.Q(('lifted_at', None), models.Q(('kind', 'restriction'), ('state', 'done')), _connector='OR'), name='data_request_only_restrictions_are_lifted'), models.UniqueConstraint(condition=models.Q(('state__in', ('asked', 'approved', 'running', 'failed'))), fields=('contact_id', 'kind'), name='data_request_one_open_of_a_kind'), models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('contact_id',), name='data_request_one_running')],
            },
        ),
    ]
