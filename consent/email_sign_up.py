"""Signing up by a link in an e-mail, where a form allows it beside the customer's own message.

It proves that somebody reads that mailbox, and not that the number is theirs. So it never overrules
what the number's owner has said: see `_is_refused`. Whoever asks is told the same in every case.
"""

from __future__ import annotations

import logging
import re
import smtplib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import phonenumbers
from celery import current_app
from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override
from kombu.exceptions import OperationalError as BrokerError
from phonenumbers import PhoneNumberType

from accounts.throttle import key_of, too_many
from consent.gate import is_restricted, states_of
from consent.leaving import own_ends
from consent.ledger import Entry, append
from consent.models import (
    Act,
    Clock,
    EmailSignUp,
    OwnPageLink,
    Purpose,
    SignUpForm,
    Source,
    Topic,
    Wording,
)
from consent.models.data_request import RequestKind
from consent.our_numbers import OurNumbers
from consent.parting import parted
from consent.rights import open_requests
from consent.signup import NotOffered
from consent.states import ENDED
from contacts.family import family_of
from contacts.models import Contact
from contacts.profile import learn_language
from contacts.services import Person
from contacts.stated import NobodyKnowsWhose, find_or_create_stated, lock_stated

log = logging.getLogger(__name__)

SEND_TASK = "consent.send_sign_up_mail"
# In a quarter of an hour: nobody's mailbox is filled by strangers.
PER_MAILBOX = 3
PER_NUMBER = 3
# In a day, for each mailbox and each number.
PER_DAY = 5
_DAY_S = 24 * 60 * 60
# A mail server that is away is tried again after 1, 2, 4 … minutes.
MOST_TRIES = 6
_SIGNER = signing.Signer(salt="consent.optin.mail", sep=".")
# Premium rate, shared cost and the like are nobody's phone.
_PHONES = (
    *(PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE),
    *(PhoneNumberType.FIXED_LINE, PhoneNumberType.VOIP),
)


class NoNumber(ValueError):
    """What was typed in is no phone that could be written to."""


class FormClosed(Exception):
    """The form is closed, or offers nothing of what was chosen any more, or not by e-mail."""


@dataclass(frozen=True)
class Asked:
    """What somebody typed in and chose."""

    number: str
    email: str
    topics: list[str]
    language: str


def read_number(text: str, form: SignUpForm) -> str:
    """What was typed in as E.164; without a country code it is of our number's country."""
    region = phonenumbers.region_code_for_number(phonenumbers.parse(form.business_number))
    try:
        parsed = phonenumbers.parse(text[:40], region)
    except phonenumbers.NumberParseException as error:
        raise NoNumber from error
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    is_phone = phonenumbers.number_type(parsed) in _PHONES and not parsed.extension
    if not phonenumbers.is_valid_number(parsed) or not is_phone or _is_ours(number):
        raise NoNumber
    return number


def begin_email_sign_up(form: SignUpForm, asked: Asked, wording: Wording) -> None:
    """Have a link sent to the address; nothing when mailbox or number had some just now."""
    offered = [topic.key for topic in form.offered_topics()]
    if not asked.topics or not set(asked.topics) <= set(offered):
        raise NotOffered
    if _had_enough(asked):
        log.info("sign_up_mail.too_many form=%s", form.pk)
        return
    now = timezone.now()
    with transaction.atomic():
        row = EmailSignUp.objects.create(
            form=form,
            business_number=form.business_number,
            topics=[key for key in offered if key in asked.topics],
            language=asked.language,
            wording=wording,
            number=asked.number,
            email=asked.email,
            created_at=now,
            expires_at=now + timedelta(minutes=form.valid_minutes),
        )
        transaction.on_commit(lambda: hand_over(row.pk))


def _had_enough(asked: Asked) -> bool:
    mailbox = _mailbox_of(asked.email)
    limits = {
        key_of("optin", "mailbox", mailbox): PER_MAILBOX,
        key_of("optin", "number", asked.number): PER_NUMBER,
    }
    of_day = {
        key_of("optin", "mailbox-day", mailbox): PER_DAY,
        key_of("optin", "number-day", asked.number): PER_DAY,
    }
    return too_many(limits) or too_many(of_day, _DAY_S)


