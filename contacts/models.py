"""Who a customer is: one person, many identities. A phone number is just one of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from django.db import connection, models
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from accounts.models import Agent
from contacts import attribute_models  # noqa: F401 (Django finds a room's models here)
from contacts.numbers import match_key

# By hand: it runs for every dozen messages, and Django takes longer to compose it.
_IDENTITIES = """
    SELECT contact_id, kind, value FROM contacts_identity
    WHERE contact_id = ANY(%s) AND ended_at IS NULL ORDER BY first_seen_at
"""


class Contact(models.Model):
    """A customer who wrote to us or signed up; nobody else becomes one."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("name"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    # `name` is what they call themselves on WhatsApp and follows them; this is what we know better.
    our_name = models.CharField(
        _("name we use"), max_length=200, blank=True, default="", db_default=""
    )
    best_reached = models.CharField(
        _("best reached"), max_length=80, blank=True, default="", db_default=""
    )
    profile_by = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        db_index=False,
        verbose_name=_("edited by"),
    )
    profile_at = models.DateTimeField(_("edited at"), null=True, blank=True, editable=False)
    # The contact this one turned out to be; always one that is not merged itself.
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="merged_ones",
        editable=False,
        db_index=False,
        verbose_name=_("merged into"),
    )
    created_at = models.DateTimeField(_("first contact"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    _known: dict[str, str] | None = None
    # What `consent.gate.know_restrictions` read.
    _restricted: bool | None = None

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        indexes = (
            models.Index(fields=("-created_at", "-id"), name="contact_created"),
            models.Index(
                fields=("merged_into",),
                condition=models.Q(merged_into__isnull=False),
                name="contact_family",
            ),
        )

    def __str__(self) -> str:
        return self.display_name

    @property
    def survivor_id(self) -> UUID:
        """Who this contact is now: itself, or the one it was merged into."""
        return self.merged_into_id or self.pk

    @property
    def display_name(self) -> str:
        """Our name for them, else their own, else @username, else the phone number, else a word for
        "nobody knows"."""
        return self.our_name or self.name or called_by(self.identity_values)

    @property
    def initials(self) -> str:
        name = self.display_name
        if name.startswith("@"):
            return name[:2]
        words = [word for word in name.replace("+", "").split() if word]
        if not words:
            return "?"
        return "".join(word[0] for word in (words[0], *words[1:][-1:])).upper()

    @property
    def identity_values(self) -> dict[str, str]:
        """The current identities, newest of each kind: `{"phone": "+49…", "bsuid": "DE.…"}`.

        What `know_identities` read, else the prefetched `identities` when they are there.
        """
        if self._known is not None:
            return self._known
        current = [row for row in self.identities.all() if row.ended_at is None]
        return {row.kind: row.value for row in sorted(current, key=lambda row: row.first_seen_at)}

    @property
    def phone(self) -> str:
        return self.identity_values.get(IdentityKind.PHONE, "")

    @property
    def username(self) -> str:
        return self.identity_values.get(IdentityKind.USERNAME, "")


def know_identities(contacts: Collection[Contact]) -> None:
    """Read `identity_values` of many contacts at once, for as long as these objects are used.

    Cheaper than prefetching, which makes an object of every row and a manager for every contact.
    """
    known: dict[UUID, dict[str, str]] = {contact.pk: {} for contact in contacts}
    with connection.cursor() as cursor:
        cursor.execute(_IDENTITIES, [list(known)])
        for contact, kind, value in cursor.fetchall():
            known[contact][kind] = value
    for contact in contacts:
        contact._known = known[contact.pk]


def called_by(identities: Mapping[str, str]) -> str:
    if IdentityKind.USERNAME in identities:
        return f"@{identities[IdentityKind.USERNAME]}"
    return identities.get(IdentityKind.PHONE) or str(_("Unknown contact"))


class IdentityKind(models.TextChoices):
    PHONE = "phone", _("Phone number")
    WA_ID = "wa_id", _("WhatsApp id")
    BSUID = "bsuid", _("Business-scoped user id")
    PARENT_BSUID = "parent_bsuid", _("Parent business-scoped user id")
    USERNAME = "username", _("Username")


# By these a person is recognised. A username can change hands and proves nothing.
RECOGNISING_KINDS = (
    IdentityKind.BSUID,
    IdentityKind.WA_ID,
    IdentityKind.PARENT_BSUID,
    IdentityKind.PHONE,
)

# These belong to one WhatsApp account for good; a number may be given to somebody else.
PROVING_KINDS = (IdentityKind.BSUID, IdentityKind.PARENT_BSUID)


class MatchKeyField(models.CharField):  # type: ignore[type-arg]
    """Filled on every save, also in bulk, from the kind and value beside it."""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        assert isinstance(model_instance, Identity)
        key = match_key(model_instance.kind, model_instance.value)
        setattr(model_instance, self.attname, key)
        return key


class Identity(models.Model):
    """One way a contact is known: phone in E.164 with plus, wa_id digits only, BSUID as sent."""

    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="identities", verbose_name=_("contact")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=IdentityKind)
    value = models.CharField(_("value"), max_length=150)
    # The same for all spellings of one number: what identities are found and told apart by.
    match_key = MatchKeyField(max_length=160, editable=False)
    # The identity whose owner was seen to have this one too: in a split they stay together.
    learned_with = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        db_index=False,
    )
    first_seen_at = models.DateTimeField(_("first seen at"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        ordering = ("first_seen_at", "id")
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "match_key"),
                condition=models.Q(ended_at=None) & ~models.Q(kind="username"),
                name="identity_belongs_to_one_contact",
            ),
            models.UniqueConstraint(
                fields=("contact", "kind", "match_key"),
                condition=models.Q(ended_at=None),
                name="identity_once_per_contact",
            ),
            models.UniqueConstraint(
                fields=("contact",),
                condition=models.Q(kind="username", ended_at=None),
                name="identity_one_username",
            ),
        )
        indexes = (
            models.Index(fields=("match_key",), name="identity_match_key"),
            models.Index(
                fields=("learned_with",),
                condition=models.Q(learned_with__isnull=False),
                name="identity_learned_with",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.value}"


class MergeReason(models.TextChoices):
    PAIR = "pair", _("WhatsApp named both in one message")
    NUMBER_CHANGED = "number_changed", _("The customer changed the number")
    BY_HAND = "by_hand", _("Merged by hand")


class ContactMerge(models.Model):
    """Two contacts turned out to be one. `moved` holds what a split needs, ids only.

    `{"identities": [pk], "ended": [pk], "family": [id], "name": old, "language": old,
    "account_of": id or null, …}`; other rooms keep theirs under a key of their own.
    """

    survivor = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="merges", verbose_name=_("goes on as")
    )
    absorbed = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="absorptions", verbose_name=_("was")
    )
    reason = models.CharField(_("reason"), max_length=20, choices=MergeReason)
    merged_by = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("merged by"),
    )
    merged_at = models.DateTimeField(_("merged at"))
    undone_by = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("split by"),
    )
    undone_at = models.DateTimeField(_("split at"), null=True, blank=True)
    moved = models.JSONField(default=dict, editable=False)

    class Meta:
        ordering = ("-merged_at", "-id")
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = (
            models.UniqueConstraint(
                fields=("absorbed",),
                condition=models.Q(undone_at=None),
                name="contact_merged_once_at_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.absorbed_id} → {self.survivor_id}"

    @property
    def absorbed_name(self) -> str:
        """What the absorbed contact was called, also while its identities are the survivor's."""
        rows = Identity.objects.filter(pk__in=self.moved.get("identities", ()))
        values = {row.kind: row.value for row in rows.order_by("first_seen_at", "pk")}
        return self.absorbed.name or called_by(values)
