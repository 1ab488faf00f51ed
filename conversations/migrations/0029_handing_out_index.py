from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("conversations", "0028_handing_out")]

    operations = [
        AddIndexConcurrently(
            model_name='conversation',
            index=models.Index(condition=models.Q(('handout_since__isnull', False)), fields=['-priority', 'waiting_since'], name='conversation_handout'),
        ),
    ]
