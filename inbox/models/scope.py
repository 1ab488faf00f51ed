"""Whose a canned response or a macro is: one agent's, a team's, or everybody's."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent, Team


class Scope(models.TextChoices):
    PERSONAL = "personal", _("only me")
    TEAM = "team", _("a team")
    GLOBAL = "global", _("everybody")


class Scoped(models.Model):
    """Belongs to an agent, or to a team, or, with neither, to everybody; never to two."""

    agent = models.ForeignKey(
        Agent,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("agent"),
    )
    # Its words are still needed when a team is given up: hand them over first.
    team = models.ForeignKey(
        Team,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("team"),
    )
    is_active = models.BooleanField(_("in use"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        abstract = True

    @property
    def scope(self) -> Scope:
        if self.agent_id is not None:
            return Scope.PERSONAL
        return Scope.TEAM if self.team_id is not None else Scope.GLOBAL


def one_owner(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(agent=None) | Q(team=None), name=f"{name}_one_owner")


def once_per_owner(name: str, field: str) -> tuple[models.UniqueConstraint, ...]:
    """`field` is unique among the rows of each agent, of each team, and of everybody."""
    return (
        models.UniqueConstraint(
            fields=("agent", field),
            condition=Q(agent__isnull=False),
            name=f"{name}_{field}_per_agent",
        ),
        models.UniqueConstraint(
            fields=("team", field), condition=Q(team__isnull=False), name=f"{name}_{field}_per_team"
        ),
        models.UniqueConstraint(
            fields=(field,),
            condition=Q(agent=None, team=None),
            name=f"{name}_{field}_for_everybody",
        ),
    )
