"""What can be done to many conversations at once; one class each, registered in `ACTIONS`.

An action does with each conversation what an agent would do with it alone, through the same service
and its rules. It says which part of the conversation it changes, so that an undo can give back what
it was, where nobody has changed it since.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Agent, Role, Team
from conversations.errors import Malformed
from conversations.models import Conversation, Label, Priority, ResolveReason
from conversations.services.hand_out import hand_out_now, stop_handing_out
from conversations.services.labels import set_labels
from conversations.services.lifecycle import (
    assign_conversation,
    assign_team,
    reopen_conversation,
    resolve_conversation,
    set_status,
)
from conversations.services.priority import set_priority
from conversations.services.reading import mark_read
from conversations.services.snooze import snooze_conversation

Params = dict[str, Any]
Part = dict[str, Any]
# Instead of an agent: to whose turn it is.
BY_ITSELF = "by-itself"
_UNKNOWN = gettext_lazy("There is no such choice.")


class Action:
    """`part` is what the action changes of a conversation, as JSON; `apply` brings it about;
    `restore` brings back an earlier part. Without `can_undo` there is nothing to take back."""

    key: ClassVar[str]
    words: ClassVar[str | Promise]
    icon: ClassVar[str]
    has_menu: ClassVar[bool] = True
    can_undo: ClassVar[bool] = True

    def read(self, data: QueryDict) -> Params:
        """What was asked for; raises `Malformed`."""
        return {}

    def part(self, conversation: Conversation) -> Part:
        raise NotImplementedError

    def apply(self, conversation: Conversation, params: Params, by: Agent) -> None:
        raise NotImplementedError

    def restore(self, conversation: Conversation, part: Part, by: Agent) -> None:
        raise NotImplementedError

    def title(self, params: Params) -> str:
        """What the run does: "Assign to Tarek Aydin"."""
        return str(self.words)

    def question(self, params: Params, count: int) -> str:
        """What is asked before it is done to many."""
        return ngettext(
            "%(what)s – %(count)s conversation?", "%(what)s – %(count)s conversations?", count
        ) % {"what": self.title(params), "count": count}


class Assign(Action):
    key, words, icon = "assign", gettext_lazy("Assign"), "user-plus"

    def read(self, data: QueryDict) -> Params:
        if data.get("agent") == "":
            return {"agent": None}
        if data.get("agent") == BY_ITSELF:
            return {"by_itself": True}
        if "agent" in data:
            people = Agent.objects.filter(is_active=True).exclude(role=Role.READ_ONLY)
            return {"agent": _row(people, data.get("agent", "")).pk}
        return {"team": _row(Team.objects.all(), data.get("team", "")).pk}

    def part(self, conversation: Conversation) -> Part:
        return {
            "agent": conversation.assignee_id,
            "team": conversation.team_id,
            "waits": conversation.handout_since is not None,
        }

    def apply(self, conversation: Conversation, params: Params, by: Agent) -> None:
        if "by_itself" in params:
            hand_out_now(conversation, by)
        elif "team" in params:
            assign_team(conversation, Team.objects.get(pk=params["team"]), by)
        else:
            assign_conversation(conversation, _agent(params["agent"]), by)

    def restore(self, conversation: Conversation, part: Part, by: Agent) -> None:
        assign_conversation(conversation, _agent(part["agent"]), by)
        assign_team(conversation, Team.objects.filter(pk=part["team"]).first(), by)
        if not part.get("waits"):
            stop_handing_out(conversation, by)

    def title(self, params: Params) -> str:
        if "by_itself" in params:
            return _("Hand out")
        if "team" in params:
            team = Team.objects.filter(pk=params["team"]).first()
            return _("Hand over to %(name)s") % {"name": team or ""}
        agent = _agent(params["agent"])
        return _("Assign to %(name)s") % {"name": agent.name} if agent else _("Assign to nobody")


class Labels(Action):
    key, words, icon = "label", gettext_lazy("Label"), "tag"

    def read(self, data: QueryDict) -> Params:
        way = "remove" if "remove" in data else "add"
        return {way: _row(Label.objects.all(), data.get(way, "")).pk}

    def part(self, conversation: Conversation) -> Part:
        return {"labels": sorted(conversation.labels.values_list("pk", flat=True))}

    def apply(self, conversation: Conversation, params: Params, by: Agent) -> None:
        now = set(self.part(conversation)["labels"])
        wanted = now - {params["remove"]} if "remove" in params else now | {params["add"]}
        if wanted != now:
            set_labels(conversation, sorted(wanted), by)

    def restore(self, conversation: Conversation, part: Part, by: Agent) -> None:
        there = Label.objects.filter(pk__in=part["labels"])
        set_labels(conversation, list(there.values_list("pk", flat=True)), by)

    def title(self, params: Params) -> str:
        label = Label.objects.filter(pk=next(iter(params.values()))).first()
        pattern = _("Remove label “%(name)s”") if "remove" in params else _("Set label “%(name)s”")
        return pattern % {"name": label or ""}


class _OfStatus(Action):
    """An action that puts conversations into another status."""

    def part(self, conversation: Conversation) -> Part:
        until = conversation.snoozed_until
        return {"status": conversation.status, "until": until.isoformat() if until else None}

    def restore(self, conversation: Conversation, part: Part, by: Agent) -> None:
        status = Conversation.Status(part["status"])
        until = parse_datetime(part["until"]) if part["until"] else None
        if status == Conversation.Status.SNOOZED and (until is None or until > timezone.now()):
            snooze_conversation(conversation, until, by)
        elif status == Conversation.Status.PENDING:
            set_status(conversation, status, by)
        elif status == Conversation.Status.RESOLVED:
            resolve_conversation(conversation, by)
        elif conversation.is_resolved:
            reopen_conversation(conversation, by)
        else:
            set_status(conversation, Conversation.Status.OPEN, by)


class Snooze(_OfStatus):
    key, words, icon = "snooze", gettext_lazy("Snooze"), "zzz"

    def read(self, data: QueryDict) -> Params:
        if data.get("until") == "":
            return {"until": None}
        hours = data.get("hours", "")
        if hours.isascii() and hours.isdigit() and 0 < int(hours) <= 24 * 365:
            return {"until": (timezone.now() + timedelta(hours=int(hours))).isoformat()}
        moment = _moment(data.get("until", ""))
        if moment is None or moment <= timezone.now():
            raise Malformed({"until": [gettext_lazy("This time is over.")]})
        return {"until": moment.isoformat()}

    def apply(self, conversation: Conversation, params: Params, by: Agent) -> None:
        snooze_conversation(conversation, _moment(params["until"] or ""), by)

    def title(self, params: Params) -> str:
        until = _moment(params["until"] or "")
        if until is None:
            return _("Snooze until the customer writes")
        return _("Snooze until %(time)s") % {
            "time": date_format(timezone.localtime(until), "SHORT_DATETIME_FORMAT")
        }


class Resolve(_OfStatus):
    key, words, icon = "resolve", gettext_lazy("Resolve"), "check"

    def read(self, data: QueryDict) -> Params:
        if not data.get("reason"):
            return {"reason": None}
        reasons = ResolveReason.objects.filter(is_active=True)
        return {"reason": _row(reasons, data.get("reason", "")).pk}

    def apply(self, conversation: Conversation, params: Params, by: Agent) -> None:
        reason = ResolveReason.objects.filter(pk=params["reason"]).first()
        resolve_conversation(conversation, by, reason)


class Prioritise(Action):
    key, words, icon = "priority", gettext_lazy("Priority"), "flag"

    def read(self, data: QueryDict) -> Params:
        value = data.get("priority", "")
        if value not in {str(one) for one in Priority.values}:
            raise Malformed({"priority": [_UNKNOWN]})
        return {"priority": int(value)}

    def part(self, conversation: Conversation) -> Part:
        return {"priority": conversation.priority}

    def apply(self, conversation: Conversation, params: Params, by: Agent) -> None:
        set_priority(conversation, params["priority"], by)

    def restore(self, conversation: Conversation, part: Part, by: Agent) -> None:
        set_priority(conversation, part["priority"], by)

    def title(self, params: Params) -> str:
        return _("Priority: %(name)s") % {"name": Priority(params["priority"]).label}


class MarkRead(Action):
    key, words, icon = "read", gettext_lazy("Mark as read"), "eye"
    has_menu, can_undo = False, False

    def part(self, conversation: Conversation) -> Part:
        return {"unread": conversation.unread}

    def apply(self, conversation: Conversation, params: Params, by: Agent) -> None:
        mark_read(conversation, by)


ACTIONS: Mapping[str, Action] = {
    action.key: action
    for action in (Assign(), Labels(), Snooze(), Prioritise(), Resolve(), MarkRead())
}


def _row(rows: Any, text: str) -> Any:
    """The row of that id; `Malformed` for what is none."""
    pk = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Malformed({"choice": [_UNKNOWN]})
    return found


def _agent(pk: int | None) -> Agent | None:
    return Agent.objects.filter(pk=pk, is_active=True).first() if pk else None


def _moment(text: str) -> datetime | None:
    """A time; one without a zone is the agent's."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    if moment is None:
        return None
    return moment if moment.tzinfo else timezone.make_aware(moment)
