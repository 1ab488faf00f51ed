"""What each check of a number's connection found last."""
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('whatsapp', '0007_drain_history_apart'),
    ]

    operations = [
        migrations.CreateModel(
            name='ConnectionCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=20, verbose_name='check')),
                ('found', models.CharField(choices=[('fine', 'fine'), ('wait', 'waiting'), ('wrong', 'failing'), ('unknown', 'not known')], default='unknown', max_length=8, verbose_name='result')),
                ('code', models.CharField(blank=True, max_length=30)),
                ('params', models.JSONField(blank=True, default=dict)),
                ('since', models.DateTimeField(verbose_name='since')),
                ('checked_at', models.DateTimeField(verbose_name='checked at')),
                ('number', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='checks', to='whatsapp.whatsappnumber', verbose_name='number')),
            ],
            options={
                'verbose_name': 'connection check',
                'verbose_name_plural': 'connection checks',
                'ordering': ('number', 'id'),
                'constraints': [models.UniqueConstraint(fields=('number', 'name'), name='connection_check_once')],
            },
        ),
    ]
