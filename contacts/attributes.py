"""What contacts have of the attributes that admins define: seen, checked and set here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Agent
from contacts.attribute_models import (
    LONGEST_TEXT,
    AttributeChoice,
    AttributeDefinition,
    AttributeKind,
    ContactAttribute,
)
from contacts.family import current_contact
from contacts.models import Contact
from contacts.signals import contact_edited

YES, NO = "yes", "no"
_COLUMNS = {
    AttributeKind.TEXT: "text",
    AttributeKind.URL: "text",
    AttributeKind.NUMBER: "number",
    AttributeKind.DATE: "day",
    AttributeKind.YES_NO: "yes",
    AttributeKind.CHOICE: "choice",
}
Value = str | Decimal | date | bool | AttributeChoice


class AttributeRefused(ValueError):
    """A value that does not fit, or that this agent may not set; `message` says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Shown:
    """One attribute of one contact as an agent sees it."""

    definition: AttributeDefinition
    row: ContactAttribute | None
    may_edit: bool

    @property
    def words(self) -> str:
        return words_of(self.row) if self.row else ""

    @property
    def is_missing(self) -> bool:
        return self.row is None and self.definition.is_required

    @property
    def link(self) -> str:
        """Where a web address leads; "" for all else."""
        is_link = self.row is not None and self.definition.kind == AttributeKind.URL
        return self.words if is_link else ""


def attributes_for(contact: Contact, agent: Agent, *, in_pane: bool) -> list[Shown]:
    """The attributes this agent sees, in their order, also empty ones; two queries. Of one that is
    switched off what was filled in stays to be read on the contact's own page."""
    rows = {row.definition_id: row for row in _rows([contact.pk])}
    found = []
    for definition in AttributeDefinition.objects.all():
        row = rows.get(definition.pk)
        shown = definition.is_active and (definition.in_pane or not in_pane)
        kept = not definition.is_active and not in_pane and row is not None
        if (shown or kept) and definition.is_seen_by(agent):
            found.append(Shown(definition, row, definition.is_edited_by(agent)))
    return found


def attribute_values(contact: Contact) -> dict[str, str]:
    """What placeholders may be filled with, by key, in words of the active language. What is
    sensitive is left out: it would be written to the customer by whoever may not see it."""
    rows = _rows([contact.pk]).filter(definition__in=placeholder_definitions())
    return {row.definition.key: words_of(row) for row in rows}


def placeholder_definitions() -> QuerySet[AttributeDefinition]:
    """The attributes that texts to customers may name."""
    return AttributeDefinition.objects.filter(is_sensitive=False, is_active=True)


def plain_attributes(
    contacts: Collection[Contact], agent: Agent
) -> dict[UUID, dict[str, str | bool]]:
    """For each contact `{key: value}` of what this agent sees, in the API's plain form; one query.
    Numbers are text there, so that no digit is lost."""
    found: dict[UUID, dict[str, str | bool]] = {contact.pk: {} for contact in contacts}
    for row in _rows(list(found)).filter(definition__is_active=True):
        if row.definition.is_seen_by(agent):
            found[row.contact_id][row.definition.key] = _plain(row)
    return found


def words_of(row: ContactAttribute) -> str:
    """A value in words of the active language."""
    if row.choice is not None:
        return str(row.choice)
    value = row.value
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, date):
        return date_format(value, "SHORT_DATE_FORMAT")
    if isinstance(value, Decimal):
        return number_format(value.normalize() if value % 1 else value.quantize(Decimal(1)))
    return value


def input_of(row: ContactAttribute | None) -> str:
    """A value as its field takes it back."""
    if row is None:
        return ""
    plain = _plain(row)
    if isinstance(plain, bool):
        return YES if plain else NO
    return words_of(row) if row.kind == AttributeKind.NUMBER else plain


def set_attribute(
    contact: Contact, definition: AttributeDefinition, raw: object, by: Agent
) -> None:
    """Set what the contact has of an attribute; "" or None takes it away. Raises
    `AttributeRefused`."""
    set_attributes(contact, {definition: raw}, by)


