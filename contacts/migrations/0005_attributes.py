"""Attributes of contacts, defined in the admin; what we call a contact and when they are reached.

New columns have a default of the database or are empty: no row is written. A value holds on to its
attribute together with its kind, and to its choice together with its attribute, by foreign keys of
two columns, which Django has no words for.
"""

import django.core.validators
import django.db.models.constraints
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contacts', '0004_merge'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='contact',
            name='best_reached',
            field=models.CharField(blank=True, db_default='', default='', max_length=80, verbose_name='best reached'),
        ),
        migrations.AddField(
            model_name='contact',
            name='our_name',
            field=models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='name we use'),
        ),
        migrations.AddField(
            model_name='contact',
            name='profile_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='edited at'),
        ),
        migrations.AddField(
            model_name='contact',
            name='profile_by',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='edited by'),
        ),
        migrations.CreateModel(
            name='AttributeDefinition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_de', models.CharField(max_length=60, verbose_name='name (German)')),
                ('name_en', models.CharField(max_length=60, verbose_name='name (English)')),
                ('place', models.PositiveSmallIntegerField(default=0, verbose_name='place')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('key', models.CharField(help_text='What placeholders and the API call it.', max_length=40, unique=True, validators=[django.core.validators.RegexValidator('^[a-z][a-z0-9_]{0,39}\\Z', 'Small letters, digits and underscores, beginning with a letter; at most 40.')], verbose_name='key')),
                ('kind', models.CharField(choices=[('text', 'Text'), ('number', 'Figure'), ('date', 'Date'), ('yes_no', 'Yes or no'), ('choice', 'Choice'), ('url', 'Web address')], max_length=10, verbose_name='kind')),
                ('is_required', models.BooleanField(default=False, help_text='Shown as missing until it is filled, and never emptied again.', verbose_name='required')),
                ('in_pane', models.BooleanField(default=True, help_text="Else only on the contact's own page.", verbose_name='beside the conversation')),
                ('is_sensitive', models.BooleanField(default=False, help_text='Only leads and admins see it.', verbose_name='sensitive')),
                ('edited_by', models.CharField(choices=[('writers', 'Whoever may write'), ('leads', 'Leads and admins')], default='writers', max_length=10, verbose_name='edited by')),
            ],
            options={
                'verbose_name': 'attribute of contacts',
                'verbose_name_plural': 'attributes of contacts',
                'ordering': ('place', 'id'),
                'constraints': [models.UniqueConstraint(fields=('id', 'kind'), name='attribute_kind')],
            },
        ),
        migrations.CreateModel(
            name='AttributeChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_de', models.CharField(max_length=60, verbose_name='name (German)')),
                ('name_en', models.CharField(max_length=60, verbose_name='name (English)')),
                ('place', models.PositiveSmallIntegerField(default=0, verbose_name='place')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('key', models.CharField(max_length=40, validators=[django.core.validators.RegexValidator('^[a-z][a-z0-9_]{0,39}\\Z', 'Small letters, digits and underscores, beginning with a letter; at most 40.')], verbose_name='key')),
                ('definition', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='choices', to='contacts.attributedefinition', verbose_name='attribute')),
            ],
            options={
                'verbose_name': 'choice',
                'verbose_name_plural': 'choices',
                'ordering': ('place', 'id'),
            },
        ),
        migrations.CreateModel(
            name='ContactAttribute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('text', 'Text'), ('number', 'Figure'), ('date', 'Date'), ('yes_no', 'Yes or no'), ('choice', 'Choice'), ('url', 'Web address')], editable=False, max_length=10, verbose_name='kind')),
                ('text', models.CharField(max_length=500, null=True, verbose_name='text')),
                ('number', models.DecimalField(decimal_places=6, max_digits=20, null=True, verbose_name='figure')),
                ('day', models.DateField(null=True, verbose_name='date')),
                ('yes', models.BooleanField(null=True, verbose_name='yes or no')),
                ('updated_at', models.DateTimeField(verbose_name='set at')),
                ('choice', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contacts.attributechoice', verbose_name='choice')),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attributes', to='contacts.contact', verbose_name='contact')),
                ('definition', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='values', to='contacts.attributedefinition', verbose_name='attribute')),
                ('updated_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='set by')),
            ],
            options={
                'verbose_name': 'attribute',
                'verbose_name_plural': 'attributes',
                'ordering': ('definition__place', 'definition_id'),
            },
        ),
        migrations.AddConstraint(
            model_name='attributechoice',
            constraint=models.UniqueConstraint(fields=('definition', 'key'), name='attribute_choice_key'),
        ),
        migrations.AddConstraint(
            model_name='attributechoice',
            constraint=models.UniqueConstraint(fields=('id', 'definition'), name='attribute_choice_of'),
        ),
        migrations.AddConstraint(
            model_name='contactattribute',
            constraint=models.UniqueConstraint(deferrable=django.db.models.constraints.Deferrable['DEFERRED'], fields=('contact', 'definition'), name='attribute_once_per_contact'),
        ),
        migrations.AddConstraint(
            model_name='contactattribute',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('choice__isnull', True), ('day__isnull', True), ('kind__in', ['text', 'url']), ('number__isnull', True), ('text__isnull', False), ('yes__isnull', True)), models.Q(('choice__isnull', True), ('day__isnull', True), ('kind__in', ['number']), ('number__isnull', False), ('text__isnull', True), ('yes__isnull', True)), models.Q(('choice__isnull', True), ('day__isnull', False), ('kind__in', ['date']), ('number__isnull', True), ('text__isnull', True), ('yes__isnull', True)), models.Q(('choice__isnull', True), ('day__isnull', True), ('kind__in', ['yes_no']), ('number__isnull', True), ('text__isnull', True), ('yes__isnull', False)), models.Q(('choice__isnull', False), ('day__isnull', True), ('kind__in', ['choice']), ('number__isnull', True), ('text__isnull', True), ('yes__isnull', True)), _connector='OR'), name='attribute_fits_kind'),
        ),
        migrations.RunSQL(
            """
            ALTER TABLE contacts_contactattribute
                ADD CONSTRAINT attribute_of_its_kind FOREIGN KEY (definition_id, kind)
                    REFERENCES contacts_attributedefinition (id, kind)
                    DEFERRABLE INITIALLY DEFERRED,
                ADD CONSTRAINT attribute_choice_of_its_own FOREIGN KEY (choice_id, definition_id)
                    REFERENCES contacts_attributechoice (id, definition_id)
                    DEFERRABLE INITIALLY DEFERRED
            """,
            """
            ALTER TABLE contacts_contactattribute
                DROP CONSTRAINT attribute_of_its_kind,
                DROP CONSTRAINT attribute_choice_of_its_own
            """,
        ),
    ]
