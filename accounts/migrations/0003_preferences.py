"""What agents set for themselves."""

import accounts.models
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_admin_notice'),
    ]

    operations = [
        migrations.CreateModel(
            name='Preferences',
            fields=[
                ('agent', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='preferences', serialize=False, to=settings.AUTH_USER_MODEL, verbose_name='agent')),
                ('time_zone', models.CharField(blank=True, help_text="Empty: the company's.", max_length=64, validators=[accounts.models.check_time_zone], verbose_name='time zone')),
                ('undo_send_s', models.PositiveSmallIntegerField(default=10, help_text='0: messages leave at once.', validators=[django.core.validators.MaxValueValidator(60)], verbose_name='seconds to take a message back')),
                ('desktop_notifications', models.BooleanField(default=True, verbose_name='desktop notifications')),
                ('push_notifications', models.BooleanField(default=True, verbose_name='also when the page is closed')),
                ('sound', models.BooleanField(default=True, verbose_name='sound')),
                ('title_count', models.BooleanField(default=True, verbose_name='number in the title')),
                ('badge', models.BooleanField(default=True, verbose_name='dot on the icon')),
            ],
            options={
                'verbose_name': 'preferences',
                'verbose_name_plural': 'preferences',
            },
        ),
    ]
