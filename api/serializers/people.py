"""Agents, teams, contacts, consents."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Agent, Team
from consent.models import ConsentRecord
from contacts.models import Contact, Identity


class AgentSerializer(serializers.ModelSerializer[Agent]):
    class Meta:
        model = Agent
        fields = ("id", "name", "email", "role", "teams", "language", "is_active", "created_at")


class TeamSerializer(serializers.ModelSerializer[Team]):
    class Meta:
        model = Team
        fields = ("id", "name", "created_at")


class IdentitySerializer(serializers.ModelSerializer[Identity]):
    class Meta:
        model = Identity
        fields = ("kind", "value")


class ContactSerializer(serializers.ModelSerializer[Contact]):
    """`identities` are the current ones; expects them prefetched."""

    identities = serializers.SerializerMethodField()
    topics = serializers.SerializerMethodField(help_text=_("Subscribed topics; none exist yet."))

    class Meta:
        model = Contact
        fields = ("id", "name", "language", "identities", "topics", "created_at", "updated_at")

    @extend_schema_field(IdentitySerializer(many=True))
    def get_identities(self, contact: Contact) -> Any:
        current = [row for row in contact.identities.all() if row.ended_at is None]
        return IdentitySerializer(current, many=True).data

    def get_topics(self, contact: Contact) -> list[str]:
        return []


class ConsentRecordSerializer(serializers.ModelSerializer[ConsentRecord]):
    contact = serializers.UUIDField(
        source="contact.survivor_id",
        read_only=True,
        help_text=_("Who the person is now, also when the entry is older than a merge."),
    )

    class Meta:
        model = ConsentRecord
        fields = (
            *("id", "contact", "purpose", "act", "source", "words", "reference"),
            *("occurred_at", "recorded_at"),
        )
