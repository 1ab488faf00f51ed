"""Whom a note means: "@" and the name of a colleague or a team, as it stands in the text.

The text decides, not the browser: so a mention outlives a draft, another device and a lost
connection. The longest name counts ("@Tarek Aydin-Meier" is not Tarek Aydin).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from accounts.models import Agent, Team
from conversations.access import agents_who_see
from conversations.errors import Malformed
from conversations.models import Conversation, Mention, Note

# Not in the middle of an address.
_BEFORE = r"(?<![\w.@])@"


@dataclass
class Meant:
    """Agents by name, members by team, and the names as they stand in the text."""

    agents: list[Agent] = field(default_factory=list)
    members: list[tuple[Team, Agent]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


def meant_by(text: str, conversation: Conversation) -> Meant:
    """Raises `Malformed` when somebody is meant who may not see the conversation: a note must not
    seem to have reached them."""
    meant = Meant()
    if "@" not in text:
        return meant
    agents = list(Agent.objects.filter(is_active=True).prefetch_related("teams"))
    seers = set(agents_who_see(conversation).values_list("pk", flat=True))
    teams = list(Team.objects.all())
    found = _names_in(text, [*(agent.name for agent in agents), *(team.name for team in teams)])
    names = {name.casefold() for name in found}
    for agent in agents:
        if agent.name.casefold() in names:
            if agent.pk not in seers:
                sentence = _("%(name)s may not see this conversation. Assign it first, or ask.")
                raise Malformed({"text": [sentence % {"name": agent.name}]})
            meant.agents.append(agent)
    for team in teams:
        if team.name.casefold() in names:
            members = [agent for agent in agents if team in agent.teams.all()]
            members = [agent for agent in members if agent.pk in seers]
            if not members:
                sentence = _("Nobody of %(name)s may see this conversation.")
                raise Malformed({"text": [sentence % {"name": team.name}]})
            meant.members += [(team, agent) for agent in members]
    meant.names = sorted(found)
    return meant


def write_mentions(note: Note, meant: Meant) -> None:
    """In the note's transaction."""
    rows = [Mention(note=note, agent=agent) for agent in meant.agents]
    rows += [Mention(note=note, agent=agent, team=team) for team, agent in meant.members]
    Mention.objects.bulk_create(rows)


def _names_in(text: str, names: Iterable[str]) -> set[str]:
    """Which of `names` are mentioned, as they stand in the text."""
    known = sorted({name for name in names if name.strip()}, key=len, reverse=True)
    if not known:
        return set()
    pattern = rf"{_BEFORE}({'|'.join(map(re.escape, known))})(?!\w|-\w)"
    return set(re.findall(pattern, text, re.IGNORECASE))