def _mailbox_of(email: str) -> str:
    """What addresses that end in one mailbox have in common: "a+1@b.org" is "A@b.org"."""
    name, _at, domain = email.casefold().rpartition("@")
    return f"{name.split('+')[0] or name}@{domain}"


def hand_over(pk: UUID) -> None:
    """Have a worker send it; when the broker is away, the sweeper finds it."""
    try:
        current_app.send_task(SEND_TASK, args=(str(pk),))
    except BrokerError:
        log.warning("sign_up_mail.not_handed_over sign_up=%s", pk)


def send_mail(pk: UUID) -> None:
    """Send the link, unless it has left, or another worker is at it.

    A worker that dies between sending and writing it down sends it twice: the same link.
    """
    now = timezone.now()
    with transaction.atomic():
        rows = EmailSignUp.objects.select_for_update(of=("self",), skip_locked=True)
        row = _unsent(rows).select_related("form").filter(pk=pk).first()
        if row is None or (row.retry_at is not None and row.retry_at > now):
            return
        row.retry_at = now + timedelta(minutes=2**row.attempts)
        row.attempts += 1
        row.save(update_fields=["retry_at", "attempts"])
    try:
        _mail_of(row).send()
    except (smtplib.SMTPException, OSError) as error:
        log.warning("sign_up_mail.not_sent sign_up=%s why=%s", pk, type(error).__name__)
        return
    EmailSignUp.objects.filter(pk=pk).update(sent_at=timezone.now())
    log.info("sign_up_mail.sent sign_up=%s", pk)


def sweep() -> None:
    """Mails that nobody sent, and what is over: unconfirmed choices, links to own pages."""
    now = timezone.now()
    EmailSignUp.objects.filter(used_at=None, expires_at__lt=now).delete()
    OwnPageLink.objects.filter(expires_at__lt=now).delete()
    due = _unsent(EmailSignUp.objects.all()).exclude(retry_at__gt=now)
    for pk in list(due.order_by("created_at").values_list("pk", flat=True)[:100]):
        hand_over(pk)


def token_of(row: EmailSignUp) -> str:
    return _SIGNER.sign(row.pk.hex)


def find_email_sign_up(form: SignUpForm, token: str) -> EmailSignUp | None:
    """The choice that this link belongs to."""
    try:
        pk = UUID(_SIGNER.unsign(token))
    except (signing.BadSignature, ValueError):
        return None
    return EmailSignUp.objects.select_related("wording").filter(pk=pk, form=form).first()


def confirm(row: EmailSignUp) -> bool:
    """The link was opened and its button pressed: sign the number up, once.

    False when the time is over. True also where it is refused, for whoever opened the link is told
    nothing about the number's owner. Raises `FormClosed`.
    """
    if not row.number:
        return True  # used before
    # Before anything is looked at: what the number's owner does from here on is newer.
    moment = timezone.now()
    person = Person(wa_id=row.number.lstrip("+"))
    with transaction.atomic():
        # First the contact, then the rest, as everybody does. An owner who says no at this moment
        # was before us, and is waited for, or waits for us and is after.
        owner, is_clear = _lock_owner(person)
        held = EmailSignUp.objects.select_for_update(of=("self",)).filter(pk=row.pk).first()
        if held is None:
            return False
        if held.used_at is not None:
            return True
        if not held.is_open(moment):
            return False
        topics = open_topics(held)
        refused = not is_clear or _is_ours(held.number) or _is_refused(owner) or parted([person])
        contact = None if refused else _contact_of(person, held.language)
        if contact is None:
            log.info("sign_up_mail.refused sign_up=%s", held.pk)
        else:
            append([entry for key in topics for entry in _entries(held, contact, key, moment)])
        held.contact = contact
        held.used_at, held.number, held.email = timezone.now(), "", ""
        held.save(update_fields=["used_at", "number", "email", "contact"])
    return True


