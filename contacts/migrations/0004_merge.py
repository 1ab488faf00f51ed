"""Two contacts may turn out to be one, and later not to be."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0003_identity_match_key"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ContactMerge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("pair", "WhatsApp named both in one message"),
                            ("number_changed", "The customer changed the number"),
                            ("by_hand", "Merged by hand"),
                        ],
                        max_length=20,
                        verbose_name="reason",
                    ),
                ),
                ("merged_at", models.DateTimeField(verbose_name="merged at")),
                ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="split at")),
                ("moved", models.JSONField(default=dict, editable=False)),
            ],
            options={
                "verbose_name": "merge",
                "verbose_name_plural": "merges",
                "ordering": ("-merged_at", "-id"),
            },
        ),
        migrations.AddField(
            model_name="contact",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged_ones",
                to="contacts.contact",
                verbose_name="merged into",
            ),
        ),
        migrations.AddField(
            model_name="identity",
            name="learned_with",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="contacts.identity",
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", False)),
                fields=["merged_into"],
                name="contact_family",
            ),
        ),
        migrations.AddIndex(
            model_name="identity",
            index=models.Index(
                condition=models.Q(("learned_with__isnull", False)),
                fields=["learned_with"],
                name="identity_learned_with",
            ),
        ),
        migrations.AddField(
            model_name="contactmerge",
            name="absorbed",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="absorptions",
                to="contacts.contact",
                verbose_name="was",
            ),
        ),
        migrations.AddField(
            model_name="contactmerge",
            name="merged_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="merged by",
            ),
        ),
        migrations.AddField(
            model_name="contactmerge",
            name="survivor",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merges",
                to="contacts.contact",
                verbose_name="goes on as",
            ),
        ),
        migrations.AddField(
            model_name="contactmerge",
            name="undone_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="split by",
            ),
        ),
        migrations.AddConstraint(
            model_name="contactmerge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at", None)),
                fields=("absorbed",),
                name="contact_merged_once_at_a_time",
            ),
        ),
    ]
