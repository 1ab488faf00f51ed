"""A list an agent wants to come back to: a view, a filter, an order, under a name."""

from __future__ import annotations

from urllib.parse import urlencode

from django.db import models
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent, Team
from conversations.filters import Read, read_filter
from conversations.lists import Sort


class Sharing(models.TextChoices):
    NOBODY = "nobody", _("only me")
    TEAM = "team", _("a team")
    EVERYBODY = "everybody", _("everybody")


class SavedView(models.Model):
    """Shared ones show each agent only what they may see: what is saved is a question, no rows."""

    owner = models.ForeignKey(
        Agent, on_delete=models.CASCADE, related_name="saved_views", verbose_name=_("owner")
    )
    name = models.CharField(_("name"), max_length=60)
    sharing = models.CharField(
        _("shared with"), max_length=10, choices=Sharing, default=Sharing.NOBODY
    )
    team = models.ForeignKey(
        Team, on_delete=models.CASCADE, null=True, blank=True, verbose_name=_("team")
    )
    view = models.CharField(_("view"), max_length=16, default="all")
    # As it stands in a URL, without names of people or what they wrote.
    words = models.TextField(_("filter"), blank=True)
    sort = models.CharField(
        _("order"),
        max_length=10,
        choices=[(sort.value, sort.value) for sort in Sort],
        default=Sort.NEWEST.value,
    )
    place = models.PositiveSmallIntegerField(_("place"), default=0)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        ordering = ("place", "name", "id")
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = (
            models.CheckConstraint(
                condition=Q(sharing=Sharing.TEAM, team__isnull=False)
                | (~Q(sharing=Sharing.TEAM) & Q(team__isnull=True)),
                name="saved_view_has_a_team_when_shared_with_one",
            ),
            models.UniqueConstraint(fields=("owner", "name"), name="saved_view_name_per_owner"),
        )

    def __str__(self) -> str:
        return self.name

    def read(self) -> Read:
        """Its filter, as far as it still makes sense."""
        return read_filter(QueryDict(self.words))

    @property
    def query(self) -> str:
        """What stands in the URL of its list."""
        head = {"saved": self.pk, "view": self.view, "sort": self.sort}
        return "&".join(part for part in (urlencode(head), self.words) if part)
