"""What a macro can do. An action is a small class: its words, which field of the form its value
comes from, and what it does. A new one is a class in `ACTIONS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid5

from django.db.models import Model
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Agent, Role, Team
from conversations.errors import ConversationError
from conversations.known import Known
from conversations.models import Conversation, Label, Priority, ResolveReason
from conversations.services.labels import add_labels
from conversations.services.lifecycle import (
    assign_conversation,
    assign_team,
    resolve_conversation,
)
from conversations.services.notes import MAX_NOTE, write_note
from conversations.services.priority import set_priority
from conversations.services.reply import Draft, send_reply
from conversations.services.snooze import LONGEST, snooze_conversation
from inbox.models import CannedResponse, Macro
from inbox.services.canned import count_use, offered
from inbox.services.owned import visible_of

# Of what actions speak, by the field it is chosen in: primary key → name.
Names = Mapping[str, Mapping[object, str]]
_NAMED: dict[str, type[Model]] = {
    "canned": CannedResponse,
    "label": Label,
    "agent": Agent,
    "team": Team,
    "reason": ResolveReason,
}
MOST_HOURS = int(LONGEST / timedelta(hours=1)) - 1


class CannotRunMacro(ConversationError):
    code = "cannot_run_macro"


@dataclass
class Run:
    """One run of a macro, as its actions see it. `inserted` goes into the composer afterwards."""

    conversation: Conversation
    agent: Agent
    client_uuid: UUID
    place: int = 0
    inserted: str = ""

    @property
    def action_uuid(self) -> UUID:
        """Of what this action sends or writes: the same however often the key is pressed."""
        return uuid5(self.client_uuid, str(self.place))


class Action:
    """`field` is the form's field that gives `value`; "" for an action without one."""

    kind: ClassVar[str]
    words: ClassVar[str | Promise]
    field: ClassVar[str] = ""

    def check(self, value: object, owner: Agent) -> bool:
        """Whether `value` can be saved in a macro."""
        return value in (None, "")

    def run(self, run: Run, value: Any) -> None:
        raise NotImplementedError

    def told(self, value: object, names: Names) -> str:
        """What it will do, in words."""
        if not self.field:
            return str(self.words)
        what = value if isinstance(value, str) else names.get(self.field, {}).get(value, "–")
        return f"{self.words}: {str(what)[:60]}"


class _OfCanned(Action):
    field = "canned"

    def check(self, value: object, owner: Agent) -> bool:
        return isinstance(value, int) and self._rows(owner).filter(pk=value).exists()

    def text(self, run: Run, value: int) -> tuple[CannedResponse, str, list[str]]:
        canned = self._rows(run.agent).filter(pk=value).first()
        if canned is None:
            raise CannotRunMacro(_("A canned response of this macro does not exist any more."))
        found = offered(canned, Known(run.conversation, run.agent))
        return canned, found.raw, found.missing

    def _rows(self, agent: Agent) -> Any:
        return visible_of(CannedResponse.objects.filter(is_active=True), agent)


class InsertCanned(_OfCanned):
    kind = "insert"
    words = _("Put a canned response into the text")

    def run(self, run: Run, value: Any) -> None:
        canned, text, _missing = self.text(run, value)
        run.inserted = "\n".join(filter(None, (run.inserted, text)))
        count_use(canned, run.agent)


class SendCanned(_OfCanned):
    kind = "send"
    words = _("Send a canned response")

    def run(self, run: Run, value: Any) -> None:
        canned, text, missing = self.text(run, value)
        if missing:
            named = ", ".join(missing)
            raise CannotRunMacro(
                _now("“%(title)s” has a gap: %(gaps)s.") % {"title": canned.title, "gaps": named}
            )
        draft = Draft(client_uuid=run.action_uuid, text=text)
        send_reply(run.conversation, draft, run.agent, refuse=True)
        count_use(canned, run.agent)


class AddLabel(Action):
    kind = "label"
    words = _("Add a label")
    field = "label"

    def check(self, value: object, owner: Agent) -> bool:
        return isinstance(value, int) and Label.objects.filter(pk=value).exists()

    def run(self, run: Run, value: Any) -> None:
        label = Label.objects.filter(pk=value).first()
        if label is None:
            raise CannotRunMacro(_("A label of this macro does not exist any more."))
        add_labels([run.conversation], [label], run.agent)


class AssignMe(Action):
    kind = "assign_me"
    words = _("Assign to me")

    def run(self, run: Run, value: Any) -> None:
        assign_conversation(run.conversation, run.agent, run.agent)


