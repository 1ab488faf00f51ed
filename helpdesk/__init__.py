"""The composition root: settings, urls, ASGI, Celery, health. No business rules.

Nothing is imported here: the supervisor and the embedded servers, which come before everything
else, are in this package too and need neither Celery nor Django.
"""
