"""Consents given elsewhere (on paper, to another provider), brought in with evidence for each.

A file becomes lines; lines that hold become contacts and ledger entries once an admin has confirmed
them. What a line says is kept until it stands in the ledger, of refused ones for a month.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from accounts.models import Agent
from consent.models.ledger import Purpose


class ImportState(models.TextChoices):
    CHECKING = "checking", _("being checked")
    CHECKED = "checked", _("waits for confirmation")
    WRITING = "writing", _("being written")
    DONE = "done", _("done")
    TAKING_BACK = "taking_back", _("being taken back")
    TAKEN_BACK = "taken_back", _("taken back")
    DISCARDED = "discarded", _("discarded")
    FAILED = "failed", _("failed")


# A worker is at it, or should be.
AT_WORK = (ImportState.CHECKING, ImportState.WRITING, ImportState.TAKING_BACK)


class LineReason(models.TextChoices):
    """Why a line is not written. The first group is about what it says, the second about whom."""

    UNREADABLE = "unreadable", _("More cells than columns, or characters that cannot be read")
    NO_IDENTITY = "no_identity", _("No phone number, WhatsApp id or BSUID")
    TWO_IDENTITIES = "two_identities", _("More than one of phone number, WhatsApp id and BSUID")
    BAD_NUMBER = "bad_number", _("Not a valid phone number with country code")
    CUT_NUMBER = "cut_number", _("The spreadsheet has cut this number; format the column as text")
    DOUBTFUL_NUMBER = "doubtful_number", _("May be two numbers; write it with + and country code")
    BAD_ID = "bad_id", _("Not a WhatsApp id or BSUID")
    BAD_LANGUAGE = "bad_language", _("Not a language code such as de or en")
    NO_TOPIC = "no_topic", _("Neither topic nor purpose")
    UNKNOWN_TOPIC = "unknown_topic", _("No such topic, or it cannot be subscribed to")
    UNKNOWN_PURPOSE = "unknown_purpose", _("No such purpose")
    TOPIC_OF_SERVICE = "topic_of_service", _("Topics belong to marketing, not to service")
    NO_DATE = "no_date", _("When they agreed is missing")
    BAD_DATE = "bad_date", _("Not a date such as 2026-03-31 or 31.03.2026")
    FUTURE = "future", _("They cannot have agreed in the future")
    TOO_OLD = "too_old", _("Agreed to more than ten years ago")
    NO_HOW = "no_how", _("How they agreed is missing")
    NO_EVIDENCE = "no_evidence", _("The evidence is missing")
    NO_SUCH_FILE = "no_such_file", _("The ZIP holds no such evidence file")
    WHICH_FILE = (
        "which_file",
        _("The ZIP holds several files of this name; name it with its folder"),
    )
    TOO_LONG = "too_long", _("Too long")

    DUPLICATE = "duplicate", _("An earlier line says the same of this person")
    LEFT_LATER = "left_later", _("Has withdrawn or objected since")
    RESTRICTED = "restricted", _("Has asked us to restrict the use of their data")
    ERASING = "erasing", _("Has asked us to erase their data")
    UNCLEAR = "unclear", _("The number was or is somebody else's, so who agreed cannot be told")


class ConsentImport(models.Model):
    """One file, from the upload to its end. `done` of `total` lines is its progress."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    state = models.CharField(
        _("state"), max_length=12, choices=ImportState, default=ImportState.CHECKING
    )
    # In the private storage until every line is a row; then "".
    file = models.CharField(max_length=200, blank=True, editable=False)
    name = models.CharField(_("file name"), max_length=200)
    size = models.PositiveIntegerField(_("bytes"))
    sha256 = models.CharField(_("SHA-256 of the file"), max_length=64)
    # The first line as it was given, what separates cells, and where numbers without + are from.
    columns = models.JSONField(default=list, editable=False)
    delimiter = models.CharField(max_length=1, default=";", editable=False)
    region = models.CharField(_("country of numbers without +"), max_length=2, blank=True)
    uploaded_by = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)
    # Four eyes: whoever confirms it is not who uploaded it.
    needs_two = models.BooleanField(_("needs a second person"), default=False)
    confirmed_by = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    # What they typed when they confirmed it.
    statement = models.CharField(_("statement"), max_length=200, blank=True)
    taken_back_by = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("taken back by"),
    )
    taken_back_why = models.CharField(_("why it was taken back"), max_length=200, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("lines"), default=0)
    # The last sign of life of whoever works on it.
    worked_at = models.DateTimeField(null=True, editable=False)
    # Where it stood when it failed, and the kind of error.
    failed_in = models.CharField(max_length=12, blank=True, editable=False)
    error = models.CharField(_("error"), max_length=200, blank=True)
    # Since when nothing of what the lines said is kept.
    forgotten_at = models.DateTimeField(_("lines forgotten at"), null=True, editable=False)

    class Meta:
        ordering = ("-uploaded_at",)
        verbose_name = _("import of consents")
        verbose_name_plural = _("imports of consents")
        permissions = (("import_consents", "Can import consents with evidence"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(needs_two=False)
                | Q(confirmed_by=None)
                | Q(uploaded_by=None)
                | ~Q(confirmed_by=F("uploaded_by")),
                name="consent_import_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("writing", "done", "taking_back", "taken_back"))
                | (Q(confirmed_at__isnull=False) & ~Q(statement="")),
                name="consent_import_confirmed_first",
            ),
            # The file is as personal as its lines: it goes as soon as they are rows.
            models.CheckConstraint(
                condition=Q(state="checking") | Q(failed_in="checking") | Q(file=""),
                name="consent_import_keeps_no_file",
            ),
        )
        indexes = (
            models.Index(
                fields=("worked_at",),
                condition=Q(state__in=("checking", "writing", "taking_back")),
                name="consent_import_at_work",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def percent(self) -> int:
        return min(100, round(100 * self.done / self.total)) if self.total else 0

    @property
    def is_at_work(self) -> bool:
        return self.state in AT_WORK


class ImportLine(models.Model):
    """One line of the file; `number` is its line there. `reason`: why it is not written, or "".

    What it says (`cells`, `values`) is emptied once it is written, or forgotten.
    """

    batch = models.ForeignKey(ConsentImport, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField(_("line"))
    # Of a refused line: its cells as they were, to be given back with the reason.
    cells = models.JSONField(default=list, blank=True)
    reason = models.CharField(_("reason"), max_length=20, choices=LineReason, blank=True)
    detail = models.CharField(max_length=200, blank=True)
    # What else is wrong with it, as pairs of reason and detail.
    also = models.JSONField(default=list, blank=True)
    # A wa_id (digits) or a BSUID: whom it is about, while no contact is.
    identity = models.CharField(_("identity"), max_length=150, blank=True)
    # No foreign key: lines come by the ten thousand, and the contact may be gone.
    contact_id = models.UUIDField(_("contact"), null=True)
    # Whether the contact was there before.
    is_known = models.BooleanField(default=False)
    purpose = models.CharField(_("purpose"), max_length=32, choices=Purpose, blank=True)
    topics = ArrayField(models.CharField(max_length=40), default=list, verbose_name=_("topics"))
    # `import_line.Parsed` as JSON.
    values = models.JSONField(default=dict, blank=True)
    written_at = models.DateTimeField(_("written at"), null=True)
    taken_back_at = models.DateTimeField(_("taken back at"), null=True)

    class Meta:
        ordering = ("batch", "number")
        verbose_name = _("line of an import")
        verbose_name_plural = _("lines of imports")
        constraints = (
            models.UniqueConstraint(fields=("batch", "number"), name="import_line_once"),
            models.CheckConstraint(
                condition=Q(written_at=None)
                | (Q(reason="") & Q(contact_id__isnull=False) & Q(values={}) & Q(cells=[])),
                name="import_line_forgets_what_is_written",
            ),
        )
        indexes = (
            models.Index(
                fields=("identity",), condition=~Q(identity=""), name="import_line_identity"
            ),
            models.Index(
                fields=("contact_id",),
                condition=Q(contact_id__isnull=False),
                name="import_line_contact",
            ),
        )

    def __str__(self) -> str:
        return str(self.number)

    @property
    def reference(self) -> str:
        """What its ledger entries rest on."""
        return f"import:{self.batch_id}:{self.number}"

    @property
    def why(self) -> str:
        """In the reader's language, why it is not written."""
        pairs = [(self.reason, self.detail), *self.also] if self.reason else []
        return "; ".join(
            f"{LineReason(reason).label}: {detail}" if detail else str(LineReason(reason).label)
            for reason, detail in pairs
        )
