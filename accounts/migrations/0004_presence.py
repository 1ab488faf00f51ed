"""Whether agents say they are there, and how much they take; what notifications show."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_preferences'),
    ]

    operations = [
        migrations.AddField(
            model_name='agent',
            name='availability',
            field=models.CharField(choices=[('online', 'online'), ('away', 'away')], db_default='online', default='online', max_length=8, verbose_name='says they are'),
        ),
        migrations.AddField(
            model_name='agent',
            name='capacity',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Empty: no limit. What is handed out by itself keeps to it.', null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='conversations at once'),
        ),
        migrations.AddField(
            model_name='preferences',
            name='show_text',
            field=models.BooleanField(db_default=True, default=True, verbose_name='first words of the message in desktop notifications'),
        ),
    ]
