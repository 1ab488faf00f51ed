"""Bodies of `POST …/messages`: whom they address, and what stands in for files."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.models import Contact, Identity
from conversations.enclosures import enclosed, with_files
from conversations.models import TemplateCategory
from tests import factories
from whatsapp.bodies import Unsendable, address_of, body_of, files_of

ANY = st.text(alphabet=st.sampled_from("0123456789+.ABCDEFUSabcEN "), max_size=20)
BSUIDS = st.from_regex(r"[A-Z]{2}\.[A-Za-z0-9]{1,12}", fullmatch=True)
PARENTS = st.from_regex(r"[A-Z]{2}\.ENT\.[A-Za-z0-9]{1,12}", fullmatch=True)
DIGITS = st.from_regex(r"[1-9][0-9]{5,14}", fullmatch=True)


def known_by(**values: str) -> Contact:
    """A contact with these current identities, not in the database."""
    contact = Contact(name="Lin")
    rows = [Identity(contact=contact, kind=kind, value=value) for kind, value in values.items()]
    for number, row in enumerate(rows):
        row.pk = number + 1
        row.first_seen_at = factories.timezone.now()
    contact._prefetched_objects_cache = {"identities": rows}  # type: ignore[attr-defined]
    return contact


@given(
    wa_id=ANY | DIGITS | BSUIDS,
    phone=ANY | BSUIDS | DIGITS.map("+{}".format),
    bsuid=ANY | BSUIDS | DIGITS,
    parent=ANY | PARENTS | BSUIDS,
    needs_phone=st.booleans(),
)
def test_whatever_is_known_nothing_with_a_letter_gets_into_to(
    wa_id: str, phone: str, bsuid: str, parent: str, needs_phone: bool
) -> None:
    contact = known_by(wa_id=wa_id, phone=phone, bsuid=bsuid, parent_bsuid=parent)
    try:
        address = address_of(contact, needs_phone=needs_phone)
    except Unsendable:
        return
    assert len(address) == 1
    if "to" in address:
        assert re.fullmatch(r"\+[1-9][0-9]{4,18}", str(address["to"]))
    else:
        assert not needs_phone
        assert re.fullmatch(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}", str(address["recipient"]))


@pytest.mark.parametrize(
    ("known", "address"),
    [
        ({"wa_id": "491713920047", "bsuid": "DE.1"}, {"to": "+491713920047"}),
        ({"bsuid": "DE.1", "phone": "+491713920047"}, {"recipient": "DE.1"}),
        ({"phone": "+491713920047"}, {"to": "+491713920047"}),
        ({"parent_bsuid": "DE.ENT.9", "bsuid": "DE.1"}, {"recipient": "DE.1"}),
        ({"parent_bsuid": "DE.ENT.9"}, {"recipient": "DE.ENT.9"}),
    ],
)
def test_the_most_certain_identity_is_used(known: dict[str, str], address: dict[str, str]) -> None:
    assert address_of(known_by(**known)) == address


def test_a_code_goes_to_a_phone_only() -> None:
    both = known_by(bsuid="DE.1", phone="+491713920047")
    assert address_of(both, needs_phone=True) == {"to": "+491713920047"}
    with pytest.raises(Unsendable) as refused:
        address_of(known_by(bsuid="DE.1"), needs_phone=True)
    assert refused.value.reason == "needs_phone"


@pytest.mark.django_db
def test_an_authentication_template_is_never_sent_to_a_user_id(number, agent) -> None:
    contact = factories.ContactFactory.create(wa_id="", bsuid="US.7392")
    conversation = factories.ConversationFactory.create(contact=contact, business_number=number)
    template = factories.MessageTemplateFactory.create(category=TemplateCategory.AUTHENTICATION)
    message = factories.MessageFactory.create(
        conversation=conversation, outbound=True, type="template", template=template, wamid=None
    )
    with pytest.raises(Unsendable) as refused:
        body_of(message)
    assert refused.value.reason == "needs_phone"


@pytest.mark.django_db
def test_files_in_headers_and_cards_become_metas_ids(conversation, agent) -> None:
    template = factories.MessageTemplateFactory.create(
        components=[
            {"type": "HEADER", "format": "DOCUMENT"},
            {"type": "BODY", "text": "Your ticket"},
        ]
    )
    message = factories.MessageFactory.create(
        conversation=conversation, outbound=True, type="template", template=template, wamid=None
    )
    media = factories.MediaFactory.create(message=message, kind="document", filename="Ticket.pdf")
    header = {"type": "document", "document": {"media": str(media.pk)}}
    message.payload = {"template": {"components": [{"type": "header", "parameters": [header]}]}}
    assert files_of(message) == [media]

    body = body_of(message, {media.pk: "meta-1"})

    (component,) = body["template"]["components"]
    assert component["parameters"] == [
        {"type": "document", "document": {"id": "meta-1", "filename": "Ticket.pdf"}}
    ]
    assert message.payload["template"]["components"][0]["parameters"] == [header]


def test_what_names_no_upload_stays_as_it_is() -> None:
    content = {"image": {"link": "https://x.example/a.png"}, "video": {"media": "no uuid"}}
    assert enclosed(content) == []
    assert with_files(content, {}) == content


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "payload", "preview"),
    [
        ("See https://x.example", {}, True),
        ("See https://x.example", {"text": {"preview_url": False}}, False),
        ("Nothing to see", {}, False),
    ],
)
def test_a_link_shows_where_it_leads_unless_that_is_not_wanted(
    conversation, text, payload, preview
) -> None:
    message = factories.MessageFactory.create(
        conversation=conversation, outbound=True, text=text, payload=payload, wamid=None
    )
    assert body_of(message)["text"] == {"body": text, "preview_url": preview}


@pytest.mark.django_db
def test_what_breaks_a_limit_is_not_even_written(conversation) -> None:
    message = factories.MessageFactory.create(
        conversation=conversation, outbound=True, text="x" * 4097, wamid=None
    )
    with pytest.raises(Unsendable) as refused:
        body_of(message)
    assert refused.value.reason == "invalid_content"
