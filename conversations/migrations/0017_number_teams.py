"""Numbers that belong to some teams only."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_preferences'),
        ('conversations', '0016_work_indexes'),
    ]

    operations = [
        migrations.AddField(
            model_name='businessnumber',
            name='teams',
            field=models.ManyToManyField(blank=True, help_text='Who else may see conversations on this number: admins. Empty: every team.', related_name='business_numbers', to='accounts.team', verbose_name='only these teams'),
        ),
    ]
