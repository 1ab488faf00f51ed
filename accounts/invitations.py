"""Asking colleagues in: a signed link that works once, for some days, with or without mail."""

from __future__ import annotations

import logging
import secrets
import smtplib
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from accounts.models import Agent, Invitation, Role, Team

log = logging.getLogger(__name__)

VALID_DAYS = 7
SEND_TASK = "accounts.send_invitation"
_SIGNER = signing.Signer(salt="accounts.invitation")


class CannotInvite(Exception):
    """Nobody can be invited so; `words` say why."""

    def __init__(self, words: str) -> None:
        self.words = words
        super().__init__(words)


class InvitationGone(Exception):
    """The link is forged, used, replaced, withdrawn, too old, or its address has an agent."""


def mails_leave() -> bool:
    """Whether there is a way out for mails; without one admins hand links over themselves."""
    return not settings.EMAIL_BACKEND.endswith("dummy.EmailBackend")


def invite(email: str, role: str, teams: Iterable[Team], by: Agent, language: str) -> Invitation:
    """Ask somebody in. Raises `CannotInvite` for an address that has an agent or is invited."""
    email = email.strip().lower()
    if Agent.objects.filter(email__iexact=email).exists():
        raise CannotInvite(str(_("Somebody with this address works here already.")))
    try:
        with transaction.atomic():
            row = Invitation.objects.create(
                email=email,
                role=Role(role),
                language=language,
                invited_by=by,
                nonce=secrets.token_hex(16),
                expires_at=timezone.now() + timedelta(days=VALID_DAYS),
            )
            row.teams.set(teams)
            _send_on_commit(row)
    except IntegrityError as error:
        words = str(_("This address is invited already: send the link again."))
        raise CannotInvite(words) from error
    log.info("invitation.made invitation=%s by=%s", row.pk, by.pk)
    return row


def invite_again(pk: UUID) -> Invitation:
    """A new link for an open invitation, valid from now on; the links before it end."""
    with transaction.atomic():
        row = _open_one(pk)
        row.nonce = secrets.token_hex(16)
        row.expires_at = timezone.now() + timedelta(days=VALID_DAYS)
        row.mailed_at = None
        row.save(update_fields=["nonce", "expires_at", "mailed_at"])
        _send_on_commit(row)
    return row


def withdraw_invitation(pk: UUID) -> None:
    """The link works no more."""
    with transaction.atomic():
        row = _open_one(pk)
        row.withdrawn_at = timezone.now()
        row.save(update_fields=["withdrawn_at"])
    log.info("invitation.withdrawn invitation=%s", pk)


def link_of(row: Invitation) -> str:
    """What the colleague opens. It can be made again at any time, and is stored nowhere."""
    token = _SIGNER.sign(f"{row.pk.hex}.{row.nonce}")
    return f"{settings.PUBLIC_URL}{reverse('accounts:join', args=[token])}"


def invitation_of(token: str, *, lock: bool = False) -> Invitation:
    """The open invitation a link speaks of. Raises `InvitationGone`."""
    try:
        pk, _dot, nonce = _SIGNER.unsign(token).partition(".")
        wanted = UUID(pk)
    except (signing.BadSignature, ValueError) as error:
        raise InvitationGone from error
    rows = Invitation.objects.select_for_update() if lock else Invitation.objects.all()
    row = rows.filter(pk=wanted, accepted_at=None, withdrawn_at=None).first()
    if row is None or row.is_over or not secrets.compare_digest(row.nonce, nonce):
        raise InvitationGone
    return row


def accept_invitation(token: str, name: str, password: str) -> Agent:
    """Make the agent; of two who open the same link at once one gets in. Raises
    `InvitationGone`."""
    try:
        with transaction.atomic():
            row = invitation_of(token, lock=True)
            agent = Agent.objects.create_user(
                row.email, password, name=name, role=row.role, language=row.language
            )
            agent.teams.set(row.teams.all())
            row.accepted_at, row.agent = timezone.now(), agent
            row.save(update_fields=["accepted_at", "agent"])
    except IntegrityError as error:  # an admin made an agent of that address meanwhile
        raise InvitationGone from error
    log.info("invitation.accepted invitation=%s agent=%s", row.pk, agent.pk)
    return agent


def send_mail(pk: UUID) -> None:
    """Mail the link, unless it has left. A worker that dies in between sends it twice."""
    row = Invitation.objects.filter(
        pk=pk, accepted_at=None, withdrawn_at=None, mailed_at=None
    ).first()
    if row is None or row.is_over or not mails_leave():
        return
    try:
        _mail_of(row).send()
    except (smtplib.SMTPException, OSError) as error:
        log.warning("invitation.not_mailed invitation=%s why=%s", pk, type(error).__name__)
        return
    # Not for a link that was made anew meanwhile: that one has a mail of its own.
    Invitation.objects.filter(pk=pk, nonce=row.nonce).update(mailed_at=timezone.now())
    log.info("invitation.mailed invitation=%s", pk)


def _open_one(pk: UUID) -> Invitation:
    row = Invitation.objects.select_for_update().filter(pk=pk).first()
    if row is None or not row.is_open:
        raise InvitationGone
    return row


def _send_on_commit(row: Invitation) -> None:
    if mails_leave():
        transaction.on_commit(partial(_hand_over, row.pk))


def _hand_over(pk: UUID) -> None:
    """To a worker. Without Redis no mail leaves: the page shows the link, and "send again"."""
    try:
        current_app.send_task(SEND_TASK, args=[str(pk)])
    except (OperationalError, OSError):
        log.warning("invitation.not_handed_over invitation=%s", pk)


def _mail_of(row: Invitation) -> EmailMessage:
    with override(row.language):
        context = {
            "company": settings.SITE_NAME,
            "who": row.invited_by,
            "link": link_of(row),
            "days": VALID_DAYS,
        }
        subject = gettext("Your place in the helpdesk of %(company)s") % context
        body = render_to_string("accounts/invitation.txt", context)
    headers = {"Auto-Submitted": "auto-generated"}
    return EmailMessage(" ".join(subject.split()), body, to=[row.email], headers=headers)
