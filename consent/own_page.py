"""The link to a customer's own page: who gets one, what it looks like, and whom it opens.

Whoever has the link is taken for the customer, so it is shown to nobody else: what stands in the
thread, in the search and in the REST API is `PLACE`. The link itself is made from a key of ours in
the moment of sending (`conversations/services/own_page.py`) and is stored nowhere.
"""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import timezone

from consent.models import OwnPageLink
from contacts.models import RECOGNISING_KINDS, Contact, ContactMerge, Identity
from contacts.signals import address_changed, contacts_merged, merge_undone

# Stands for the link in the text of a message. No address, so that nothing makes a link of it.
PLACE = "…/my/🔒"
_TOLD = re.compile(r"/my/([0-9a-f]{32}\.[\w-]{43})")
_SIGNER = signing.Signer(salt="consent.own_page", sep=".")


def issue_link(contact: Contact, sent_to: str, message_id: UUID, business_number: str) -> None:
    """Let the link in our message `message_id` open the page of `contact`, and end earlier ones.

    `sent_to` is the identity by which they asked. In the transaction that writes the message.
    """
    identity = _identity(contact, sent_to)
    if identity is None:
        return  # nobody we could answer, so nothing is sent either
    now = timezone.now()
    revoke_links(contact)
    OwnPageLink.objects.create(
        pk=message_id,
        contact=contact,
        identity=identity,
        business_number=business_number,
        created_at=now,
        expires_at=now + timedelta(hours=settings.OWN_PAGE_HOURS),
    )


def revoke_links(*contacts: Contact) -> None:
    """End all links of these contacts."""
    alive = OwnPageLink.objects.filter(contact__in=contacts, revoked_at=None)
    alive.update(revoked_at=timezone.now())


def address_of(message_id: UUID) -> str:
    """The link that goes out in that message. A secret of its customer's."""
    return settings.PUBLIC_URL + reverse("my:page", args=[token_of(message_id)])


def token_of(link_id: UUID) -> str:
    return _SIGNER.sign(link_id.hex)


def find_link(token: str) -> OwnPageLink | None:
    """The link, dead or alive; None when it is none of ours. The signature is compared in constant
    time before anything is looked up."""
    try:
        pk = UUID(_SIGNER.unsign(token))
    except (signing.BadSignature, ValueError):
        return None
    return OwnPageLink.objects.select_related("contact", "identity").filter(pk=pk).first()


def revoke_what_is_told(text: str) -> None:
    """End a link that its customer wrote into the chat, where agents read it."""
    for token in _TOLD.findall(text):
        link = find_link(token)
        if link is not None:
            OwnPageLink.objects.filter(pk=link.pk, revoked_at=None).update(
                revoked_at=timezone.now()
            )


def connect() -> None:
    """Called once, when Django is ready: whose page it is must be beyond doubt."""
    contacts_merged.connect(_revoke_both, dispatch_uid="consent.own_page.merge")
    merge_undone.connect(_revoke_both, dispatch_uid="consent.own_page.split")
    address_changed.connect(_revoke_theirs, dispatch_uid="consent.own_page.address")


def _revoke_both(merge: ContactMerge, **_kwargs: object) -> None:
    revoke_links(merge.survivor, merge.absorbed)


def _revoke_theirs(contact: Contact, **_kwargs: object) -> None:
    revoke_links(contact)


def _identity(contact: Contact, sent_to: str) -> Identity | None:
    """The identity they wrote with; where that is not theirs any more, the strongest they have."""
    rank = {str(kind): at for at, kind in enumerate(RECOGNISING_KINDS)}
    current = contact.identities.filter(ended_at=None, kind__in=RECOGNISING_KINDS)
    return min(current, key=lambda one: (one.value != sent_to, rank[one.kind]), default=None)
