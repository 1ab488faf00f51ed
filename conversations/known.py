"""What is known when something is written to a customer, by the names that placeholders of canned
responses and variables of templates go by: `contact.name`, `contact.attributes.order`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent
from contacts.attributes import attribute_values, placeholder_definitions
from conversations.models import Conversation

_LANGUAGES = {"de": _("German"), "en": _("English")}


@dataclass
class Known:
    """What placeholders are filled from; however many texts are filled with one, the contact's
    attributes are read once per language."""

    conversation: Conversation
    agent: Agent
    _attributes: dict[str, dict[str, str]] = field(default_factory=dict)

    def attribute(self, key: str) -> str:
        language = get_language() or ""
        if language not in self._attributes:
            self._attributes[language] = attribute_values(self.conversation.contact)
        return self._attributes[language].get(key, "")


@dataclass(frozen=True)
class Source:
    """What a placeholder stands for: its name for people, and its value ("" when there is none).

    `find` gets the rest of the placeholder's name, for sources that end in a dot."""

    label: str | Promise
    find: Callable[[Known, str], str]


def _first(name: str) -> str:
    return name.split(maxsplit=1)[0] if name.split() else ""


def _language(known: Known, _rest: str) -> str:
    code = known.conversation.contact.language.lower()
    return str(_LANGUAGES.get(code[:2], code))


SOURCES: dict[str, Source] = {
    "contact.name": Source(_("Customer's name"), lambda known, _r: known.conversation.contact.name),
    "contact.first_name": Source(
        _("Customer's first name"), lambda known, _r: _first(known.conversation.contact.name)
    ),
    "contact.language": Source(_("Customer's language"), _language),
    "agent.name": Source(_("Your name"), lambda known, _r: known.agent.name),
    "agent.first_name": Source(_("Your first name"), lambda known, _r: _first(known.agent.name)),
    "business_number.name": Source(
        _("Our number's name"), lambda known, _r: known.conversation.business_number.name
    ),
    "conversation.id": Source(
        _("Number of the conversation"), lambda known, _r: str(known.conversation.pk)
    ),
}
_ATTRIBUTES = "contact.attributes."
# By what a placeholder begins with.
PREFIXES: dict[str, Source] = {
    _ATTRIBUTES: Source(_("Attribute of the customer"), lambda known, key: known.attribute(key)),
}


def offered_names() -> list[tuple[str, str]]:
    """What can be written between braces, and what it stands for, for the page of texts."""
    named = [(name, str(source.label)) for name, source in SOURCES.items()]
    return named + [(f"{_ATTRIBUTES}{row.key}", str(row)) for row in placeholder_definitions()]


def value_of(name: str, known: Known) -> str:
    """What the source `name` has now, in the active language; "" when nothing or no such source."""
    if source := SOURCES.get(name):
        return source.find(known, "").strip()
    for prefix, source in PREFIXES.items():
        if name.startswith(prefix):
            return source.find(known, name.removeprefix(prefix)).strip()
    return ""


def label_of(name: str) -> str:
    """The source's name for people, without a look into the database."""
    if source := SOURCES.get(name):
        return str(source.label)
    return name.rpartition(".")[2].replace("_", " ").capitalize()
