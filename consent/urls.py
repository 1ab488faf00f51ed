"""The public sign-up pages, and the script that puts a form on another site."""

from django.urls import path

from consent import email_views, signup_embed, signup_views

app_name = "optin"
urlpatterns = [
    path("<slug:slug>/", signup_views.choose, name="form"),
    path("<slug:slug>/embed.js", signup_embed.embed, name="embed"),
    path("<slug:slug>/mail/", email_views.asked, name="mail_sent"),
    path("<slug:slug>/mail/<str:token>/", email_views.mail, name="mail"),
    path("<slug:slug>/send/<str:token>/", signup_views.send, name="send"),
    path("<slug:slug>/send/<str:token>/state/", signup_views.state, name="state"),
]
