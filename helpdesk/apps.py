from __future__ import annotations

import sentry_sdk
from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class HelpdeskConfig(AppConfig):
    name = "helpdesk"
    verbose_name = _("Helpdesk")

    def ready(self) -> None:
        if settings.SENTRY_DSN:
            # Local variables and request bodies hold what customers write; they stay here.
            sentry_sdk.init(
                dsn=settings.SENTRY_DSN,
                send_default_pii=False,
                include_local_variables=False,
                max_request_body_size="never",
            )
