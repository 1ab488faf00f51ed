"""The consent ledger: what a person did, with the words they saw and used. Rows are only added.

A record's `content` is what the chain is made of. What is personal stands in its detail: an erasure
removes that and no other thing, so the chain still holds (`docs/consent-ledger.md`). Triggers
refuse everything else (migration 0003).
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from consent.models.wording import Wording
from contacts.models import Contact


class Purpose(models.TextChoices):
    SERVICE = "service", _("Service")
    MARKETING = "marketing", _("Marketing")


class Act(models.TextChoices):
    INFORMED = "informed", _("informed")
    REQUESTED = "requested", _("requested")
    GRANTED = "granted", _("granted")
    CONFIRMED = "confirmed", _("confirmed")
    WITHDRAWN = "withdrawn", _("withdrawn")
    OBJECTED = "objected", _("objected")
    RENEWED = "renewed", _("renewed")
    EXPIRED = "expired", _("expired")
    ERASED = "erased", _("erased")


class Source(models.TextChoices):
    MESSAGE = "message", _("Customer's own message")
    FORM = "form", _("Sign-up form")
    PLATFORM = "platform", _("WhatsApp's own setting")
    AGENT = "agent", _("Agent, on the customer's word")
    IMPORT = "import", _("Import with evidence")
    API = "api", _("API")
    SYSTEM = "system", _("Set rule")
    OWN_PAGE = "own_page", _("Customer's own page")
    EMAIL = "email", _("Link in an e-mail")


class Clock(models.TextChoices):
    """Whose clock `occurred_at` is read from."""

    WHATSAPP = "whatsapp", _("WhatsApp's clock")
    OURS = "ours", _("our clock")
    STATED = "stated", _("as stated")


class ConsentRecord(models.Model):
    """One act of one person for one purpose, and topic where it is about one.

    `content` is the canonical JSON of all that follows here, and holds a commitment to `detail`.
    """

    # After an erasure the contact is gone; its id names nobody then, and holds entries together.
    contact = models.ForeignKey(
        Contact,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="consent_records",
        verbose_name=_("contact"),
    )
    purpose = models.CharField(_("purpose"), max_length=32, choices=Purpose)
    topic = models.CharField(_("topic"), max_length=40, blank=True)
    act = models.CharField(_("act"), max_length=16, choices=Act)
    source = models.CharField(_("source"), max_length=16, choices=Source)
    # Which of our numbers it was said to (E.164), as it was called then.
    business_number = models.CharField(_("business number"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    wording = models.ForeignKey(
        Wording, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("words shown")
    )
    occurred_at = models.DateTimeField(_("occurred at"))
    clock = models.CharField(_("clock"), max_length=16, choices=Clock)
    recorded_at = models.DateTimeField(_("recorded at"))
    # Tells the same act told twice; what it refers to is personal (a wamid holds a phone number).
    reference_hash = models.CharField(max_length=64, blank=True)
    content = models.TextField(_("content"))

    class Meta:
        ordering = ("-occurred_at", "-id")
        verbose_name = _("consent record")
        verbose_name_plural = _("consent records")
        constraints = (
            models.UniqueConstraint(
                fields=("contact", "purpose", "topic", "act", "reference_hash"),
                condition=~models.Q(reference_hash=""),
                name="consent_record_once_per_reference",
            ),
        )
        indexes = (
            models.Index(fields=("contact", "purpose", "-occurred_at"), name="consent_in_force"),
            # The figures count from the index alone: rows are wide, and there are millions.
            models.Index(
                fields=("occurred_at",),
                include=("act", "source", "purpose", "topic"),
                name="consent_figures",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.get_act_display()}"

    @property
    def words(self) -> str:
        """What the customer wrote; "" when it was erased."""
        return self.detail.words if hasattr(self, "detail") else ""

    @property
    def reference(self) -> str:
        """The wamid, form or report it rests on; "" when it was erased."""
        return self.detail.reference if hasattr(self, "detail") else ""


class ConsentDetail(models.Model):
    """The personal part of a record; only an erasure removes it."""

    record = models.OneToOneField(
        ConsentRecord, on_delete=models.PROTECT, primary_key=True, related_name="detail"
    )
    # 32 random bytes as hex: without them nobody can try out what the commitment may stand for.
    salt = models.CharField(max_length=64)
    identity = models.CharField(_("identity"), max_length=200, blank=True)
    words = models.TextField(_("words"), blank=True)
    reference = models.CharField(_("reference"), max_length=200, blank=True)
    actor = models.CharField(_("recorded by"), max_length=200, blank=True)
    evidence = models.TextField(_("evidence"), blank=True)

    class Meta:
        verbose_name = _("personal part")
        verbose_name_plural = _("personal parts")

    def __str__(self) -> str:
        return str(self.record_id)


class ChainLink(models.Model):
    """A record's place in the chain, written by a trigger at the commit (migration 0003)."""

    sequence = models.BigIntegerField(primary_key=True)
    record = models.OneToOneField(ConsentRecord, on_delete=models.PROTECT, related_name="link")
    previous_hash = models.CharField(max_length=64, unique=True)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = _("link of the chain")
        verbose_name_plural = _("links of the chain")

    def __str__(self) -> str:
        return f"{self.sequence} {self.hash[:12]}"


class ConsentState(models.Model):
    """What is in force: the newest act of a contact for a purpose and topic.

    A projection of the ledger, written with it, and made anew by `states.rebuild`.
    """

    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="consent_states", verbose_name=_("contact")
    )
    purpose = models.CharField(_("purpose"), max_length=32, choices=Purpose)
    topic = models.CharField(_("topic"), max_length=40, blank=True)
    record = models.ForeignKey(ConsentRecord, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(_("act"), max_length=16, choices=Act)
    occurred_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = (
            models.UniqueConstraint(
                fields=("contact", "purpose", "topic"), name="consent_state_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.topic} {self.get_act_display()}"


class LedgerCheck(models.Model):
    """One look at the whole ledger: how many entries there were, and what was broken."""

    at = models.DateTimeField(_("checked at"), auto_now_add=True)
    entries = models.PositiveBigIntegerField(_("entries"))
    # An English sentence with numbers, "" when all held.
    broken = models.TextField(_("broken"), blank=True)

    class Meta:
        ordering = ("-at",)
        verbose_name = _("check of the ledger")
        verbose_name_plural = _("checks of the ledger")

    def __str__(self) -> str:
        return self.broken or str(self.entries)
