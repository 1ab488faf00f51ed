from __future__ import annotations

import gc

from django.apps import AppConfig
from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

# Whoever sets Django up may send tasks: our Celery application has to be the current one.
from helpdesk.celery import app as celery_app

# What is being imported lives as long as the process. Looking through it again and again for
# garbage takes a sixth of a start; `ready()` switches that on again.
gc.disable()


class HelpdeskConfig(AppConfig):
    name = "helpdesk"
    verbose_name = _("Helpdesk")
    celery_app = celery_app

    def ready(self) -> None:
        gc.freeze()
        gc.enable()
        import_string("helpdesk.personal_data.register")()
        if settings.SENTRY_DSN:
            import_string("helpdesk.sentry.start")(settings.SENTRY_DSN)
