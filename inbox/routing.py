"""The WebSocket addresses; `helpdesk/asgi.py` puts sessions and logins in front of them."""

from django.urls import path

from inbox.consumers import InboxConsumer

websocket_urlpatterns = [path("ws/inbox/", InboxConsumer.as_asgi())]
