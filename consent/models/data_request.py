"""A person asks what we have of them, to erase it, to leave it alone, or to advertise no more.

The row outlives the person's data: it holds a contact's id, which names nobody then, and a proof.
"""

from __future__ import annotations

import calendar
from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from accounts.models import Agent


class RequestKind(models.TextChoices):
    ACCESS = "access", _("access to the data")
    ERASURE = "erasure", _("erasure")
    RESTRICTION = "restriction", _("restriction")
    OBJECTION = "objection", _("objection to marketing")


class RequestState(models.TextChoices):
    ASKED = "asked", _("asked")
    APPROVED = "approved", _("approved")
    RUNNING = "running", _("under way")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    REFUSED = "refused", _("refused")


OPEN = (RequestState.ASKED, RequestState.APPROVED, RequestState.RUNNING, RequestState.FAILED)
OVER = (RequestState.DONE, RequestState.REFUSED)
# What may follow what.
MOVES: dict[str, tuple[RequestState, ...]] = {
    RequestState.ASKED: (RequestState.APPROVED, RequestState.REFUSED),
    RequestState.APPROVED: (RequestState.RUNNING, RequestState.REFUSED),
    RequestState.RUNNING: (RequestState.DONE, RequestState.FAILED),
    RequestState.FAILED: (RequestState.RUNNING, RequestState.REFUSED),
    RequestState.DONE: (),
    RequestState.REFUSED: (),
}


def a_month_after(moment: datetime) -> datetime:
    """The same day of the next month, or its last one (Art. 12 (3) GDPR)."""
    local = timezone.localtime(moment)
    year, month = (local.year + 1, 1) if local.month == 12 else (local.year, local.month + 1)
    day = min(local.day, calendar.monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day)


class DataRequest(models.Model):
    """One request, from the asking to its end. `done` of `total` is its progress."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=RequestKind)
    state = models.CharField(
        _("state"), max_length=10, choices=RequestState, default=RequestState.ASKED
    )
    # No foreign key: the contact goes, the request stays.
    contact_id = models.UUIDField(_("contact"), db_index=True)
    note = models.TextField(_("what was asked, and how"), blank=True)
    asked_at = models.DateTimeField(_("asked at"))
    due_at = models.DateTimeField(_("due"))
    asked_by = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("entered by"),
    )
    # Four eyes: whoever approves it is not who entered it.
    needs_two = models.BooleanField(_("needs a second person"), default=False)
    approved_by = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    refused_by = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("refused by"),
    )
    reason = models.TextField(_("reason of the refusal"), blank=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("of"), default=0)
    # An erasure that a retention rule began: nobody asked, nobody approved.
    by_rule = models.BooleanField(_("by a retention rule"), default=False, editable=False)
    # Where the work stands, and its last sign of life.
    step = models.CharField(max_length=40, blank=True, editable=False)
    worked_at = models.DateTimeField(null=True, editable=False)
    # What an erasure looks for, while it runs: removed at its end.
    keys = models.JSONField(default=dict, blank=True, editable=False)
    error = models.CharField(_("error"), max_length=200, blank=True)
    # The export in the private storage.
    file = models.CharField(max_length=200, blank=True, editable=False)
    expires_at = models.DateTimeField(_("file is deleted at"), null=True, blank=True)
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lifted by"),
    )
    # Counts, and the ledger entries that say the same; `proof_hash` is of its canonical JSON.
    proof = models.JSONField(_("proof"), default=dict, blank=True, editable=False)
    proof_hash = models.CharField(_("hash of the proof"), max_length=64, blank=True, editable=False)

    class Meta:
        ordering = ("due_at", "id")
        verbose_name = _("data request")
        verbose_name_plural = _("data requests")
        permissions = (("handle_datarequest", "Can handle requests about personal data"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(needs_two=False)
                | Q(approved_by=None)
                | Q(asked_by=None)
                | ~Q(approved_by=F("asked_by")),
                name="data_request_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("approved", "running", "done", "failed"))
                | Q(approved_at__isnull=False),
                name="data_request_approved_first",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | Q(ended_at__isnull=False),
                name="data_request_refusal_has_an_end",
            ),
            # What an erasure looked for is personal: it does not outlive it.
            models.CheckConstraint(
                condition=~Q(state__in=("done", "refused")) | Q(keys={}),
                name="data_request_forgets_what_it_looked_for",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None) | Q(kind="restriction", state="done"),
                name="data_request_only_restrictions_are_lifted",
            ),
            models.UniqueConstraint(
                fields=("contact_id", "kind"),
                condition=Q(state__in=("asked", "approved", "running", "failed")),
                name="data_request_one_open_of_a_kind",
            ),
            models.UniqueConstraint(
                fields=("contact_id",),
                condition=Q(state="running"),
                name="data_request_one_running",
            ),
        )
        indexes = (
            models.Index(
                fields=("contact_id",),
                condition=Q(kind="restriction", state="done", lifted_at=None),
                name="data_request_restricted",
            ),
            models.Index(
                fields=("worked_at",), condition=Q(state="running"), name="data_request_running"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def is_over(self) -> bool:
        return self.state in OVER

    @property
    def is_overdue(self) -> bool:
        return not self.is_over and self.due_at < timezone.now()

    @property
    def is_in_force(self) -> bool:
        """Whether it is a restriction that holds."""
        return (
            self.kind == RequestKind.RESTRICTION
            and self.state == RequestState.DONE
            and self.lifted_at is None
        )

    @property
    def percent(self) -> int:
        return min(100, round(100 * self.done / self.total)) if self.total else 0