def open_topics(row: EmailSignUp) -> list[str]:
    """What was chosen and is offered still; `FormClosed` where that is nothing any more."""
    form = SignUpForm.objects.get(pk=row.form_id)
    offered = {topic.key for topic in form.offered_topics()}
    topics = [key for key in row.topics if key in offered]
    if not (form.is_active and form.by_email and topics):
        raise FormClosed
    return topics


def _lock_owner(person: Person) -> tuple[Contact | None, bool]:
    """Whose number it is, and whether that is beyond doubt."""
    try:
        return lock_stated(person), True
    except NobodyKnowsWhose:
        return None, False


def _contact_of(person: Person, language: str) -> Contact | None:
    """The number's contact; None where its owner wrote at this very moment and said no."""
    try:
        contact, is_new = find_or_create_stated(person)
    except NobodyKnowsWhose:
        return None
    if not is_new and _is_refused(contact):
        return None
    learn_language(contact, language)
    return contact


def _entries(
    row: EmailSignUp, contact: Contact, topic: str, confirmed_at: datetime
) -> Iterable[Entry]:
    """Chosen on the form, confirmed from the mailbox; both under the words that were shown."""
    told = (
        (Act.REQUESTED, Source.FORM, row.created_at),
        (Act.CONFIRMED, Source.EMAIL, confirmed_at),
    )
    for act, source, moment in told:
        yield Entry(
            contact=contact,
            purpose=Purpose.MARKETING,
            topic=topic,
            act=act,
            source=source,
            occurred_at=moment,
            clock=Clock.OURS,
            business_number=row.business_number,
            language=row.language,
            wording=row.wording,
            identity=row.number,
            reference=f"{row.form.slug} mail {row.pk}",
            evidence=f"e-mail: {row.email}" if act == Act.CONFIRMED else "",
        )


def _is_refused(owner: Contact | None) -> bool:
    """Whether the number's owner has said no. An e-mail is no proof that it was them who changed
    their mind: they say so from their phone, or on their own page."""
    if owner is None:
        return False
    said_no = (Act.WITHDRAWN, Act.OBJECTED)
    ends = own_ends(family_of(owner).values_list("pk", flat=True))
    said = {(one.contact_id, one.purpose, one.topic) for one in ends if one.act in said_no}
    left = any(
        one.purpose == Purpose.MARKETING
        and one.act in ENDED
        and (one.contact_id, one.purpose, one.topic) in said
        for one in states_of(owner)
    )
    erasing = any(one.kind == RequestKind.ERASURE for one in open_requests(owner))
    return left or erasing or is_restricted(owner)


def _is_ours(number: str) -> bool:
    ours = SignUpForm.objects.values_list("business_number", flat=True)
    return OurNumbers.includes(number) or _digits(number) in map(_digits, ours)


def _unsent(rows: QuerySet[EmailSignUp]) -> QuerySet[EmailSignUp]:
    """Those that still have to leave."""
    return rows.filter(
        sent_at=None, used_at=None, expires_at__gt=timezone.now(), attempts__lt=MOST_TRIES
    )


def _mail_of(row: EmailSignUp) -> EmailMessage:
    address = reverse("optin:mail", args=[row.form.slug, token_of(row)])
    topics = {topic.key: topic for topic in Topic.objects.filter(key__in=row.topics)}
    with override(row.language):
        context = {
            "company": settings.SITE_NAME,
            "topics": [str(topics[key]) for key in row.topics if key in topics],
            "ending": row.number[-3:],
            "link": f"{settings.PUBLIC_URL}{address}",
            "minutes": row.form.valid_minutes,
            "form": row.form,
        }
        subject = gettext("Please confirm: messages of %(company)s on WhatsApp") % context
        body = render_to_string("optin/mail.txt", context)
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    return EmailMessage(" ".join(subject.split()), body, to=[row.email], headers=headers)


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)
