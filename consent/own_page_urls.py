"""The customer's own page. Its token is a secret: `helpdesk/logs.py` keeps it out of the log."""

from django.urls import path

from consent import own_page_views

app_name = "my"
urlpatterns = [
    path("<str:token>/", own_page_views.page, name="page"),
    path("<str:token>/topics/", own_page_views.topics, name="topics"),
    path("<str:token>/words/", own_page_views.agree, name="agree"),
    path("<str:token>/stop/", own_page_views.stop, name="stop"),
    path("<str:token>/ask/<slug:kind>/", own_page_views.ask, name="ask"),
    path("<str:token>/lift/", own_page_views.lift, name="lift"),
    path("<str:token>/export/<uuid:request_id>/", own_page_views.export, name="export"),
]
