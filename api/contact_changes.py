"""What another system writes down of a contact: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import Agent
from contacts.attribute_models import AttributeDefinition
from contacts.attributes import AttributeRefused, fit, set_attributes
from contacts.models import Contact
from contacts.profile import PROFILE, ProfileRefused, set_profile
from conversations.errors import Malformed


def change_contact(contact: Contact, said: Mapping[str, Any], by: Agent) -> None:
    """Set the profile's fields and attributes that are named; `Malformed` names every wrong one."""
    values = _attributes(said.get("attributes") or {}, by)
    profile = {field: said.get(field, getattr(contact, field)) for field in PROFILE}
    with transaction.atomic():
        try:
            if set(PROFILE) & set(said):
                set_profile(contact, by, **profile)
            set_attributes(contact, values, by)
        except ProfileRefused as refused:
            raise Malformed(
                {field: [*words] for field, words in refused.errors.items()}
            ) from refused


def _attributes(said: Mapping[str, object], by: Agent) -> dict[AttributeDefinition, object]:
    known = {row.key: row for row in AttributeDefinition.objects.filter(key__in=list(said))}
    errors: dict[str, list[str | Promise]] = {}
    for key, value in said.items():
        definition = known.get(key)
        if definition is None or not definition.is_active or not definition.is_seen_by(by):
            errors[f"attributes.{key}"] = [_("There is no such attribute.")]
            continue
        try:
            fit(definition, value, by)
        except AttributeRefused as refused:
            errors[f"attributes.{key}"] = [refused.message]
    if errors:
        raise Malformed(errors)
    return {known[key]: value for key, value in said.items()}
