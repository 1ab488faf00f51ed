"""Getting started, and asking colleagues in. For admins."""

from django.urls import path

from helpdesk.start import views

app_name = "start"
urlpatterns = [
    path("first/", views.first, name="first"),
    path("welcome/", views.welcome, name="welcome"),
    path("welcome/put-away/", views.put_away, name="put-away"),
    path("welcome/check/<int:pk>/", views.check, name="check"),
    path("welcome/subscribe/<int:pk>/", views.subscribe_now, name="subscribe"),
    path("invitations/", views.invitations, name="invitations"),
    path("invitations/<uuid:pk>/again/", views.invited_again, name="again"),
    path("invitations/<uuid:pk>/withdraw/", views.withdrawn, name="withdraw"),
]
