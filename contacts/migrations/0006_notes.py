"""Notes on the person, beside those on a conversation."""

import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contacts', '0005_attributes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ContactNote',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('client_uuid', models.UUIDField(blank=True, null=True, unique=True)),
                ('text', models.TextField(verbose_name='text')),
                ('is_pinned', models.BooleanField(default=False, verbose_name='pinned')),
                ('created_at', models.DateTimeField(verbose_name='created at')),
                ('edited_at', models.DateTimeField(blank=True, null=True, verbose_name='edited at')),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='author')),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='contacts.contact', verbose_name='contact')),
            ],
            options={
                'verbose_name': 'note on the person',
                'verbose_name_plural': 'notes on persons',
                'ordering': ('-is_pinned', '-created_at', '-id'),
            },
        ),
        migrations.AddIndex(
            model_name='contactnote',
            index=models.Index(fields=['contact', '-created_at'], name='contact_note'),
        ),
    ]
