"""Whether the page of the first steps greets admins."""
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('helpdesk', '0001_parked_tasks'),
    ]

    operations = [
        migrations.CreateModel(
            name='Welcome',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_away', models.BooleanField(default=False, verbose_name='put away')),
            ],
            options={
                'verbose_name': 'getting started',
                'verbose_name_plural': 'getting started',
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='welcome_only_one')],
            },
        ),
    ]
