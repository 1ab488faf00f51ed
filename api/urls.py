"""The REST API, its schema and its pages."""

from __future__ import annotations

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView

from api.views import base, canned, consents, conversations, docs, messages, people

app_name = "api"
urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", docs.docs, name="docs"),
    path("v1/agents/", people.AgentList.as_view()),
    path("v1/agents/<int:pk>/", people.AgentDetail.as_view()),
    path("v1/business-numbers/", conversations.BusinessNumberList.as_view()),
    path("v1/business-numbers/<int:pk>/", conversations.BusinessNumberDetail.as_view()),
    path("v1/canned-responses/", canned.CannedResponseList.as_view()),
    path("v1/canned-responses/<int:pk>/", canned.CannedResponseDetail.as_view()),
    path("v1/consent-records/", people.ConsentRecordList.as_view()),
    path("v1/consent-records/<int:pk>/", people.ConsentRecordDetail.as_view()),
    path("v1/contacts/", people.ContactList.as_view()),
    path("v1/contacts/<uuid:pk>/", people.ContactDetail.as_view()),
    path("v1/contacts/<uuid:pk>/consents/", consents.ContactConsents.as_view()),
    path("v1/conversations/", conversations.ConversationList.as_view()),
    path("v1/conversations/<uuid:pk>/", conversations.ConversationDetail.as_view()),
    path("v1/conversations/<uuid:pk>/messages/", conversations.ConversationMessages.as_view()),
    path("v1/labels/", conversations.LabelList.as_view()),
    path("v1/labels/<int:pk>/", conversations.LabelDetail.as_view()),
    path("v1/resolve-reasons/", conversations.ResolveReasonList.as_view()),
    path("v1/media/<uuid:pk>/", messages.MediaContent.as_view(), name="media"),
    path("v1/messages/", messages.MessageList.as_view()),
    path("v1/messages/<uuid:pk>/", messages.MessageDetail.as_view()),
    path("v1/messages/<uuid:pk>/take-back/", messages.TakeBack.as_view()),
    path("v1/teams/", people.TeamList.as_view()),
    path("v1/teams/<int:pk>/", people.TeamDetail.as_view()),
    path("v1/templates/", conversations.TemplateList.as_view()),
    path("v1/templates/<int:pk>/", conversations.TemplateDetail.as_view()),
    path("v1/topics/", people.TopicList.as_view()),
    path("v1/topics/<int:pk>/", people.TopicDetail.as_view()),
    path("v1/uploads/", messages.Uploads.as_view(), name="uploads"),
    # With its slash only, so that a path without one is still led to the one with it.
    re_path(r"^v1/(?:.*/)?$", base.NothingHere.as_view()),
]
