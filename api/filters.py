"""What lists can be narrowed by; a value that makes no sense is a 400 that names its field."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters.fields import IsoDateTimeField

from consent.models import Act, ConsentRecord, Purpose
from contacts.family import family_of
from contacts.models import Contact, Identity, IdentityKind
from contacts.numbers import match_key
from conversations.models import Conversation, Message, MessageTemplate, Status
from conversations.search.people import called
from conversations.window import CLOSING_SOON


class MomentField(IsoDateTimeField):  # type: ignore[misc]
    """A moment in ISO 8601; a plus that was not escaped arrives as a blank."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and "T" in value:
            value = value.strip().replace(" ", "+")
        return super().to_python(value)


class MomentFilter(django_filters.IsoDateTimeFilter):  # type: ignore[misc]
    field_class = MomentField


class PersonFilter(django_filters.UUIDFilter):  # type: ignore[misc]
    """A contact by id, or by that of one merged into it: all that is the person's."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if value is None:
            return qs
        person = Contact.objects.filter(pk=value).first() or Contact(pk=value)
        return qs.filter(**{f"{self.field_name}__in": family_of(person).values("pk")})


class ConversationFilter(django_filters.FilterSet):  # type: ignore[misc]
    contact = PersonFilter(field_name="contact_id")
    status = django_filters.MultipleChoiceFilter(choices=Conversation.Status.choices)
    assignee = django_filters.NumberFilter(field_name="assignee_id")
    team = django_filters.NumberFilter(field_name="team_id")
    label = django_filters.NumberFilter(field_name="labels")
    window = django_filters.ChoiceFilter(
        choices=[("open", "open"), ("closing", "closing"), ("closed", "closed")],
        method="by_window",
        label=_("The customer service window: open, closing within two hours, or closed."),
    )

    class Meta:
        model = Conversation
        fields: tuple[str, ...] = ()

    def by_window(
        self, rows: QuerySet[Conversation], _name: str, value: str
    ) -> QuerySet[Conversation]:
        now = timezone.now()
        if value == "closed":
            return rows.filter(Q(window_expires_at=None) | Q(window_expires_at__lte=now))
        rows = rows.filter(window_expires_at__gt=now)
        return rows.filter(window_expires_at__lt=now + CLOSING_SOON) if value == "closing" else rows


class MessageFilter(django_filters.FilterSet):  # type: ignore[misc]
    wamid = django_filters.CharFilter()
    client_uuid = django_filters.UUIDFilter()
    conversation = django_filters.UUIDFilter(field_name="conversation_id")
    status = django_filters.MultipleChoiceFilter(choices=Status.choices)
    updated_since = MomentFilter(field_name="updated_at", lookup_expr="gte")

    class Meta:
        model = Message
        fields: tuple[str, ...] = ()


class ContactFilter(django_filters.FilterSet):  # type: ignore[misc]
    phone = django_filters.CharFilter(method="by_phone", label=_("With country code, +49…"))
    wa_id = django_filters.CharFilter(method="by_identity")
    bsuid = django_filters.CharFilter(method="by_identity")
    username = django_filters.CharFilter(method="by_username")
    q = django_filters.CharFilter(method="by_anything", label=_("Part of a name or identity."))

    class Meta:
        model = Contact
        fields: tuple[str, ...] = ()

    def by_phone(self, rows: QuerySet[Contact], _name: str, value: str) -> QuerySet[Contact]:
        # A plus that was not escaped arrives as a blank.
        digits = "".join(character for character in value if character.isdigit())
        return self.by_identity(rows, IdentityKind.PHONE, f"+{digits}")

    def by_identity(self, rows: QuerySet[Contact], name: str, value: str) -> QuerySet[Contact]:
        return _known_by(rows, Q(kind=name, match_key=match_key(name, value)))

    def by_username(self, rows: QuerySet[Contact], name: str, value: str) -> QuerySet[Contact]:
        return self.by_identity(rows, name, value.removeprefix("@"))

    def by_anything(self, rows: QuerySet[Contact], _name: str, value: str) -> QuerySet[Contact]:
        return rows.filter(called(value))


class ConsentRecordFilter(django_filters.FilterSet):  # type: ignore[misc]
    contact = PersonFilter(field_name="contact_id")
    purpose = django_filters.ChoiceFilter(choices=Purpose.choices)
    topic = django_filters.CharFilter()
    act = django_filters.ChoiceFilter(choices=Act.choices)

    class Meta:
        model = ConsentRecord
        fields: tuple[str, ...] = ()


class TemplateFilter(django_filters.FilterSet):  # type: ignore[misc]
    name = django_filters.CharFilter()
    business_number = django_filters.NumberFilter(field_name="business_numbers")

    class Meta:
        model = MessageTemplate
        fields = ("language", "category", "status")


def _known_by(rows: QuerySet[Contact], identity: Q) -> QuerySet[Contact]:
    return rows.filter(pk__in=Identity.objects.filter(identity, ended_at=None).values("contact"))