def set_attributes(
    contact: Contact, values: Mapping[AttributeDefinition, object], by: Agent
) -> None:
    """Set several at once, or none; of a contact that was merged those of who goes on."""
    fitting = {definition: fit(definition, raw, by) for definition, raw in values.items()}
    with transaction.atomic():
        held = current_contact(contact)
        changed = [_set(held, definition, value, by) for definition, value in fitting.items()]
        if any(changed):
            contact_edited.send(sender=Contact, contact=held, by=by)


def fit(definition: AttributeDefinition, raw: object, by: Agent) -> Value | None:
    """The value that `raw` stands for, None for none; raises `AttributeRefused`."""
    if not definition.is_edited_by(by):
        raise AttributeRefused(_("You may not change this."))
    if isinstance(raw, bool):
        raw = YES if raw else NO
    if raw is not None and not isinstance(raw, str | int | float | Decimal):
        raise AttributeRefused(_("This is no single value."))
    field = form_field(definition)
    try:
        value = field.clean("" if raw is None else str(raw))
    except ValidationError as error:
        raise AttributeRefused(" ".join(error.messages)) from error
    if value in ("", None):
        if definition.is_required:
            raise AttributeRefused(_("This is required and cannot be empty."))
        return None
    if definition.kind == AttributeKind.YES_NO:
        return bool(value == YES)
    if definition.kind == AttributeKind.CHOICE:
        return definition.choices.get(key=value)
    fitting: Value = value
    return fitting


def form_field(definition: AttributeDefinition) -> forms.Field:
    """The field that takes a value of this attribute; none is required by itself."""
    make = {
        AttributeKind.TEXT: lambda: forms.CharField(max_length=LONGEST_TEXT, required=False),
        AttributeKind.NUMBER: lambda: forms.DecimalField(
            max_digits=20, decimal_places=6, localize=True, required=False
        ),
        AttributeKind.DATE: lambda: forms.DateField(
            input_formats=["%Y-%m-%d", "%d.%m.%Y"], required=False
        ),
        AttributeKind.YES_NO: lambda: forms.ChoiceField(
            choices=[("", "–"), (YES, gettext_lazy("Yes")), (NO, gettext_lazy("No"))],
            required=False,
        ),
        AttributeKind.CHOICE: lambda: forms.ChoiceField(
            choices=[("", "–"), *_choices(definition)], required=False
        ),
        AttributeKind.URL: _url_field,
    }
    field: forms.Field = make[AttributeKind(definition.kind)]()
    return field


def _url_field() -> forms.Field:
    """http and https only: what is stored here becomes a link."""
    field = forms.URLField(max_length=LONGEST_TEXT, required=False, assume_scheme="https")
    field.validators = [one for one in field.validators if not isinstance(one, URLValidator)] + [
        URLValidator(schemes=["http", "https"])
    ]
    return field


def _choices(definition: AttributeDefinition) -> list[tuple[str, str]]:
    return [(one.key, str(one)) for one in definition.choices.all() if one.is_active]


def _rows(contacts: Collection[UUID]) -> QuerySet[ContactAttribute]:
    rows = ContactAttribute.objects.filter(contact__in=contacts)
    return rows.select_related("definition", "choice").order_by("definition__place", "pk")


def _plain(row: ContactAttribute) -> str | bool:
    value = row.value
    if isinstance(value, bool):
        return value
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else value


def _set(contact: Contact, definition: AttributeDefinition, value: Value | None, by: Agent) -> bool:
    """Under the contact's lock; whether anything changed."""
    before = ContactAttribute.objects.filter(contact=contact, definition=definition)
    row = before.select_related("choice").first()
    if value is None:
        return bool(before.delete()[0])
    column = _COLUMNS[AttributeKind(definition.kind)]
    if row is not None and getattr(row, column) == value:
        return False
    columns: dict[str, Any] = dict.fromkeys(set(_COLUMNS.values())) | {column: value}
    said = {**columns, "kind": definition.kind, "updated_by": by, "updated_at": timezone.now()}
    if row is None:
        ContactAttribute.objects.create(contact=contact, definition=definition, **said)
    else:
        before.update(**said)
    return True
