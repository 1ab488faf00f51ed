from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0030_resolved_windows")]

    operations = [
        migrations.AddField(
            model_name="messagetemplate",
            name="value_sources",
            field=models.JSONField(blank=True, default=dict, verbose_name="values"),
        ),
    ]
