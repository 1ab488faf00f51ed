"""Links and QR codes that open a chat with us, and how often each was opened."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent
from consent.models import Topic
from conversations.link_code import pretty
from conversations.models.conversation import BusinessNumber


class ChatLink(models.Model):
    """One place where customers find us: a poster, a card, a button on a page.

    Its address (`/c/CODE/`) leads to WhatsApp with words prepared, which end in the reference; a
    message that holds it tells where its writer comes from.
    """

    name = models.CharField(
        _("name"), max_length=80, help_text=_("For you, and for the agents: Poster RE 7.")
    )
    business_number = models.ForeignKey(
        BusinessNumber,
        on_delete=models.PROTECT,
        related_name="chat_links",
        verbose_name=_("business number"),
    )
    campaign = models.CharField(
        _("campaign"), max_length=80, blank=True, help_text=_("What it belongs to: Autumn 2026.")
    )
    place = models.CharField(
        _("place"), max_length=120, blank=True, help_text=_("Where it hangs: Train 4711.")
    )
    headline_de = models.CharField(
        _("headline in German"),
        max_length=80,
        blank=True,
        help_text=_("Large on posters and cards. Empty: an invitation to write."),
    )
    headline_en = models.CharField(_("headline in English"), max_length=80, blank=True)
    greeting_de = models.CharField(
        _("greeting in German"),
        max_length=300,
        blank=True,
        help_text=_("What stands in the chat, ready to be sent. The reference is added."),
    )
    greeting_en = models.CharField(
        _("greeting in English"),
        max_length=300,
        blank=True,
        help_text=_("For browsers that do not speak German. Empty: the German one."),
    )
    topic = models.ForeignKey(
        Topic,
        to_field="key",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("topic"),
        help_text=_("With no greeting, the words that subscribe to it are prepared."),
    )
    reference = models.CharField(_("code of the link"), max_length=6, unique=True, editable=False)
    is_active = models.BooleanField(
        _("open"),
        default=True,
        help_text=_("Off: the address leads nowhere any more; who comes by it is still known."),
    )
    created_by = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        verbose_name = _("click-to-chat link")
        verbose_name_plural = _("click-to-chat links")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(reference__regex=r"^[0-9A-HJKMNP-TV-Z]{6}$"),
                name="chat_link_reference_is_a_code",
            ),
            models.CheckConstraint(
                condition=~models.Q(greeting_de="", greeting_en="", topic=None),
                name="chat_link_says_something",
                violation_error_message=_("Write a greeting, or choose a topic."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def spelled(self) -> str:
        """The reference as people read it."""
        return pretty(self.reference)

    @property
    def about(self) -> str:
        """Campaign and place, as far as they are known."""
        return " · ".join(part for part in (self.campaign, self.place) if part)


class ChatLinkOpening(models.Model):
    """Somebody opened a link: that, and on which day. Nothing of them, not even the hour.

    Inserted and never changed, so a thousand people at one poster wait for nobody; a task adds
    them up as `ChatLinkDay` and takes them away.
    """

    link = models.ForeignKey(ChatLink, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()

    class Meta:
        verbose_name = _("opening of a link")
        verbose_name_plural = _("openings of links")

    def __str__(self) -> str:
        return str(self.pk)


class ChatLinkDay(models.Model):
    """How often a link was opened on one day, in the zone of `TIME_ZONE`."""

    link = models.ForeignKey(
        ChatLink, on_delete=models.CASCADE, related_name="days", verbose_name=_("link")
    )
    day = models.DateField(_("day"))
    opened = models.PositiveIntegerField(_("opened"))

    class Meta:
        ordering = ("-day",)
        verbose_name = _("day of a link")
        verbose_name_plural = _("days of links")
        constraints = (models.UniqueConstraint(fields=("link", "day"), name="chat_link_day_once"),)

    def __str__(self) -> str:
        return f"{self.day}: {self.opened}"
