"""The short addresses on posters and buttons: `/c/CODE/`."""

from django.urls import path

from conversations import chat_link_views

app_name = "chat"
urlpatterns = [path("<str:code>/", chat_link_views.follow, name="follow")]