class AssignAgent(Action):
    kind = "assign_agent"
    words = _("Assign to somebody")
    field = "agent"

    def check(self, value: object, owner: Agent) -> bool:
        return isinstance(value, int) and _colleague(value) is not None

    def run(self, run: Run, value: Any) -> None:
        colleague = _colleague(value)
        if colleague is None:
            raise CannotRunMacro(_("The person this macro assigns to does not work here any more."))
        assign_conversation(run.conversation, colleague, run.agent)


class AssignTeam(Action):
    kind = "assign_team"
    words = _("Hand over to a team")
    field = "team"

    def check(self, value: object, owner: Agent) -> bool:
        return isinstance(value, int) and Team.objects.filter(pk=value).exists()

    def run(self, run: Run, value: Any) -> None:
        team = Team.objects.filter(pk=value).first()
        if team is None:
            raise CannotRunMacro(_("The team this macro hands over to does not exist any more."))
        assign_team(run.conversation, team, run.agent)


class AddNote(Action):
    kind = "note"
    words = _("Write a note")
    field = "text"

    def check(self, value: object, owner: Agent) -> bool:
        return isinstance(value, str) and 0 < len(value.strip()) <= MAX_NOTE

    def run(self, run: Run, value: Any) -> None:
        write_note(run.conversation, str(value), run.agent, run.action_uuid)


class SetPriority(Action):
    kind = "priority"
    words = _("Set the priority")
    field = "priority"

    def check(self, value: object, owner: Agent) -> bool:
        return value in Priority.values

    def run(self, run: Run, value: Any) -> None:
        set_priority(run.conversation, value, run.agent)

    def told(self, value: object, names: Names) -> str:
        known = Priority(value).label if value in Priority.values else "–"
        return f"{self.words}: {known}"


class SnoozeHours(Action):
    kind = "snooze"
    words = _("Snooze for some hours")
    field = "hours"

    def check(self, value: object, owner: Agent) -> bool:
        return isinstance(value, int) and 0 < value <= MOST_HOURS

    def run(self, run: Run, value: Any) -> None:
        until = timezone.now() + timedelta(hours=value)
        snooze_conversation(run.conversation, until, run.agent)

    def told(self, value: object, names: Names) -> str:
        hours = value if isinstance(value, int) else 0
        sentence = ngettext("Snooze for %(n)s hour", "Snooze for %(n)s hours", hours)
        return sentence % {"n": hours}


class SnoozeUntilReply(Action):
    kind = "snooze_reply"
    words = _("Snooze until the customer writes")

    def run(self, run: Run, value: Any) -> None:
        snooze_conversation(run.conversation, None, run.agent)


class Resolve(Action):
    """With a reason or, where the house does not ask for one, without."""

    kind = "resolve"
    words = _("Resolve")
    field = "reason"

    def check(self, value: object, owner: Agent) -> bool:
        return value is None or (isinstance(value, int) and self._reason(value) is not None)

    def run(self, run: Run, value: Any) -> None:
        reason = None if value is None else self._reason(value)
        if value is not None and reason is None:
            raise CannotRunMacro(_("The reason this macro resolves with is not used any more."))
        resolve_conversation(run.conversation, run.agent, reason)

    def told(self, value: object, names: Names) -> str:
        return str(self.words) if value is None else super().told(value, names)

    def _reason(self, pk: int) -> ResolveReason | None:
        return ResolveReason.objects.filter(pk=pk, is_active=True).first()


ACTIONS: dict[str, Action] = {
    action.kind: action
    for action in (
        *(InsertCanned(), SendCanned(), AddLabel(), AssignMe(), AssignAgent(), AssignTeam()),
        *(AddNote(), SetPriority(), SnoozeHours(), SnoozeUntilReply(), Resolve()),
    )
}


def described(macros: Iterable[Macro]) -> list[tuple[Macro, list[str]]]:
    """Macros with their actions in words, in a few queries for all of them; an action that nobody
    knows any more is left out."""
    macros = list(macros)
    steps = [step for macro in macros for step in macro.actions if is_known(step)]
    names = {field: _names(rows, field, steps) for field, rows in _NAMED.items()}
    return [(macro, [_told(s, names) for s in macro.actions if is_known(s)]) for macro in macros]


def _told(step: dict[str, Any], names: Names) -> str:
    return ACTIONS[step["kind"]].told(step.get("value"), names)


def _names(rows: type[Model], field: str, steps: list[dict[str, Any]]) -> dict[object, str]:
    wanted = {s.get("value") for s in steps if ACTIONS[s["kind"]].field == field}
    found = rows._default_manager.filter(pk__in=[pk for pk in wanted if isinstance(pk, int)])
    return {row.pk: str(row) for row in found}


def is_known(step: object) -> bool:
    return isinstance(step, dict) and step.get("kind") in ACTIONS


def _colleague(pk: Any) -> Agent | None:
    working = Agent.objects.filter(is_active=True).exclude(role=Role.READ_ONLY)
    return working.filter(pk=pk).first()
