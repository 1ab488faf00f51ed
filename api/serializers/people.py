"""Agents, teams, contacts, consents."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Agent, Team
from consent.models import ConsentRecord, Topic, Wording
from contacts.models import Contact, Identity
from conversations.services.consent_on_word import (
    ACTS,
    LONGEST_EVIDENCE,
    LONGEST_REFERENCE,
    LONGEST_WORDS,
)


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
    """`identities` are the current ones; expects them prefetched, and in the context what
    `consent.gate.subscribed_topics` says of a page's contacts as `topics_by_contact`, and
    `contacts.attributes.plain_attributes` as `attributes_by_contact`."""

    identities = serializers.SerializerMethodField()
    topics = serializers.SerializerMethodField(help_text=_("Keys of the topics subscribed to."))
    attributes = serializers.SerializerMethodField(
        help_text=_("What the token's agent sees, by key; numbers and dates as text.")
    )

    class Meta:
        model = Contact
        fields = (
            *("id", "name", "our_name", "language", "best_reached", "identities", "topics"),
            *("attributes", "created_at", "updated_at"),
        )

    @extend_schema_field(IdentitySerializer(many=True))
    def get_identities(self, contact: Contact) -> Any:
        current = [row for row in contact.identities.all() if row.ended_at is None]
        return IdentitySerializer(current, many=True).data

    def get_topics(self, contact: Contact) -> list[str]:
        topics: dict[UUID, list[str]] = self.context["topics_by_contact"]
        return topics[contact.pk]

    def get_attributes(self, contact: Contact) -> dict[str, str | bool]:
        attributes: dict[UUID, dict[str, str | bool]] = self.context["attributes_by_contact"]
        return attributes[contact.pk]


class ContactChangeSerializer(serializers.Serializer[Any]):
    """What can be written of a contact. What is left out stays as it is."""

    our_name = serializers.CharField(
        required=False, allow_blank=True, help_text=_("What we call them.")
    )
    language = serializers.CharField(required=False, allow_blank=True)
    best_reached = serializers.CharField(required=False, allow_blank=True)
    attributes = serializers.DictField(
        required=False, help_text=_('By key: `{"subscription": "…"}`; null takes a value away.')
    )


class TopicSerializer(serializers.ModelSerializer[Topic]):
    class Meta:
        model = Topic
        fields = ("id", "key", "name_de", "name_en", "is_active", "created_at")


class WordingSerializer(serializers.ModelSerializer[Wording]):
    class Meta:
        model = Wording
        fields = ("key", "language", "version", "text")


class ConsentRecordSerializer(serializers.ModelSerializer[ConsentRecord]):
    contact = serializers.UUIDField(
        source="person",
        read_only=True,
        help_text=_("Who the person is now, also when the entry is older than a merge."),
    )

    words = serializers.CharField(
        read_only=True, help_text=_("What the customer wrote; empty once it was erased.")
    )
    reference = serializers.CharField(
        read_only=True, help_text=_("The wamid or form it rests on; empty once it was erased.")
    )
    wording = WordingSerializer(
        read_only=True, allow_null=True, help_text=_("What the person was shown, with its version.")
    )
    hash = serializers.CharField(
        source="link.hash", default=None, read_only=True, help_text=_("Its place in the chain.")
    )
    previous_hash = serializers.CharField(
        source="link.previous_hash",
        default=None,
        read_only=True,
        help_text=_("The hash of the entry before; 64 zeros for the first."),
    )

    class Meta:
        model = ConsentRecord
        fields = (
            *("id", "contact", "purpose", "topic", "act", "source", "words", "wording"),
            *("business_number", "language", "reference", "occurred_at", "clock", "recorded_at"),
            *("hash", "previous_hash"),
        )


class OnWordSerializer(serializers.Serializer[Any]):
    """What a customer said elsewhere."""

    act = serializers.ChoiceField(choices=[str(act) for act in ACTS])
    topic = serializers.CharField(
        default="",
        allow_blank=True,
        max_length=40,
        help_text=_("The key of a topic; empty withdraws every consent to marketing."),
    )
    words = serializers.CharField(
        max_length=LONGEST_WORDS, help_text=_("What the customer said, in their words.")
    )
    evidence = serializers.CharField(
        default="",
        allow_blank=True,
        max_length=LONGEST_EVIDENCE,
        help_text=_("How and where they said it; required for `granted`."),
    )
    occurred_at = serializers.DateTimeField(
        default=None,
        allow_null=True,
        help_text=_("When they said it; now when left out, but `granted` needs it."),
    )
    reference = serializers.CharField(
        default="",
        allow_blank=True,
        max_length=LONGEST_REFERENCE,
        help_text=_("Your own id of it: the same again is not written twice."),
    )
