"""The record of processing activities (Art. 30 (1) GDPR), made of what is set and what is there."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext

from consent.documents import Block, Document, Facts, Points, Section, Table, Words
from consent.measures import measures
from consent.models import Company, LegalBasis, Processor, Purpose, PurposeBasis, Topic
from consent.personal_data import Holds, registry
from consent.processing import purposes
from consent.retention_words import months_in_words, proof_in_words, times


def company() -> Company:
    """Who is responsible; empty until somebody has said so."""
    return Company.objects.first() or Company()


def record_of_processing(language: str) -> Document:
    """The whole record, in that language ("de", "en")."""
    with translation.override(language):
        return Document(
            title=gettext("Record of processing activities"),
            subtitle=company().name or settings.SITE_NAME,
            intro=gettext(
                "Under Art. 30 (1) GDPR, for customer service and subscriptions over WhatsApp with"
                " this helpdesk. It is made of the settings as they are now; what is marked in red"
                " has to be filled in."
            ),
            sections=[
                Section(gettext("Controller"), [controller_facts()]),
                Section(gettext("Purposes and legal bases"), list(_purposes())),
                Section(gettext("Whose data, and which"), list(categories())),
                Section(gettext("Recipients and third countries"), [recipients()]),
                Section(gettext("Time limits for erasure"), list(time_limits())),
                Section(gettext("Technical and organisational measures"), list(measures_here())),
            ],
            language=language,
        )


def controller_facts() -> Facts:
    told = company()
    return Facts(
        [
            (gettext("Company"), told.name),
            (gettext("Address"), told.address),
            (gettext("Represented by"), told.representative),
            (gettext("E-mail"), told.email),
            (gettext("Telephone"), told.phone),
            (gettext("Data protection officer"), told.officer),
            (gettext("Supervisory authority"), told.authority),
        ]
    )


def _purposes() -> Iterator[Block]:
    rows = [_purpose_row(row) for row in purposes().values()]
    headings = [
        gettext("Purpose"),
        gettext("Legal basis"),
        gettext("What for"),
        gettext("How long a consent lasts"),
        gettext("Proof"),
    ]
    widths = (22, 28, 32, 23, 23)
    yield Table(headings, rows, widths)
    marketing = purposes()[Purpose.MARKETING]
    topics = [_topic_row(topic, marketing) for topic in Topic.objects.filter(is_active=True)]
    if topics:
        yield Words(gettext("Topics one can subscribe to:"))
        yield Table([gettext("Topic"), *headings[1:]], topics, widths)


def _purpose_row(row: PurposeBasis) -> list[str]:
    return [
        str(Purpose(row.purpose).label),
        str(LegalBasis(row.legal_basis).label),
        row.explanation,
        months_in_words(row.expires_after_months),
        proof_in_words(row.proof_years),
    ]


def _topic_row(topic: Topic, marketing: PurposeBasis) -> list[str]:
    months = topic.expires_after_months
    years = topic.proof_years
    return [
        str(topic),
        str(LegalBasis(topic.legal_basis or marketing.legal_basis).label),
        topic.explanation or topic.description or marketing.explanation,
        months_in_words(marketing.expires_after_months if months is None else months),
        proof_in_words(marketing.proof_years if years is None else years),
    ]


def categories() -> Iterator[Block]:
    """Of whom, and what: as every table of this installation says of itself."""
    yield Words(
        gettext(
            "Customers and prospects who wrote to us or signed up; persons they write about; our"
            " own staff who answer them."
        )
    )
    rows = [
        (table.words, ", ".join(_named_fields(table.model, table.fields)) or "–")
        for table in registry.of_person()
        if Holds.PERSON in table.fields.values()
    ]
    yield Table([gettext("Data"), gettext("Among them")], rows, (40, 88))


def _named_fields(model: object, said: object) -> Iterator[str]:
    """Fields of a person that have a name in plain words."""
    told = (Holds.PERSON, Holds.INTERNAL)
    for one in model._meta.local_concrete_fields:  # type: ignore[attr-defined]
        is_named = isinstance(one._verbose_name, Promise)
        if is_named and said.get(one.attname) in told:  # type: ignore[attr-defined]
            yield str(one.verbose_name)


def recipients() -> Block:
    rows = [
        (
            row.name,
            row.does,
            row.country,
            str(row.get_transfer_display()) if row.transfer else "",
            date_format(row.contract_on, "SHORT_DATE_FORMAT") if row.contract_on else "",
        )
        for row in Processor.objects.all()
    ]
    headings = [
        gettext("Recipient"),
        gettext("What for"),
        gettext("Country"),
        gettext("Transfer to third countries"),
        gettext("Contract of (Art. 28)"),
    ]
    return Table(headings, rows or [[""] * len(headings)], (30, 32, 18, 30, 20))


def time_limits() -> Iterator[Block]:
    rows = [(one.what, one.how_long, one.note or "–") for one in times()]
    yield Table([gettext("Data"), gettext("Kept for"), gettext("Note")], rows, (40, 36, 52))
    yield Words(
        gettext(
            "Nothing goes of a person under a legal hold, or whose data are restricted (Art. 18)."
        )
    )


def measures_here() -> Iterator[Block]:
    """What this program does by itself, checked now; and what the company says of the rest."""
    yield Points([(str(one.words), one.holds()) for one in measures])
    told = [line.strip() for line in company().measures.splitlines() if line.strip()]
    yield Words(gettext("Beside what this program does by itself:"))
    if told:
        yield Points([(line, None) for line in told])
    else:
        yield Facts([(gettext("Further measures"), "")])
