"""Macros: saved, and run as a whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent, Team
from conversations.errors import Malformed, NotAllowed
from conversations.models import Conversation
from conversations.services.locking import lock_conversation
from inbox.macro_actions import ACTIONS, CannotRunMacro, Run, is_known
from inbox.models import Macro, MacroRun, Scope
from inbox.services.owned import give_to, keep_in_history, visible_of

MOST_ACTIONS = 8


@dataclass(frozen=True)
class Ran:
    """What a run left for the composer; `again` when the same press had run already."""

    inserted: str = ""
    again: bool = False


def macros_for(agent: Agent) -> QuerySet[Macro]:
    """What this agent may run, their own first: of two with one key, theirs is the one."""
    rows = visible_of(Macro.objects.filter(is_active=True), agent).select_related("team")
    return rows.order_by(F("agent").asc(nulls_last=True), F("team").asc(nulls_last=True), "name")


def run_macro(macro: Macro, conversation: Conversation, agent: Agent, client_uuid: UUID) -> Ran:
    """All actions in one transaction: when one is refused, none has happened.

    Raises what the action raises: `Refused` (the window has closed), `CannotRunMacro` …
    """
    if not agent.may_write:
        raise NotAllowed
    steps = [step for step in macro.actions if is_known(step)]
    if not steps or len(steps) != len(macro.actions):
        raise CannotRunMacro(_("This macro has an action that does not exist any more."))
    try:
        with transaction.atomic():
            # First, so that a second press waits here and then finds the first.
            MacroRun.objects.create(
                client_uuid=client_uuid,
                macro=macro,
                conversation=conversation,
                agent=agent,
                ran_at=timezone.now(),
            )
            lock_conversation(conversation.pk)
            run = Run(conversation, agent, client_uuid)
            for run.place, step in enumerate(steps):
                ACTIONS[step["kind"]].run(run, step.get("value"))
            Macro.objects.filter(pk=macro.pk).update(used=F("used") + 1)
    except IntegrityError:
        ran = MacroRun.objects.filter(client_uuid=client_uuid, agent=agent)
        if not ran.filter(conversation=conversation).exists():
            raise
        return Ran(again=True)
    return Ran(run.inserted)


def save_macro(row: Macro, scope: Scope, team: Team | None, by: Agent) -> Macro:
    """Raises `Malformed` for actions that cannot be, and for a key that is taken."""
    give_to(row, scope, team, by)
    _check(row.actions, by)
    try:
        with transaction.atomic(), keep_in_history(row, by):
            row.save()
    except IntegrityError as error:
        if "key" not in str(error):
            raise
        raise Malformed({"key": [_("Another macro has this key already.")]}) from error
    return row


def _check(actions: object, by: Agent) -> None:
    steps = actions if isinstance(actions, list) else []
    if not steps:
        raise Malformed({"actions": [_("Choose at least one action.")]})
    if len(steps) > MOST_ACTIONS:
        raise Malformed({"actions": [_("This is too much for one macro.")]})
    for step in steps:
        if not is_known(step) or not ACTIONS[step["kind"]].check(step.get("value"), by):
            raise Malformed({"actions": [_("Something is missing in one of the actions.")]})
