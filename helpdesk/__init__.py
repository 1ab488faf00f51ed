"""The composition root: settings, urls, ASGI, Celery, health. No business rules."""

from helpdesk.celery import app as celery_app

__all__ = ["celery_app"]
