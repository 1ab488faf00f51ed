"""Records that are chained, their personal part apart; topics, wordings, and what is in force."""

import secrets

import django.db.models.deletion
from django.db import migrations, models

from consent.canonical import canonical, digest, moment

AT_ONCE = 2000


def take_apart(apps, schema_editor):
    """What was written before there was a chain gets its personal part and its content."""
    record_model = apps.get_model("consent", "ConsentRecord")
    detail_model = apps.get_model("consent", "ConsentDetail")
    last = 0
    while rows := list(record_model.objects.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        last = rows[-1].pk
        details = []
        for row in rows:
            personal = {
                **{"salt": secrets.token_hex(32), "identity": "", "words": row.words},
                **{"reference": row.reference, "actor": "", "evidence": ""},
            }
            details.append(detail_model(record=row, **personal))
            row.reference_hash = digest(row.reference) if row.reference else ""
            row.clock = "whatsapp"
            row.content = canonical(
                {
                    "v": 1,
                    "contact": str(row.contact_id),
                    "purpose": row.purpose,
                    "topic": "",
                    "act": row.act,
                    "source": row.source,
                    "business_number": row.business_number,
                    "language": "",
                    "wording": None,
                    "occurred_at": moment(row.occurred_at),
                    "clock": row.clock,
                    "recorded_at": moment(row.recorded_at),
                    "reference": row.reference_hash,
                    "personal": digest(canonical(personal)),
                }
            )
        detail_model.objects.bulk_create(details)
        record_model.objects.bulk_update(rows, ["reference_hash", "clock", "content"])


def put_together(apps, schema_editor):
    """Backwards: the personal part into the record again."""
    record_model = apps.get_model("consent", "ConsentRecord")
    detail_model = apps.get_model("consent", "ConsentDetail")
    for detail in detail_model.objects.iterator(AT_ONCE):
        record_model.objects.filter(pk=detail.pk).update(
            words=detail.words, reference=detail.reference
        )
    detail_model.objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0002_business_number"),
        ("contacts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Topic",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(max_length=40, unique=True, verbose_name="key")),
                ("name_de", models.CharField(max_length=80, verbose_name="name in German")),
                ("name_en", models.CharField(max_length=80, verbose_name="name in English")),
                ("also_called", models.TextField(blank=True, verbose_name="also called")),
                ("is_active", models.BooleanField(default=True, verbose_name="can be subscribed to")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"verbose_name": "topic", "verbose_name_plural": "topics", "ordering": ("key",)},
        ),
        migrations.CreateModel(
            name="ConsentWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("language", models.CharField(choices=[("de", "German"), ("en", "English")], max_length=10, verbose_name="language")),
                ("intent", models.CharField(choices=[("start", "subscribes"), ("stop", "unsubscribes"), ("help", "asks for help"), ("settings", "asks for the settings page"), ("everything", "means all topics")], max_length=16, verbose_name="does")),
                ("word", models.CharField(max_length=60, unique=True, verbose_name="word")),
            ],
            options={"verbose_name": "word", "verbose_name_plural": "words", "ordering": ("intent", "language", "word")},
        ),
        migrations.CreateModel(
            name="Wording",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(max_length=40, verbose_name="key")),
                ("language", models.CharField(max_length=10, verbose_name="language")),
                ("version", models.PositiveIntegerField(verbose_name="version")),
                ("text", models.TextField(verbose_name="text")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="since")),
            ],
            options={
                "verbose_name": "wording",
                "verbose_name_plural": "wordings",
                "ordering": ("key", "language", "-version"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("key", "language", "version"), name="wording_version_once"
                    )
                ],
            },
        ),
        migrations.RemoveConstraint("consentrecord", "consent_record_once_per_reference"),
        migrations.AlterField(
            "consentrecord",
            "contact",
            models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="consent_records",
                to="contacts.contact",
                verbose_name="contact",
            ),
        ),
        migrations.AddField("consentrecord", "topic", models.CharField(blank=True, default="", max_length=40, verbose_name="topic"), preserve_default=False),
        migrations.AddField("consentrecord", "language", models.CharField(blank=True, default="", max_length=10, verbose_name="language"), preserve_default=False),
        migrations.AddField("consentrecord", "clock", models.CharField(choices=[("whatsapp", "WhatsApp's clock"), ("ours", "our clock"), ("stated", "as stated")], default="whatsapp", max_length=16, verbose_name="clock"), preserve_default=False),
        migrations.AddField("consentrecord", "reference_hash", models.CharField(blank=True, default="", max_length=64), preserve_default=False),
        migrations.AddField("consentrecord", "content", models.TextField(default="", verbose_name="content"), preserve_default=False),
        migrations.AddField("consentrecord", "wording", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="consent.wording", verbose_name="words shown")),
        migrations.AlterField("consentrecord", "recorded_at", models.DateTimeField(verbose_name="recorded at")),
        migrations.AlterField("consentrecord", "act", models.CharField(choices=[("informed", "informed"), ("requested", "requested"), ("granted", "granted"), ("confirmed", "confirmed"), ("withdrawn", "withdrawn"), ("objected", "objected"), ("renewed", "renewed"), ("expired", "expired"), ("erased", "erased")], max_length=16, verbose_name="act")),
        migrations.AlterField("consentrecord", "source", models.CharField(choices=[("message", "Customer's own message"), ("form", "Sign-up form"), ("platform", "WhatsApp's own setting"), ("agent", "Agent, on the customer's word"), ("import", "Import with evidence"), ("api", "API"), ("system", "Set rule")], max_length=16, verbose_name="source")),
        migrations.CreateModel(
            name="ConsentDetail",
            fields=[
                ("record", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name="detail", serialize=False, to="consent.consentrecord")),
                ("salt", models.CharField(max_length=64)),
                ("identity", models.CharField(blank=True, max_length=200, verbose_name="identity")),
                ("words", models.TextField(blank=True, verbose_name="words")),
                ("reference", models.CharField(blank=True, max_length=200, verbose_name="reference")),
                ("actor", models.CharField(blank=True, max_length=200, verbose_name="recorded by")),
                ("evidence", models.TextField(blank=True, verbose_name="evidence")),
            ],
            options={"verbose_name": "personal part", "verbose_name_plural": "personal parts"},
        ),
        migrations.CreateModel(
            name="ChainLink",
            fields=[
                ("sequence", models.BigIntegerField(primary_key=True, serialize=False)),
                ("previous_hash", models.CharField(max_length=64, unique=True)),
                ("hash", models.CharField(max_length=64, unique=True)),
                ("record", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="link", to="consent.consentrecord")),
            ],
            options={"verbose_name": "link of the chain", "verbose_name_plural": "links of the chain"},
        ),
        migrations.CreateModel(
            name="ConsentState",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("purpose", models.CharField(choices=[("service", "Service"), ("marketing", "Marketing")], max_length=32, verbose_name="purpose")),
                ("topic", models.CharField(blank=True, max_length=40, verbose_name="topic")),
                ("act", models.CharField(choices=[("informed", "informed"), ("requested", "requested"), ("granted", "granted"), ("confirmed", "confirmed"), ("withdrawn", "withdrawn"), ("objected", "objected"), ("renewed", "renewed"), ("expired", "expired"), ("erased", "erased")], max_length=16, verbose_name="act")),
                ("occurred_at", models.DateTimeField(verbose_name="since")),
                ("contact", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="consent_states", to="contacts.contact", verbose_name="contact")),
                ("record", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="consent.consentrecord")),
            ],
            options={
                "verbose_name": "consent",
                "verbose_name_plural": "consents",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("contact", "purpose", "topic"), name="consent_state_once"
                    )
                ],
            },
        ),
        migrations.AlterField("consentrecord", "words", models.TextField(blank=True, default="")),
        migrations.AlterField("consentrecord", "reference", models.CharField(blank=True, default="", max_length=200)),
        migrations.RunPython(take_apart, put_together),
        migrations.RemoveField("consentrecord", "words"),
        migrations.RemoveField("consentrecord", "reference"),
        migrations.AddConstraint(
            "consentrecord",
            models.UniqueConstraint(
                condition=models.Q(("reference_hash", ""), _negated=True),
                fields=("contact", "purpose", "topic", "act", "reference_hash"),
                name="consent_record_once_per_reference",
            ),
        ),
    ]
