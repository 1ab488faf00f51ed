"""Every door. Webhooks (`/webhooks/whatsapp/`) and `/ws/` are answered in `asgi.py`."""

from django.contrib import admin
from django.urls import include, path

from helpdesk import health, ratings

# The admin's addresses are those of the models that are registered by now.
admin.autodiscover()

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("accounts/", include("accounts.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("optin/", include("consent.urls")),
    path("c/", include("conversations.urls")),
    path("my/", include("consent.own_page_urls")),
    path("privacy/", include("consent.privacy_urls")),
    path("admin/", admin.site.urls),
    path("api/", include("api.urls")),
    path("", include("helpdesk.start.urls")),
    path("ratings/", ratings.ratings, name="ratings"),
    path("", include("inbox.urls")),
]
