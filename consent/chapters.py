"""What the readable page of an export says of the person and their consents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consent.models import ConsentRecord, Topic
from consent.personal_data import Chapter, Person, registry
from contacts.attribute_models import ContactAttribute, ContactNote
from contacts.attributes import words_of
from contacts.models import Contact, Identity

_END = mark_safe("</tbody></table>\n")


def register() -> None:
    """Called once, when Django is ready."""
    registry.add(
        Chapter(10, gettext_lazy("Who you are to us"), _who),
        Chapter(15, gettext_lazy("What we noted of you"), _noted),
        Chapter(20, gettext_lazy("Your consents"), _consents),
    )


def when(moment: datetime | None) -> str:
    """A moment in the reader's words; "" for none."""
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT") if moment else ""


def _who(person: Person) -> Iterator[SafeString]:
    yield _table(_("What"), _("Value"), _("Since"), _("Until"))
    for contact in Contact.objects.filter(pk__in=person.contacts).order_by("pk"):
        yield _row(_("Name"), contact.name or "–", when(contact.created_at), "")
        if contact.our_name:
            yield _row(_("Name we use"), contact.our_name, when(contact.profile_at), "")
        if contact.language:
            yield _row(_("Language"), contact.language, "", "")
        if contact.best_reached:
            yield _row(_("Best reached"), contact.best_reached, when(contact.profile_at), "")
    rows = Identity.objects.filter(contact__in=person.contacts).order_by("first_seen_at", "pk")
    for row in rows:
        kind, value = row.get_kind_display(), row.value
        yield _row(kind, value, when(row.first_seen_at), when(row.ended_at))
    yield _END


def _noted(person: Person) -> Iterator[SafeString]:
    """Attributes and notes on the person, whoever of us may see them."""
    yield _table(_("What"), _("Value"), _("Since"))
    rows = ContactAttribute.objects.filter(contact__in=person.contacts)
    for row in rows.select_related("definition", "choice").order_by("definition__place", "pk"):
        yield _row(str(row.definition), words_of(row), when(row.updated_at))
    notes = ContactNote.objects.filter(contact__in=person.contacts)
    for note in notes.order_by("created_at", "pk"):
        yield _row(_("Note"), note.text, when(note.created_at))
    yield _END


def _consents(person: Person) -> Iterator[SafeString]:
    yield _table(_("When"), _("What"), _("How"), _("Words"))
    names = {topic.key: str(topic) for topic in Topic.objects.all()}
    records = ConsentRecord.objects.filter(contact__in=person.contacts)
    for record in records.select_related("detail", "wording").order_by("occurred_at", "pk"):
        about = record.get_purpose_display()
        if record.topic:
            about = f"{about}, {names.get(record.topic, record.topic)}"
        what = f"{about}: {record.get_act_display()}"
        words = record.words or (record.wording.text if record.wording else "")
        yield _row(when(record.occurred_at), what, record.get_source_display(), words)
    yield _END


def _table(*heads: str) -> SafeString:
    cells = mark_safe("".join(format_html("<th>{}</th>", head) for head in heads))  # noqa: S308
    return format_html("<table><thead><tr>{}</tr></thead><tbody>\n", cells)


def _row(*cells: str) -> SafeString:
    inner = mark_safe("".join(format_html("<td>{}</td>", cell) for cell in cells))  # noqa: S308
    return format_html("<tr>{}</tr>\n", inner)
