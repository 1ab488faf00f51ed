"""Notes on the person: for colleagues, beside every conversation, never sent."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Agent
from contacts.attribute_models import ContactNote
from contacts.family import current_contact
from contacts.models import Contact
from contacts.signals import contact_edited

LONGEST_NOTE = 2_000


class NoteRefused(ValueError):
    """A note that cannot be kept so; `message` says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotYours(NoteRefused):
    """Somebody else's note."""


def write_contact_note(
    contact: Contact, text: str, by: Agent, client_uuid: UUID | None = None
) -> ContactNote:
    """Put a note on the person; the same client UUID again is the same note."""
    text = _fitting(text)
    try:
        with transaction.atomic():
            held = current_contact(contact)
            note = ContactNote.objects.create(
                contact=held,
                author=by,
                text=text,
                client_uuid=client_uuid,
                created_at=timezone.now(),
            )
            contact_edited.send(sender=Contact, contact=held, by=by)
    except IntegrityError:
        mine = ContactNote.objects.filter(client_uuid=client_uuid, author=by)
        if client_uuid is None or (known := mine.first()) is None:
            raise
        return known
    return note


def edit_contact_note(note: ContactNote, text: str, by: Agent) -> None:
    """Only the author changes the words of a note."""
    text = _fitting(text)
    if note.author_id != by.pk:
        raise NotYours(_("Only who wrote a note can change it."))

    def change(held: ContactNote) -> None:
        held.text, held.edited_at = text, timezone.now()
        held.save(update_fields=["text", "edited_at"])

    _with(note, by, change)


def delete_contact_note(note: ContactNote, by: Agent) -> None:
    """The author, leads and admins take a note away; gone is gone."""
    if not may_delete(note, by):
        raise NotYours(_("Only who wrote a note, leads and admins can delete it."))
    _with(note, by, lambda held: held.delete())


def pin_contact_note(note: ContactNote, by: Agent, *, pinned: bool) -> None:
    """Whoever may write says what everybody should see first."""

    def change(held: ContactNote) -> None:
        held.is_pinned = pinned
        held.save(update_fields=["is_pinned"])

    _with(note, by, change)


def may_delete(note: ContactNote, agent: Agent) -> bool:
    return agent.may_write and (note.author_id == agent.pk or agent.sees_all_teams)


def _with(note: ContactNote, by: Agent, change: Callable[[ContactNote], object]) -> None:
    """Under lock; one that is gone meanwhile needs nothing more."""
    with transaction.atomic():
        rows = ContactNote.objects.select_for_update(of=("self",)).select_related("contact")
        held = rows.filter(pk=note.pk).first()
        if held is not None:
            change(held)
            contact_edited.send(sender=Contact, contact=held.contact, by=by)


def _fitting(text: str) -> str:
    text = text.replace("\x00", "").strip()
    if not text:
        raise NoteRefused(_("Please write something first."))
    if len(text) > LONGEST_NOTE:
        words = _("This is too long: at most %(limit)s characters.")
        raise NoteRefused(words % {"limit": LONGEST_NOTE})
    return text
