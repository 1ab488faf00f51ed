from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('whatsapp', '0005_failed_events_index'),
    ]

    operations = [
        migrations.AddField(
            model_name='whatsappaccount',
            name='portfolio_id',
            field=models.CharField(blank=True, help_text='WhatsApp tells it with each check. All accounts of a portfolio share the limit of customers written to first; accounts without one share theirs.', max_length=40, verbose_name='business portfolio ID'),
        ),
    ]
