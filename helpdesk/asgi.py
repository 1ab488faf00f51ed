"""Who answers what: the webhook's small callable, live updates, and Django for all the rest."""

from __future__ import annotations

import gc
import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
django_application = get_asgi_application()

# After Django is set up: these import models.
from inbox.routing import websocket_urlpatterns  # noqa: E402
from whatsapp.webhook import WebhookDoor  # noqa: E402

# What is loaded stays: the collector need not walk over it each time.
gc.collect()
gc.freeze()

application = WebhookDoor(
    ProtocolTypeRouter(
        {
            "http": django_application,
            "websocket": AuthMiddlewareStack(URLRouter(websocket_urlpatterns)),
        }
    )
)
