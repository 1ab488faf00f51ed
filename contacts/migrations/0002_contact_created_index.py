"""The API and the admin list contacts newest first."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("contacts", "0001_initial")]

    operations = [
        AddIndexConcurrently(
            "contact", models.Index(fields=["-created_at", "-id"], name="contact_created")
        ),
    ]
