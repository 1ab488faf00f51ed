"""What is searched: the words of every message and note, beside their rows."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from conversations.models.conversation import Conversation


class SearchLine(models.Model):
    """The stems of one message or note, in German and English. `id` is that message's or note's.

    Kept by triggers (migration 0022_search), so that no way of writing, emptying or deleting
    a text can forget it. A table of its own, because a message is updated with every tick, and each
    of these would write its words into their index again. What was taken back has no line.
    """

    class Kind(models.TextChoices):
        MESSAGE = "message", _("Message")
        NOTE = "note", _("Note")

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=8, choices=Kind)
    # Its conversation is checked where the message or note itself is.
    conversation = models.ForeignKey(
        Conversation,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    at = models.DateTimeField()
    words = SearchVectorField()

    class Meta:
        ordering = ("-at", "-id")
        verbose_name = _("searched line")
        verbose_name_plural = _("searched lines")
        indexes = (
            models.Index(fields=("kind", "-at", "-id"), name="search_line_newest"),
            models.Index(fields=("conversation", "-at", "-id"), name="search_line_thread"),
            # Apart, so that notes are not sought among forty times as many messages.
            GinIndex(
                fields=("words",), condition=models.Q(kind="message"), name="search_message_words"
            ),
            GinIndex(fields=("words",), condition=models.Q(kind="note"), name="search_note_words"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
