"""What a contact is like, beside who they are."""

from __future__ import annotations

from contacts.models import Contact


def learn_language(contact: Contact, language: str) -> None:
    """Note the language of somebody of whom it is not known; "" says nothing."""
    if language and not contact.language:
        contact.language = language[:10]
        contact.save(update_fields=["language", "updated_at"])
