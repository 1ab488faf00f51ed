"""What each agent has set for themselves."""

from __future__ import annotations

from datetime import tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone

from accounts.models import Agent, Preferences


def preferences_of(agent: Agent) -> Preferences:
    """The agent's preferences; an unsaved row of defaults when they never changed any.

    The signed-in agent comes with theirs (`accounts/backends.py`): that costs no query.
    """
    try:
        return agent.preferences
    except Preferences.DoesNotExist:
        return Preferences(agent=agent)


def zone_of(agent: Agent) -> tzinfo:
    """The time zone the agent works in; the company's when theirs is not known here (any more)."""
    try:
        return ZoneInfo(preferences_of(agent).zone)
    except (ZoneInfoNotFoundError, ValueError):
        return timezone.get_default_timezone()
