"""Identities are found by a key that all spellings of one number share.

Where two contacts already hold spellings of one number, the older identity stays current and the
later one becomes history; the contacts can be merged in the admin.
"""

from django.db import migrations, models
from django.utils import timezone

import contacts.models
from contacts.numbers import match_key

BATCH = 5000


def fill_keys(apps, schema_editor):
    identities = apps.get_model("contacts", "Identity").objects
    last = 0
    while rows := list(identities.filter(pk__gt=last).order_by("pk")[:BATCH]):
        for row in rows:
            row.match_key = match_key(row.kind, row.value)
        identities.bulk_update(rows, ["match_key"])
        last = rows[-1].pk


def end_second_spellings(apps, schema_editor):
    identities = apps.get_model("contacts", "Identity").objects.filter(ended_at=None)
    for owner, rows in (
        ((), identities.exclude(kind="username")),
        (("contact_id",), identities.filter(kind="username")),
    ):
        same = (*owner, "kind", "match_key")
        twice = rows.values(*same).annotate(n=models.Count("pk")).filter(n__gt=1).order_by()
        for group in list(twice):
            del group["n"]
            keep = rows.filter(**group).order_by("first_seen_at", "pk").first()
            rows.filter(**group).exclude(pk=keep.pk).update(ended_at=timezone.now())


class Migration(migrations.Migration):
    # Rows are changed and constraints made: not in one transaction with pending trigger events.
    atomic = False

    dependencies = [("contacts", "0002_contact_created_index")]

    operations = [
        migrations.AddField(
            "identity",
            "match_key",
            contacts.models.MatchKeyField(default="", editable=False, max_length=160),
            preserve_default=False,
        ),
        migrations.RunPython(fill_keys, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(end_second_spellings, migrations.RunPython.noop, elidable=True),
        migrations.RemoveConstraint("identity", "identity_belongs_to_one_contact"),
        migrations.RemoveConstraint("identity", "identity_once_per_contact"),
        migrations.RemoveIndex("identity", "identity_value"),
        migrations.AddIndex(
            "identity", models.Index(fields=["match_key"], name="identity_match_key")
        ),
        migrations.AddConstraint(
            "identity",
            models.UniqueConstraint(
                condition=models.Q(("ended_at", None), models.Q(("kind", "username"), _negated=True)),
                fields=("kind", "match_key"),
                name="identity_belongs_to_one_contact",
            ),
        ),
        migrations.AddConstraint(
            "identity",
            models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("contact", "kind", "match_key"),
                name="identity_once_per_contact",
            ),
        ),
    ]
