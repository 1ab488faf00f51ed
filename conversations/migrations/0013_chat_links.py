"""Click-to-chat links, how often they were opened, and which conversations came by them."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


def _link(related_name, **more):
    return models.ForeignKey(
        on_delete=django.db.models.deletion.CASCADE,
        related_name=related_name,
        to="conversations.chatlink",
        **more,
    )


class Migration(migrations.Migration):
    # For the index at the end, which must not stop the ingest on a long table.
    atomic = False

    dependencies = [
        ("consent", "0007_rights"),
        ("conversations", "0012_event_numbering"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ChatLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='For you, and for the agents: Poster RE 7.', max_length=80, verbose_name='name')),
                ('campaign', models.CharField(blank=True, help_text='What it belongs to: Autumn 2026.', max_length=80, verbose_name='campaign')),
                ('place', models.CharField(blank=True, help_text='Where it hangs: Train 4711.', max_length=120, verbose_name='place')),
                ('headline_de', models.CharField(blank=True, help_text='Large on posters and cards. Empty: an invitation to write.', max_length=80, verbose_name='headline in German')),
                ('headline_en', models.CharField(blank=True, max_length=80, verbose_name='headline in English')),
                ('greeting_de', models.CharField(blank=True, help_text='What stands in the chat, ready to be sent. The reference is added.', max_length=300, verbose_name='greeting in German')),
                ('greeting_en', models.CharField(blank=True, help_text='For browsers that do not speak German. Empty: the German one.', max_length=300, verbose_name='greeting in English')),
                ('reference', models.CharField(editable=False, max_length=6, unique=True, verbose_name='code of the link')),
                ('is_active', models.BooleanField(default=True, help_text='Off: the address leads nowhere any more; who comes by it is still known.', verbose_name='open')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('business_number', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='chat_links', to='conversations.businessnumber', verbose_name='business number')),
                ('created_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='created by')),
                ('topic', models.ForeignKey(blank=True, help_text='With no greeting, the words that subscribe to it are prepared.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consent.topic', to_field='key', verbose_name='topic')),
            ],
            options={
                'verbose_name': 'click-to-chat link',
                'verbose_name_plural': 'click-to-chat links',
                'ordering': ('-created_at', '-pk'),
                'constraints': (
                    models.CheckConstraint(condition=models.Q(('reference__regex', '^[0-9A-HJKMNP-TV-Z]{6}$')), name='chat_link_reference_is_a_code'),
                    models.CheckConstraint(condition=models.Q(('greeting_de', ''), ('greeting_en', ''), ('topic', None), _negated=True), name='chat_link_says_something', violation_error_message='Write a greeting, or choose a topic.'),
                ),
            },
        ),
        migrations.CreateModel(
            name="ChatLinkOpening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("link", _link("+")),
            ],
            options={"verbose_name": "opening of a link", "verbose_name_plural": "openings of links"},
        ),
        migrations.CreateModel(
            name="ChatLinkDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="day")),
                ("opened", models.PositiveIntegerField(verbose_name="opened")),
                ("link", _link("days", verbose_name="link")),
            ],
            options={
                "verbose_name": "day of a link",
                "verbose_name_plural": "days of links",
                "ordering": ("-day",),
                "constraints": (
                    models.UniqueConstraint(fields=("link", "day"), name="chat_link_day_once"),
                ),
            },
        ),
        migrations.AddField(
            model_name="conversation",
            name="chat_link",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="conversations",
                to="conversations.chatlink",
                verbose_name="came by",
            ),
        ),
        migrations.AddField(
            model_name="conversation",
            name="came_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="came by it at"),
        ),
        migrations.AlterField(
            model_name="event",
            name="name",
            field=models.CharField(
                choices=[
                    ("message.received", "message received"),
                    ("message.created", "message written"),
                    ("message.changed", "message changed"),
                    ("message.status_changed", "delivery status changed"),
                    ("note.created", "note written"),
                    ("conversation.opened", "conversation opened"),
                    ("conversation.reopened", "conversation reopened"),
                    ("conversation.resolved", "conversation resolved"),
                    ("conversation.assigned", "conversation assigned"),
                    ("conversation.merged", "conversation merged"),
                    ("conversation.moved", "conversation moved to another number"),
                    ("contact.changed", "customer's identity changed"),
                    ("call.ended", "customer called"),
                    ("consent.changed", "consent given or withdrawn"),
                    ("conversation.linked", "came by a link or QR code"),
                    ("conversation.changed", "conversation changed"),
                    ("conversation.read", "conversation read"),
                ],
                max_length=40,
                verbose_name="event",
            ),
        ),
        AddIndexConcurrently(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("chat_link__isnull", False)),
                fields=["chat_link"],
                name="conversation_chat_link",
            ),
        ),
    ]
