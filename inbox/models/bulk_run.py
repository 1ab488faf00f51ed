"""One action on many conversations: what was asked, and what became of each."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from accounts.models import Agent
from conversations.models import Conversation


class BulkRun(models.Model):
    """What an agent asked for. Its items are written with it, so that it goes on after a crash."""

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        STOPPED = "stopped", _("stopped")
        UNDOING = "undoing", _("is being undone")
        UNDONE = "undone", _("undone")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agent = models.ForeignKey(
        Agent, on_delete=models.CASCADE, related_name="+", verbose_name=_("agent")
    )
    action = models.CharField(_("action"), max_length=20)
    # Ids and words of state: {"assignee": 7}.
    params = models.JSONField(_("parameters"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RUNNING)
    total = models.PositiveIntegerField(_("conversations"))
    created_at = models.DateTimeField(_("begun at"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    # The clock of a sweeper: a run that nobody worked on for a while lost its worker.
    worked_at = models.DateTimeField(_("last worked on"), auto_now_add=True)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("action on many conversations")
        verbose_name_plural = _("actions on many conversations")
        indexes = (
            models.Index(
                fields=("worked_at",),
                condition=models.Q(state__in=("running", "undoing")),
                name="bulk_run_unfinished",
            ),
            models.Index(fields=("agent", "-created_at"), name="bulk_run_of_agent"),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.pk}"

    @property
    def is_working(self) -> bool:
        return self.state in (self.State.RUNNING, self.State.UNDOING)


class BulkItem(models.Model):
    """One conversation of a run. `before` and `after` are the part of it that the action changes,
    so that an undo gives back only what nobody changed since."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DONE = "done", _("done")
        SAME = "same", _("was so already")
        REFUSED = "refused", _("refused")
        UNDONE = "undone", _("undone")
        KEPT = "kept", _("changed since")

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="items")
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="+", verbose_name=_("conversation")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    # A word that inbox/bulk/look.py knows a sentence for.
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)

    class Meta:
        verbose_name = _("conversation of an action")
        verbose_name_plural = _("conversations of an action")
        constraints = (
            models.UniqueConstraint(fields=("run", "conversation"), name="bulk_item_once_per_run"),
        )
        indexes = (models.Index(fields=("run", "state", "id"), name="bulk_item_by_state"),)

    def __str__(self) -> str:
        return f"{self.run_id} {self.conversation_id} {self.state}"
