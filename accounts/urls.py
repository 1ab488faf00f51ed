"""Signing in and out, and the language one works in."""

from django.urls import path

from accounts import join, views

app_name = "accounts"
urlpatterns = [
    path("login/", views.Login.as_view(), name="login"),
    path("logout/", views.Logout.as_view(), name="logout"),
    path("language/", views.language, name="language"),
    path("join/<str:token>/", join.join, name="join"),
]
