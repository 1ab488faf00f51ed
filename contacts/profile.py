"""What a contact is like, beside who they are."""

from __future__ import annotations

import re

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Agent
from contacts.family import current_contact
from contacts.models import Contact
from contacts.signals import contact_edited

# "de", "pt-BR", "zh_Hans".
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})?\Z")
LONGEST = {"our_name": 200, "language": 10, "best_reached": 80}  # as the columns are
PROFILE = tuple(LONGEST)


class ProfileRefused(ValueError):
    """`errors` says by field what is wrong."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


def learn_language(contact: Contact, language: str) -> None:
    """Note the language of somebody of whom it is not known; "" says nothing."""
    if language and not contact.language:
        contact.language = language[:10]
        contact.save(update_fields=["language", "updated_at"])


def set_profile(
    contact: Contact, by: Agent, *, our_name: str, language: str, best_reached: str
) -> None:
    """What we call them, their language, and when they are best reached; what they call themselves
    on WhatsApp (`name`) stays theirs. Raises `ProfileRefused`."""
    said = {"our_name": our_name, "language": language, "best_reached": best_reached}
    said = {field: " ".join(words.replace("\x00", "").split()) for field, words in said.items()}
    errors = {}
    for field, words in said.items():
        longest = LONGEST[field]
        if len(words) > longest:
            told = _("This is too long: at most %(limit)s characters.") % {"limit": longest}
            errors[field] = [told]
    if said["language"] and not _LANGUAGE.match(said["language"]):
        errors["language"] = [_("This is not the short name of a language, such as de or en.")]
    if errors:
        raise ProfileRefused(errors)
    with transaction.atomic():
        held = current_contact(contact)
        if all(getattr(held, field) == words for field, words in said.items()):
            return
        for field, words in said.items():
            setattr(held, field, words)
        held.profile_by, held.profile_at = by, timezone.now()
        held.save(update_fields=[*PROFILE, "profile_by", "profile_at", "updated_at"])
        contact_edited.send(sender=Contact, contact=held, by=by)
