"""The public page on what runs over WhatsApp."""

from django.urls import path

from consent import privacy_views

app_name = "privacy"
urlpatterns = [path("whatsapp/", privacy_views.whatsapp, name="whatsapp")]
