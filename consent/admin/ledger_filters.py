"""What the ledger's list is narrowed by. None looks through the whole ledger to offer a choice."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter, TextFilter

from consent.models import ConsentRecord, Topic
from contacts.models import Contact

Rows = QuerySet[ConsentRecord]
GENERAL = "-"


class OfContact(TextFilter):
    """By the contact's id, which also finds who was erased; else by name or number."""

    title = _("contact")
    parameter_name = "contact"

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        asked = (self.value() or "").strip()
        if not asked:
            return queryset
        try:
            pk = UUID(asked)
        except ValueError:
            named = Q(name__icontains=asked)
            if digits := "".join(letter for letter in asked if letter.isdigit()):
                named |= Q(identities__value__contains=digits)
            found = Contact.objects.filter(named).values_list("pk", "merged_into")[:500]
            pks = {pk for pair in found for pk in pair if pk}
        else:
            merged = Contact.objects.filter(pk=pk).values_list("merged_into", flat=True).first()
            pks = {pk, merged or pk}
        family = Contact.objects.filter(merged_into__in=pks).values_list("pk", flat=True)
        return queryset.filter(contact__in=pks | set(family))


class OfTopic(admin.SimpleListFilter):
    title = _("topic")
    parameter_name = "topic"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        topics = [(topic.key, str(topic)) for topic in Topic.objects.all()]
        return [(GENERAL, _("in general")), *topics]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        if self.value() is None:
            return queryset
        return queryset.filter(topic="" if self.value() == GENERAL else self.value())


class OfNumber(TextFilter):
    """By which of our numbers it was said to, however that is spelled."""

    title = _("business number")
    parameter_name = "number"

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        digits = "".join(letter for letter in self.value() or "" if letter.isdigit())
        return queryset.filter(business_number__endswith=digits.lstrip("0")) if digits else queryset


class Between(RangeDateFilter):
    """Whole days of ours, the last one too."""

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        first, last = (
            _day(self.used_parameters.get(f"{self.parameter_name}_{end}")) for end in ("from", "to")
        )
        if first:
            queryset = queryset.filter(occurred_at__gte=first)
        if last:
            queryset = queryset.filter(occurred_at__lt=last + timedelta(days=1))
        return queryset


def _day(text: Any) -> datetime | None:
    """The beginning of a day that was typed, German or ISO; None for what is none."""
    typed = str(text or "").strip()
    parts = typed.split(".")
    if len(parts) == 3:
        typed = "-".join((parts[2], parts[1].zfill(2), parts[0].zfill(2)))
    try:
        day = parse_date(typed)
    except ValueError:
        return None
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None
