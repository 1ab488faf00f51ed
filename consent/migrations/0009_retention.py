"""On what we process, for how long things are kept, and who is held."""

import django.core.validators
import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

# A contact cannot go while a hold of theirs is in force, whoever deletes it.
KEEP = """
CREATE FUNCTION consent_refuse_while_held() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM consent_legalhold hold
        WHERE hold.contact_id = OLD.id AND hold.lifted_at IS NULL
    ) THEN
        RAISE EXCEPTION 'contact % is under a legal hold', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER consent_held_contact_stays BEFORE DELETE ON contacts_contact
    FOR EACH ROW EXECUTE FUNCTION consent_refuse_while_held();
"""
LET_GO = """
DROP TRIGGER consent_held_contact_stays ON contacts_contact;
DROP FUNCTION consent_refuse_while_held();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0008_own_page'),
        ('contacts', '0004_merge'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Processor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('address', models.TextField(blank=True, max_length=500, verbose_name='address')),
                ('does_de', models.CharField(blank=True, max_length=300, verbose_name='what it does, in German')),
                ('does_en', models.CharField(blank=True, max_length=300, verbose_name='what it does, in English')),
                ('country', models.CharField(blank=True, max_length=80, verbose_name='country')),
                ('transfer', models.CharField(blank=True, choices=[('', 'not stated yet'), ('none', 'none: the data stay in the EEA'), ('adequacy', 'Adequacy decision (Art. 45 GDPR), e.g. EU-US Data Privacy Framework'), ('clauses', 'Standard contractual clauses (Art. 46 (2) c GDPR)'), ('rules', 'Binding corporate rules (Art. 47 GDPR)')], default='', max_length=12, verbose_name='transfer to third countries')),
                ('contract_on', models.DateField(blank=True, help_text='Empty: none yet', null=True, verbose_name='contract under Art. 28 of')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
            ],
            options={
                'verbose_name': 'processor',
                'verbose_name_plural': 'processors',
                'ordering': ('position', 'name', 'pk'),
            },
        ),
        migrations.AddField(
            model_name='datarequest',
            name='by_rule',
            field=models.BooleanField(default=False, editable=False, verbose_name='by a retention rule'),
        ),
        migrations.AddField(
            model_name='topic',
            name='expires_after_months',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Without a sign of life. Empty: as for marketing in general; 0: until withdrawn.', null=True, validators=[django.core.validators.MaxValueValidator(240)], verbose_name='consent expires after (months)'),
        ),
        migrations.AddField(
            model_name='topic',
            name='explanation_de',
            field=models.TextField(blank=True, help_text='The words of the consent. Each change is a new version.', max_length=1000, verbose_name='what one agrees to, in German'),
        ),
        migrations.AddField(
            model_name='topic',
            name='explanation_en',
            field=models.TextField(blank=True, max_length=1000, verbose_name='what one agrees to, in English'),
        ),
        migrations.AddField(
            model_name='topic',
            name='legal_basis',
            field=models.CharField(blank=True, choices=[('consent', 'Consent (Art. 6 (1) a GDPR)'), ('advertising', 'Consent to advertising (Art. 6 (1) a GDPR, § 7 (2) UWG)')], help_text='Empty: as for marketing in general.', max_length=16, verbose_name='legal basis'),
        ),
        migrations.AddField(
            model_name='topic',
            name='proof_years',
            field=models.PositiveSmallIntegerField(blank=True, help_text='After the consent has ended, to the end of the year. Empty: as for marketing in general.', null=True, validators=[django.core.validators.MaxValueValidator(30)], verbose_name='proof is kept for (years)'),
        ),
        migrations.CreateModel(
            name='Company',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(blank=True, max_length=200, verbose_name='company')),
                ('address', models.TextField(blank=True, max_length=500, verbose_name='address')),
                ('representative', models.CharField(blank=True, help_text='Managing directors, board', max_length=200, verbose_name='represented by')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                ('phone', models.CharField(blank=True, max_length=40, verbose_name='telephone')),
                ('officer', models.TextField(blank=True, help_text='Name or office, and how to reach them', max_length=500, verbose_name='data protection officer')),
                ('authority', models.TextField(blank=True, max_length=500, verbose_name='supervisory authority')),
                ('privacy_url', models.URLField(blank=True, verbose_name='privacy notice')),
                ('imprint_url', models.URLField(blank=True, verbose_name='imprint')),
                ('measures', models.TextField(blank=True, help_text='What protects the data beside what this program does by itself: one per line. Backups, rooms, training …', max_length=4000, verbose_name='further measures')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
            ],
            options={
                'verbose_name': 'company',
                'verbose_name_plural': 'company',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='company_is_one_row')],
            },
        ),
        migrations.CreateModel(
            name='PurposeBasis',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('service', 'Service'), ('marketing', 'Marketing')], max_length=32, unique=True, verbose_name='purpose')),
                ('legal_basis', models.CharField(choices=[('consent', 'Consent (Art. 6 (1) a GDPR)'), ('advertising', 'Consent to advertising (Art. 6 (1) a GDPR, § 7 (2) UWG)'), ('contract', 'Contract, or steps before one (Art. 6 (1) b GDPR)'), ('legal_duty', 'Legal obligation (Art. 6 (1) c GDPR)'), ('vital', 'Vital interests (Art. 6 (1) d GDPR)'), ('public', 'Public interest (Art. 6 (1) e GDPR)'), ('legitimate', 'Legitimate interests (Art. 6 (1) f GDPR)')], max_length=16, verbose_name='legal basis')),
                ('explanation_de', models.TextField(blank=True, max_length=1000, verbose_name='explanation in German')),
                ('explanation_en', models.TextField(blank=True, max_length=1000, verbose_name='explanation in English')),
                ('expires_after_months', models.PositiveSmallIntegerField(blank=True, help_text='Without a sign of life: no message, no read tick. Empty: until withdrawn.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(240)], verbose_name='consent expires after (months)')),
                ('proof_years', models.PositiveSmallIntegerField(blank=True, default=3, help_text='After the consent has ended, to the end of the year. Empty: until it is erased.', null=True, validators=[django.core.validators.MaxValueValidator(30)], verbose_name='proof is kept for (years)')),
            ],
            options={
                'verbose_name': 'purpose',
                'verbose_name_plural': 'purposes',
                'ordering': ('-purpose',),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('purpose', 'marketing'), _negated=True), ('legal_basis__in', ('consent', 'advertising')), _connector='OR'), name='purpose_marketing_needs_consent', violation_error_message='Advertising needs a consent (§ 7 (2) UWG).'), models.CheckConstraint(condition=models.Q(('expires_after_months', None), models.Q(('expires_after_months__gte', 1), ('expires_after_months__lte', 240)), _connector='OR'), name='purpose_months_make_sense')],
            },
        ),
        migrations.CreateModel(
            name='RetentionRun',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('is_dry', models.BooleanField(default=False, verbose_name='dry run')),
                ('started_at', models.DateTimeField(verbose_name='started at')),
                ('worked_at', models.DateTimeField(editable=False)),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended at')),
                ('counts', models.JSONField(blank=True, default=dict, verbose_name='counts')),
                ('failed', models.JSONField(blank=True, default=dict, verbose_name='failed')),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='started by')),
            ],
            options={
                'verbose_name': 'retention run',
                'verbose_name_plural': 'retention runs',
                'ordering': ('-started_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='LegalHold',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('contact_id', models.UUIDField(db_index=True, verbose_name='contact')),
                ('reason', models.TextField(max_length=2000, verbose_name='reason')),
                ('set_at', models.DateTimeField(verbose_name='since')),
                ('lifted_at', models.DateTimeField(blank=True, null=True, verbose_name='lifted at')),
                ('lifted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='lifted by')),
                ('set_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='set by')),
            ],
            options={
                'verbose_name': 'legal hold',
                'verbose_name_plural': 'legal holds',
                'ordering': ('-set_at', '-id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('lifted_at', None)), fields=('contact_id',), name='legal_hold_one_at_a_time'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='legal_hold_has_a_reason'), models.CheckConstraint(condition=models.Q(('lifted_at', None), ('lifted_at__gte', models.F('set_at')), _connector='OR'), name='legal_hold_ends_after_it_began')],
            },
        ),
        migrations.CreateModel(
            name='RetentionRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.SlugField(max_length=32, verbose_name='kind')),
                ('purpose', models.CharField(blank=True, choices=[('service', 'Service'), ('marketing', 'Marketing')], default='', max_length=32, verbose_name='only of the purpose')),
                ('days', models.PositiveIntegerField(blank=True, help_text='Empty: kept until the person is erased.', null=True, validators=[django.core.validators.MaxValueValidator(36500)], verbose_name='days')),
                ('changed_at', models.DateTimeField(auto_now=True, verbose_name='changed at')),
                ('topic', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consent.topic', to_field='key', verbose_name='only of the topic')),
            ],
            options={
                'verbose_name': 'retention rule',
                'verbose_name_plural': 'retention rules',
                'ordering': ('kind', '-purpose', 'topic'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('topic', None)), fields=('kind', 'purpose'), name='retention_rule_once', violation_error_message='There is a rule for this already.'), models.UniqueConstraint(condition=models.Q(('topic__isnull', False)), fields=('kind', 'topic'), name='retention_rule_once_per_topic', violation_error_message='There is a rule for this already.'), models.CheckConstraint(condition=models.Q(('purpose', ''), ('topic', None), _connector='OR'), name='retention_rule_purpose_or_topic', violation_error_message='Choose a purpose or a topic, not both.'), models.CheckConstraint(condition=models.Q(('days', None), ('days__lte', 36500), _connector='OR'), name='retention_rule_days_make_sense')],
            },
        ),
        migrations.RunSQL(KEEP, LET_GO),
    ]
