"""A processing agreement (Art. 28 (3) GDPR) as a template, filled with what is set here."""

from __future__ import annotations

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from consent.documents import Block, Document, Facts, Section, Words
from consent.models import Processor
from consent.processing_record import (
    categories,
    company,
    controller_facts,
    measures_here,
    recipients,
    time_limits,
)


def processing_agreement(language: str, processor: Processor | None = None) -> Document:
    """Between the company and `processor`, in that language; None leaves blanks to fill in."""
    with translation.override(language):
        return Document(
            title=gettext("Data processing agreement"),
            subtitle=company().name or settings.SITE_NAME,
            intro=gettext(
                "A template under Art. 28 (3) GDPR, filled with the settings of this helpdesk. Have"
                " it checked before you sign it; what is marked in red has to be filled in."
            ),
            sections=[
                Section(gettext("Controller"), [controller_facts()]),
                Section(gettext("Processor"), [_processor_facts(processor)]),
                *_clauses(processor),
                Section(gettext("Signatures"), [_signatures()]),
                Section(gettext("Annex 1: data and persons"), list(categories())),
                Section(gettext("Annex 2: time limits"), list(time_limits())),
                Section(gettext("Annex 3: measures (Art. 32)"), list(measures_here())),
                Section(gettext("Annex 4: further processors"), [recipients()]),
            ],
            language=language,
        )


def _processor_facts(processor: Processor | None) -> Facts:
    told = processor or Processor()
    return Facts(
        [
            (gettext("Name"), told.name),
            (gettext("Address"), told.address),
            (gettext("Country"), told.country),
            (
                gettext("Transfer to third countries"),
                str(told.get_transfer_display()) if told.transfer else "",
            ),
        ]
    )


def _clauses(processor: Processor | None) -> list[Section]:
    does = processor.does if processor else ""
    subject: list[Block] = [
        Words(
            gettext(
                "The processor processes personal data for the controller so that customers can be"
                " served over WhatsApp. It does so for as long as the main contract runs."
            )
        ),
        Facts([(gettext("What the processor does"), does)]),
    ]
    return [
        Section(gettext("Subject, duration, nature and purpose"), subject),
        Section(
            gettext("Kinds of data and of persons"),
            [Words(gettext("They are listed in annex 1, and how long they are kept in annex 2."))],
        ),
        *(Section(title, [Words(text)]) for title, text in _duties()),
    ]


def _duties() -> list[tuple[str, str]]:
    """What Art. 28 (3) asks for, letter by letter."""
    return [
        (
            gettext("Instructions (Art. 28 (3) a)"),
            gettext(
                "The processor processes the data only on documented instructions, also where they"
                " go to a third country, unless a law of the Union or a member state obliges it to;"
                " then it says so beforehand. It says at once when it takes an instruction to be"
                " unlawful."
            ),
        ),
        (
            gettext("Confidentiality (Art. 28 (3) b)"),
            gettext(
                "Only persons have access who need it and are bound to confidentiality, also after"
                " their work has ended."
            ),
        ),
        (
            gettext("Security (Art. 28 (3) c, Art. 32)"),
            gettext(
                "The processor takes the measures of annex 3. It may replace them by others that"
                " protect no less, and writes down what it changed."
            ),
        ),
        (
            gettext("Further processors (Art. 28 (2), (3) d, (4))"),
            gettext(
                "Those of annex 4 are agreed to. The processor says in text form, four weeks"
                " beforehand, whom it wants to add or replace; the controller may object. Each"
                " further processor is bound to the same duties by contract, and the processor"
                " answers for it."
            ),
        ),
        (
            gettext("Rights of the persons (Art. 28 (3) e)"),
            gettext(
                "The processor passes requests of persons on without delay and helps to answer"
                " them: access, rectification, erasure, restriction, portability, objection."
            ),
        ),
        (
            gettext("Help and breaches (Art. 28 (3) f, Art. 32 to 36)"),
            gettext(
                "The processor helps with security, impact assessments and consultations. It"
                " reports a personal data breach without undue delay, 24 hours after it became"
                " known at the latest, with what Art. 33 (3) asks for."
            ),
        ),
        (
            gettext("Deletion and return (Art. 28 (3) g)"),
            gettext(
                "At the end the processor deletes or returns all data and copies, as the controller"
                " chooses, within 30 days, and confirms it in text form, unless a law demands that"
                " they are kept."
            ),
        ),
        (
            gettext("Evidence and audits (Art. 28 (3) h)"),
            gettext(
                "The processor gives all information that shows that these duties are kept, and"
                " allows for audits, inspections included, by the controller or somebody it names,"
                " at usual hours and with two weeks' notice."
            ),
        ),
        (
            gettext("Closing words"),
            gettext(
                "Changes need text form. Should a clause be void, the others stand. Where this"
                " agreement and the main contract differ on data protection, this agreement counts."
            ),
        ),
    ]


def _signatures() -> Facts:
    line = "_" * 44
    return Facts(
        [
            (gettext("Place, date"), line),
            (gettext("For the controller"), line),
            (gettext("Place, date"), line),
            (gettext("For the processor"), line),
        ]
    )
