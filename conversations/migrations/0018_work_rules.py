"""How the house works on conversations: its rules, its first reasons, and what must always hold.

The constraints hold for what is written from now on; 0018_work_rules_hold looks at what is there,
without keeping anybody from writing.
"""

import django.core.validators
from django.apps.registry import Apps
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

REASONS = (
    ("Beantwortet", "Answered"),
    ("Weitergeleitet", "Forwarded"),
    ("Keine Antwort nötig", "No answer needed"),
    ("Spam", "Spam"),
)


def add_reasons(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Those that are there already stay as they are."""
    reasons = apps.get_model("conversations", "ResolveReason")
    for place, (german, english) in enumerate(REASONS, start=1):
        known = reasons.objects.filter(models.Q(name_de=german) | models.Q(name_en=english))
        if not known.exists():
            reasons.objects.create(name_de=german, name_en=english, place=place * 10)


class Migration(migrations.Migration):

    dependencies = [('conversations', '0017_number_teams')]

    operations = [
        migrations.CreateModel(
            name='ServiceSettings',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('reason_required', models.BooleanField(default=False, help_text='Nobody resolves a conversation without saying why.', verbose_name='a reason is required')),
                ('reopen_within_hours', models.PositiveIntegerField(default=72, help_text='A customer who writes later than that after their conversation was resolved starts a new one. 0: it is always reopened.', validators=[django.core.validators.MaxValueValidator(8784)], verbose_name='reopen within hours')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
            ],
            options={
                'verbose_name': 'working rules',
                'verbose_name_plural': 'working rules',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='service_settings_are_one_row')],
            },
        ),
        migrations.AlterField(
            model_name='event',
            name='name',
            field=models.CharField(choices=[('message.received', 'message received'), ('message.created', 'message written'), ('message.changed', 'message changed'), ('message.status_changed', 'delivery status changed'), ('note.created', 'note written'), ('conversation.opened', 'conversation opened'), ('conversation.follows', 'follows an earlier conversation'), ('conversation.reopened', 'conversation reopened'), ('conversation.resolved', 'conversation resolved'), ('conversation.assigned', 'conversation assigned'), ('conversation.snoozed', 'conversation snoozed'), ('conversation.woken', 'conversation back from its snooze'), ('conversation.prioritised', 'priority changed'), ('conversation.labelled', 'labels changed'), ('conversation.rated', 'customer rated the service'), ('sla.warned', 'service level ends soon'), ('sla.breached', 'service level missed'), ('conversation.merged', 'conversation merged'), ('conversation.moved', 'conversation moved to another number'), ('contact.changed', "customer's identity changed"), ('call.ended', 'customer called'), ('consent.changed', 'consent given or withdrawn'), ('conversation.linked', 'came by a link or QR code'), ('conversation.changed', 'conversation changed'), ('conversation.read', 'conversation read')], max_length=40, verbose_name='event'),
        ),
        migrations.RunPython(add_reasons, migrations.RunPython.noop),
        AddConstraintNotValid(
            model_name='conversation',
            constraint=models.CheckConstraint(condition=models.Q(('snoozed_until', None), ('status', 'snoozed'), _connector='OR'), name='snoozed_until_only_while_snoozed'),
        ),
        AddConstraintNotValid(
            model_name='conversation',
            constraint=models.CheckConstraint(condition=models.Q(('resolve_reason', None), ('status', 'resolved'), _connector='OR'), name='resolve_reason_only_while_resolved'),
        ),
    ]
