"""What a company wants to know of its customers beside who they are: attributes, defined in the
admin, and what is noted of a person."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from accounts.models import Agent

KEY = RegexValidator(
    r"^[a-z][a-z0-9_]{0,39}\Z",
    _("Small letters, digits and underscores, beginning with a letter; at most 40."),
)
LONGEST_TEXT = 500


class AttributeKind(models.TextChoices):
    TEXT = "text", _("Text")
    NUMBER = "number", _("Figure")
    DATE = "date", _("Date")
    YES_NO = "yes_no", _("Yes or no")
    CHOICE = "choice", _("Choice")
    URL = "url", _("Web address")


class EditedBy(models.TextChoices):
    WRITERS = "writers", _("Whoever may write")
    LEADS = "leads", _("Leads and admins")


class _Named(models.Model):
    name_de = models.CharField(_("name (German)"), max_length=60)
    name_en = models.CharField(_("name (English)"), max_length=60)
    place = models.PositiveSmallIntegerField(_("place"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name_de if (get_language() or "").startswith("de") else self.name_en


class AttributeDefinition(_Named):
    """One attribute that contacts can have. Its kind stays once a contact has a value."""

    key = models.CharField(
        _("key"),
        max_length=40,
        unique=True,
        validators=[KEY],
        help_text=_("What placeholders and the API call it."),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=AttributeKind)
    is_required = models.BooleanField(
        _("required"),
        default=False,
        help_text=_("Shown as missing until it is filled, and never emptied again."),
    )
    in_pane = models.BooleanField(
        _("beside the conversation"),
        default=True,
        help_text=_("Else only on the contact's own page."),
    )
    is_sensitive = models.BooleanField(
        _("sensitive"), default=False, help_text=_("Only leads and admins see it.")
    )
    edited_by = models.CharField(
        _("edited by"), max_length=10, choices=EditedBy, default=EditedBy.WRITERS
    )

    class Meta:
        ordering = ("place", "id")
        verbose_name = _("attribute of contacts")
        verbose_name_plural = _("attributes of contacts")
        # What values hold on to, kind and all; see the migration.
        constraints = (models.UniqueConstraint(fields=("id", "kind"), name="attribute_kind"),)

    def clean(self) -> None:
        before = AttributeDefinition.objects.filter(pk=self.pk).first()
        if before and before.kind != self.kind and self.values.exists():
            raise ValidationError(
                {"kind": _("Contacts have values of this kind: make another attribute instead.")}
            )

    def is_seen_by(self, agent: Agent) -> bool:
        return not self.is_sensitive or agent.sees_all_teams

    def is_edited_by(self, agent: Agent) -> bool:
        if not (agent.may_write and self.is_active and self.is_seen_by(agent)):
            return False
        return self.edited_by == EditedBy.WRITERS or agent.sees_all_teams


class AttributeChoice(_Named):
    """One of the answers of an attribute that is a choice."""

    definition = models.ForeignKey(
        AttributeDefinition,
        on_delete=models.CASCADE,
        related_name="choices",
        verbose_name=_("attribute"),
    )
    key = models.CharField(_("key"), max_length=40, validators=[KEY])

    class Meta:
        ordering = ("place", "id")
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        constraints = (
            models.UniqueConstraint(fields=("definition", "key"), name="attribute_choice_key"),
            # What values hold on to, attribute and all; see the migration.
            models.UniqueConstraint(fields=("id", "definition"), name="attribute_choice_of"),
        )


def _fits_kind() -> models.Q:
    """Exactly the column of the kind is filled."""
    columns = {
        "text": (AttributeKind.TEXT, AttributeKind.URL),
        "number": (AttributeKind.NUMBER,),
        "day": (AttributeKind.DATE,),
        "yes": (AttributeKind.YES_NO,),
        "choice": (AttributeKind.CHOICE,),
    }
    fits = models.Q()
    for column, kinds in columns.items():
        others = {f"{other}__isnull": other != column for other in columns}
        fits |= models.Q(kind__in=[str(kind) for kind in kinds], **others)
    return fits


class ContactAttribute(models.Model):
    """What one contact has of one attribute, in the column of its kind."""

    contact = models.ForeignKey(
        "contacts.Contact",
        on_delete=models.CASCADE,
        related_name="attributes",
        verbose_name=_("contact"),
    )
    definition = models.ForeignKey(
        AttributeDefinition,
        on_delete=models.PROTECT,
        related_name="values",
        verbose_name=_("attribute"),
    )
    # The definition's, held by a foreign key of both: it cannot change behind the values' back.
    kind = models.CharField(_("kind"), max_length=10, choices=AttributeKind, editable=False)
    text = models.CharField(_("text"), max_length=LONGEST_TEXT, null=True)  # noqa: DJ001
    number = models.DecimalField(_("figure"), max_digits=20, decimal_places=6, null=True)
    day = models.DateField(_("date"), null=True)
    yes = models.BooleanField(_("yes or no"), null=True)
    choice = models.ForeignKey(
        AttributeChoice,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("choice"),
    )
    updated_by = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("set by")
    )
    updated_at = models.DateTimeField(_("set at"))

    class Meta:
        ordering = ("definition__place", "definition_id")
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")
        constraints = (
            # At the end of a transaction: a merge lets two contacts change places.
            models.UniqueConstraint(
                fields=("contact", "definition"),
                name="attribute_once_per_contact",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(condition=_fits_kind(), name="attribute_fits_kind"),
        )

    def __str__(self) -> str:
        return f"{self.contact_id} {self.definition_id}"

    @property
    def value(self) -> str | Decimal | date | bool:
        """As what it is; a choice by its key."""
        if self.choice is not None:
            return self.choice.key
        return next(one for one in (self.text, self.number, self.day, self.yes) if one is not None)


class ContactNote(models.Model):
    """A note on the person, whatever the conversation; never sent."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    contact = models.ForeignKey(
        "contacts.Contact",
        on_delete=models.CASCADE,
        related_name="notes",
        verbose_name=_("contact"),
    )
    author = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("author")
    )
    client_uuid = models.UUIDField(null=True, blank=True, unique=True)
    text = models.TextField(_("text"))
    is_pinned = models.BooleanField(_("pinned"), default=False)
    created_at = models.DateTimeField(_("created at"))
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True)

    class Meta:
        ordering = ("-is_pinned", "-created_at", "-id")
        verbose_name = _("note on the person")
        verbose_name_plural = _("notes on persons")
        indexes = (models.Index(fields=("contact", "-created_at"), name="contact_note"),)

    def __str__(self) -> str:
        return f"{self.contact_id} {self.created_at:%Y-%m-%d %H:%M}"
