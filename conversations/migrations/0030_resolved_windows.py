from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("conversations", "0029_handing_out_index")]

    operations = [
        AddIndexConcurrently(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("status", "resolved")),
                fields=["window_expires_at"],
                name="conversation_resolved_open",
            ),
        ),
    ]
