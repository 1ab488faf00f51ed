"""What no setting shortens, shortened for a run that must see its end."""

import os
from datetime import timedelta
from importlib import import_module

from django.apps import AppConfig


class ChaosConfig(AppConfig):
    name = "tests.chaos"
    label = "chaos"

    def ready(self) -> None:
        """A file whose worker was killed is fetched again after a moment, not after minutes."""
        media = import_module("conversations.services.media")
        media.LEASE = timedelta(seconds=float(os.environ["CHAOS_LEASE_S"]))
