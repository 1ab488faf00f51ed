from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_handing_out'),
        ('contacts', '0006_notes'),
        ('conversations', '0027_details_found'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='conversation',
            name='handout_rule',
            field=models.CharField(blank=True, db_default='', default='', max_length=80, verbose_name='handed out by rule'),
        ),
        migrations.AddField(
            model_name='conversation',
            name='handout_since',
            field=models.DateTimeField(blank=True, null=True, verbose_name='waits for hands since'),
        ),
        migrations.AddField(
            model_name='label',
            name='skilled',
            field=models.ManyToManyField(blank=True, help_text='Conversations with this label are handed out to them. Nobody chosen: to anybody.', related_name='skills', to=settings.AUTH_USER_MODEL, verbose_name='who knows this matter'),
        ),
    ]
