"""Agents, teams, contacts, consents."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery, UUIDField
from django.db.models.functions import Coalesce
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Agent, Team
from api.contact_changes import change_contact
from api.filters import ConsentRecordFilter, ContactFilter
from api.serializers.people import (
    AgentSerializer,
    ConsentRecordSerializer,
    ContactChangeSerializer,
    ContactSerializer,
    TeamSerializer,
    TopicSerializer,
)
from api.views.base import AgentView, DetailView, ListView
from consent.gate import subscribed_topics
from consent.models import ConsentRecord, Topic
from contacts.attributes import plain_attributes
from contacts.models import Contact, Identity
from conversations.access import require_writer, visible_contacts


class _Agents(AgentView[Agent]):
    queryset = Agent.objects.prefetch_related("teams")
    serializer_class = AgentSerializer


class AgentList(_Agents, ListView[Agent]):
    """Everybody who works here."""


class AgentDetail(_Agents, DetailView[Agent]):
    """One agent."""


class _Teams(AgentView[Team]):
    queryset = Team.objects.all()
    serializer_class = TeamSerializer


class TeamList(_Teams, ListView[Team]):
    """All teams."""


class TeamDetail(_Teams, DetailView[Team]):
    """One team."""


class _Topics(AgentView[Topic]):
    queryset = Topic.objects.all()
    serializer_class = TopicSerializer


class TopicList(_Topics, ListView[Topic]):
    """What customers can subscribe to."""


class TopicDetail(_Topics, DetailView[Topic]):
    """One topic."""


class _Contacts(AgentView[Contact]):
    queryset = Contact.objects.none()
    serializer_class = ContactSerializer

    def get_queryset(self) -> QuerySet[Contact]:
        if self.describing:
            return super().get_queryset()
        current = Identity.objects.filter(ended_at=None)
        return visible_contacts(self.agent).prefetch_related(Prefetch("identities", current))

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """With the topics and attributes of all contacts that are shown, in a query each."""
        if args:
            shown = args[0] if kwargs.get("many") else [args[0]]
            kwargs["context"] = {
                **self.get_serializer_context(),
                "topics_by_contact": subscribed_topics(shown),
                "attributes_by_contact": plain_attributes(shown, self.agent),
            }
        return super().get_serializer(*args, **kwargs)


class ContactList(_Contacts, ListView[Contact]):
    """Contacts with a conversation that the token's agent may see."""

    filterset_class = ContactFilter


class ContactDetail(_Contacts, DetailView[Contact]):
    """One contact. The id of one that was merged into another shows the other, with its own id."""

    def get_object(self) -> Contact:
        merged = Contact.objects.filter(pk=self.kwargs["pk"]).exclude(merged_into=None)
        survivor = merged.values_list("merged_into", flat=True).first()
        self.kwargs["pk"] = survivor or self.kwargs["pk"]
        return super().get_object()

    @extend_schema(request=ContactChangeSerializer, responses=ContactSerializer)
    def patch(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Change what we know of a contact: all of what is named, or nothing."""
        contact = self.get_object()
        require_writer(self.agent)
        form = ContactChangeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        change_contact(contact, form.validated_data, self.agent)
        return Response(self.get_serializer(self.get_object()).data)


class _ConsentRecords(AgentView[ConsentRecord]):
    queryset = ConsentRecord.objects.none()
    serializer_class = ConsentRecordSerializer

    def get_queryset(self) -> QuerySet[ConsentRecord]:
        if self.describing:
            return super().get_queryset()
        # Not joined: an entry outlives its contact, whose id it then names.
        survivor = Contact.objects.filter(pk=OuterRef("contact_id")).values("merged_into_id")
        rows = ConsentRecord.objects.select_related("detail", "link", "wording").annotate(
            person=Coalesce(Subquery(survivor[:1]), "contact_id", output_field=UUIDField())
        )
        if self.agent.sees_all_numbers:
            return rows
        seen = visible_contacts(self.agent).values("pk")
        return rows.filter(Q(contact__in=seen) | Q(contact__merged_into__in=seen))


class ConsentRecordList(_ConsentRecords, ListView[ConsentRecord]):
    """What contacts agreed to and withdrew."""

    filterset_class = ConsentRecordFilter


class ConsentRecordDetail(_ConsentRecords, DetailView[ConsentRecord]):
    """One entry of the ledger."""
