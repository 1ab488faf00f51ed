import django.contrib.postgres.fields
import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_invitations'),
    ]

    operations = [
        migrations.AddField(
            model_name='agent',
            name='given_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='last given one'),
        ),
        migrations.AddField(
            model_name='agent',
            name='languages',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=10, validators=[django.core.validators.RegexValidator('^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?\\Z', 'Language codes look like “de” or “pt-BR”.')]), blank=True, db_default=[], default=list, help_text='Codes like “de, en, da”, separated by commas. Empty: any language.', size=None, verbose_name='answers in'),
        ),
        migrations.AddField(
            model_name='team',
            name='gives_back_min',
            field=models.PositiveSmallIntegerField(blank=True, help_text='When a customer writes to an agent who has not been there for so long, somebody else gets the conversation. Empty: it waits for its agent.', null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='give back after (minutes)'),
        ),
        migrations.AddField(
            model_name='team',
            name='hands_out',
            field=models.BooleanField(db_default=False, default=False, help_text='New conversations of the team go to whose turn it is.', verbose_name='hands out by itself'),
        ),
        migrations.AddField(
            model_name='team',
            name='skill_wait_min',
            field=models.PositiveSmallIntegerField(blank=True, db_default=5, default=5, help_text='So long a conversation waits for one who speaks its language and knows its label; then anybody gets it. Empty: nobody else does.', null=True, verbose_name='wait for the skill (minutes)'),
        ),
    ]
