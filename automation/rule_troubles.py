"""What keeps a rule from doing what it says, in words for those who look after the rules.

Teams, labels and numbers that a rule names cannot be deleted (`relying.py`); but people leave,
teams lose their last member, and numbers are switched off.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import Agent, Role, Severity
from accounts.notices import raise_notice, settle_notices
from automation.models import AssignmentRule

KIND = "rule_person"


def with_troubles(rules: QuerySet[AssignmentRule]) -> QuerySet[AssignmentRule]:
    """All that `troubles` looks at, in a fixed number of queries."""
    hands = Agent.objects.filter(is_active=True).exclude(role=Role.READ_ONLY)
    members = Prefetch("team__agents", queryset=hands, to_attr="hands")
    return rules.select_related("team", "person").prefetch_related(
        members, "numbers", "adds_labels"
    )


def troubles(rule: AssignmentRule) -> list[str]:
    """What of a rule cannot happen; `rule` comes from `with_troubles`."""
    return [*_of_conditions(rule), *_of_actions(rule)]


def is_idle(rule: AssignmentRule) -> bool:
    """Whether nothing of what it is to do can happen."""
    if any(_of_conditions(rule)):
        return True
    works = (
        *(rule.team is not None, bool(rule.priority), bool(rule.adds_labels.all())),
        rule.person is not None and rule.person.may_write,
        rule.distributes,
    )
    return not any(works)


def _of_conditions(rule: AssignmentRule) -> Iterator[str]:
    numbers = rule.numbers.all()
    if numbers and not any(number.is_active for number in numbers):
        yield _("All of its numbers are switched off: it never fits.")


def _of_actions(rule: AssignmentRule) -> Iterator[str]:
    if rule.person is not None and not rule.person.may_write:
        yield _("%(name)s cannot have conversations any more.") % {"name": rule.person}
    if rule.distributes and rule.team is not None and not getattr(rule.team, "hands", True):
        yield _("Nobody of the team %(name)s can have conversations.") % {"name": rule.team}
    if rule.has_labels and not rule.adds_labels.all():
        yield _("The labels it is to add do not exist any more.")


def tell_of_person(rule: AssignmentRule) -> None:
    """A conversation came, and the one whom the rule names could not have it."""
    raise_notice(
        KIND,
        f"rule:{rule.pk}",
        Severity.WARNING,
        gettext_noop(
            "The rule “%(rule)s” is to give conversations to %(person)s, who cannot have them. They"
            " wait without anybody."
        ),
        {"rule": rule.name, "person": str(rule.person)},
    )


def settle_person(rule: AssignmentRule) -> None:
    """The rule was changed; what is still wrong will be told with the next conversation."""
    settle_notices(KIND, f"rule:{rule.pk}")
