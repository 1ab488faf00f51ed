"""What other rooms have to say on a contact's page in the admin; `contacts` knows none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from contacts.models import Contact


@dataclass(frozen=True)
class ContactNote:
    """A sentence, and where it leads."""

    words: str
    link: str


about_contact: list[Callable[[Contact], ContactNote | None]] = []


def notes_about(contact: Contact) -> list[ContactNote]:
    return [note for say in about_contact if (note := say(contact))]
