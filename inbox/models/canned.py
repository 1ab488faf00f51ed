"""Canned responses: texts that agents keep, per language, and how often each agent used them."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent
from inbox.models.scope import Scoped, once_per_owner, one_owner

LONGEST_TEXT = 4096


class CannedResponse(Scoped):
    """A saved text. The contact's language picks which one; placeholders are `inbox/gaps.py`'s."""

    title = models.CharField(_("title"), max_length=80)
    shortcut = models.CharField(
        _("shortcut"),
        max_length=40,
        validators=[
            RegexValidator(
                r"^[a-z0-9äöüß][a-z0-9äöüß_-]*\Z",
                _("Small letters, digits, - and _ only, without a blank."),
            )
        ],
        help_text=_("What comes after the / in the composer."),
    )
    text_de = models.TextField(_("text in German"), blank=True, max_length=LONGEST_TEXT)
    text_en = models.TextField(_("text in English"), blank=True, max_length=LONGEST_TEXT)
    used = models.PositiveIntegerField(_("used"), default=0, editable=False)

    class Meta:
        ordering = ("title", "pk")
        verbose_name = _("canned response")
        verbose_name_plural = _("canned responses")
        constraints = (
            one_owner("canned"),
            *once_per_owner("canned", "shortcut"),
            models.CheckConstraint(
                condition=~Q(text_de="", text_en=""), name="canned_says_something"
            ),
        )

    def __str__(self) -> str:
        return self.title

    def text_in(self, language: str) -> str:
        """The text for a contact of this language ("de", "en_GB", ""); else the other one."""
        return self.text_de if self.written_in(language) == "de" else self.text_en

    def written_in(self, language: str) -> str:
        """The language of that text: "de" or "en"."""
        is_german = not language or language.lower().startswith("de")
        wanted, other = ("de", "en") if is_german else ("en", "de")
        texts = {"de": self.text_de, "en": self.text_en}
        return wanted if texts[wanted] else other


class CannedUse(models.Model):
    """How often one agent used one canned response: what they use most stands on top for them."""

    canned = models.ForeignKey(CannedResponse, on_delete=models.CASCADE, related_name="uses")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    used = models.PositiveIntegerField(default=0)
    last_used_at = models.DateTimeField()

    class Meta:
        verbose_name = _("use of a canned response")
        verbose_name_plural = _("uses of canned responses")
        constraints = (
            models.UniqueConstraint(fields=("canned", "agent"), name="canned_use_per_agent"),
        )

    def __str__(self) -> str:
        return f"{self.canned_id} {self.agent_id}"
