"""Rules in words: when they fit, and what they do."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext as _

from automation.models import AssignmentRule, AtHours, CameBy


def when_words(rule: AssignmentRule) -> str:
    """Under which conditions; of many-to-many fields those that were fetched along."""
    return "; ".join(_conditions(rule)) or _("always")


def then_words(rule: AssignmentRule) -> str:
    return "; ".join(_actions(rule))


def _conditions(rule: AssignmentRule) -> Iterator[str]:
    languages = dict(settings.LANGUAGES)
    many = (
        (_("number: %(names)s"), [str(one) for one in rule.numbers.all()]),
        (_("language: %(names)s"), [str(languages.get(one, one)) for one in rule.languages]),
        (_("topic: %(names)s"), [str(one) for one in rule.topics.all()]),
        (_("label: %(names)s"), [str(one) for one in rule.labels.all()]),
        (_("link: %(names)s"), [str(one) for one in rule.chat_links.all()]),
        (_("words: %(names)s"), rule.words),
    )
    yield from (pattern % {"names": ", ".join(names)} for pattern, names in many if names)
    if rule.attribute:
        yield f"{rule.attribute}: {rule.attribute_equals}"
    if rule.came_by:
        yield str(CameBy(rule.came_by).label)
    if rule.hours:
        yield str(AtHours(rule.hours).label)
    if rule.first_contact is not None:
        yield _("writes for the first time") if rule.first_contact else _("has written before")


def _actions(rule: AssignmentRule) -> Iterator[str]:
    if rule.team:
        yield _("to the team %(name)s") % {"name": rule.team}
    if rule.person:
        yield _("to %(name)s") % {"name": rule.person}
    if rule.distributes:
        yield _("distribute")
    labels = [str(one) for one in rule.adds_labels.all()]
    if labels:
        yield _("label: %(names)s") % {"names": ", ".join(labels)}
    if rule.priority:
        yield _("priority: %(name)s") % {"name": rule.get_priority_display()}
    if rule.goes_on:
        yield _("then later rules")
