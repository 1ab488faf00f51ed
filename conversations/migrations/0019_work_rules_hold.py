"""What the rules of 0017 say holds for all that was written before them."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("conversations", "0018_work_rules")]

    operations = [
        ValidateConstraint(model_name="conversation", name="snoozed_until_only_while_snoozed"),
        ValidateConstraint(model_name="conversation", name="resolve_reason_only_while_resolved"),
    ]
