"""Django's admin as an application of ours."""

from __future__ import annotations

import sys
from pathlib import Path

from django.contrib import admin
from django.contrib.admin.apps import SimpleAdminConfig


class AdminConfig(SimpleAdminConfig):
    """The admin; workers and beat, which show no pages, do not load its pages when they start.

    `helpdesk/urls.py` loads them for whoever asks for addresses.
    """

    def ready(self) -> None:
        super().ready()
        if Path(sys.argv[0]).name != "celery":
            admin.autodiscover()
