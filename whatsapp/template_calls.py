"""Templates at Meta: created, changed, deleted, and sample files for their review.

Calls have time-outs and are made outside transactions. What Meta answers is taken over at once,
unless a webhook or a sync was faster (`template_words.py`); the rest follows from these.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import IO
from urllib.parse import quote

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conversations.models import MessageTemplate, TemplateStatus
from whatsapp.client import Answer, GraphClient, GraphUnreachable, NotConnected
from whatsapp.health import refusal_words
from whatsapp.models import WhatsAppNumber
from whatsapp.payload import Json, text_of
from whatsapp.template_drafts import TemplateDraft
from whatsapp.template_shapes import components_of
from whatsapp.template_updates import STATUSES
from whatsapp.template_words import Question

log = logging.getLogger(__name__)

_UPLOAD = re.compile(r"upload:[\w\-=+/.?&%:]+")
# Meta's codes for what is wrong with a template, the field they speak of, and what to do.
_CODES: dict[int, tuple[str, str | Promise]] = {
    2388019: ("", _("The account has as many templates as WhatsApp allows. Delete some first.")),
    2388023: ("name", _("This template is being deleted; its name is free again in 30 days.")),
    2388024: ("language", _("There is a template of this name in this language already.")),
    2388040: ("body", _("A part is longer than WhatsApp allows.")),
    2388043: ("body", _("An example for a variable is missing or wrong.")),
    2388047: ("header_text", _("WhatsApp refuses how the header is written.")),
    2388072: ("body", _("WhatsApp refuses how the text is written.")),
    2388073: ("footer", _("WhatsApp refuses how the footer is written.")),
    2388293: ("body", _("There are too many variables for so short a text.")),
    2388299: ("body", _("The text must neither begin nor end with a variable.")),
    80008: ("", _("Too many templates within an hour; WhatsApp takes more later.")),
    80007: ("", _("Too many calls within an hour; WhatsApp takes more later.")),
}


class TemplateRefused(Exception):
    """Meta said no. `at` is the form's field ("" for none), `words` a sentence for people.

    `unknown`: it may have been done, nobody knows; the next sync tells.
    """

    def __init__(self, words: str, at: str = "", *, unknown: bool = False) -> None:
        self.words, self.at, self.unknown = words, at, unknown
        super().__init__(words)


def create_template(number: WhatsAppNumber, draft: TemplateDraft) -> MessageTemplate:
    """Hand a template in for review, in the account of `number`. Raises `TemplateRefused`."""
    body = {
        "name": draft.name,
        "language": draft.language,
        "category": draft.category.upper(),
        "parameter_format": "NAMED" if draft.is_named else "POSITIONAL",
        "components": components_of(draft),
    }
    client = GraphClient(number.access_token)
    question = Question.now()
    answer = _call(number, lambda: client.post(f"{number.waba_id}/message_templates", body))
    category = text_of(answer.data.get("category")).lower() or draft.category
    said = {
        "external_id": text_of(answer.data.get("id"))[:40],
        "category": category[:20],
        "status": _status(answer),
        "components": components_of(draft),
        "parameter_format": "named" if draft.is_named else "positional",
        "previous_category": "" if category == draft.category else draft.category,
        "status_reason": "",
        "paused_until": None,
        "quality": "",
        "synced_at": timezone.now(),
    }
    with transaction.atomic():
        row, is_new = MessageTemplate.objects.select_for_update(no_key=True).get_or_create(
            account=number.waba_id, name=draft.name, language=draft.language, defaults=said
        )
        # A list that has it was read after it was handed in, and knows better.
        if not is_new and not question.is_older_than(row):
            question.write(row, said)
        numbers = WhatsAppNumber.objects.filter(waba_id=number.waba_id)
        row.business_numbers.set(numbers.values_list("pk", flat=True))
    log.info("template.created template=%s account=%s", row.pk, number.waba_id)
    return row


def change_template(
    number: WhatsAppNumber, template: MessageTemplate, draft: TemplateDraft
) -> None:
    """Hand a changed template in for review. Raises `TemplateRefused`.

    Meta's limits: an approved one once in 24 hours and ten times in 30 days, not its category.
    """
    body: Json = {"components": components_of(draft)}
    if draft.category != template.category:
        body["category"] = draft.category.upper()
    client = GraphClient(number.access_token)
    question = Question.now()
    _call(number, lambda: client.post(template.external_id, body))
    said = {
        "components": components_of(draft),
        "category": draft.category,
        "status": TemplateStatus.PENDING,
        "status_reason": "",
        "paused_until": None,
        "synced_at": timezone.now(),
    }
    with transaction.atomic():
        row = MessageTemplate.objects.select_for_update(no_key=True).get(pk=template.pk)
        question.write(row, said)
    log.info("template.changed template=%s", template.pk)


def delete_template(number: WhatsAppNumber, template: MessageTemplate) -> None:
    """Delete one language of a template at Meta. Raises `TemplateRefused`."""
    query = f"hsm_id={quote(template.external_id)}&name={quote(template.name)}"
    client = GraphClient(number.access_token)
    _call(number, lambda: client.delete(f"{template.account}/message_templates?{query}"))
    # Whatever was said meanwhile: it does not come back. Nor out of a list that is being read.
    MessageTemplate.objects.filter(pk=template.pk).update(
        status=TemplateStatus.GONE, synced_at=timezone.now()
    )
    log.info("template.deleted template=%s", template.pk)


def upload_sample(
    number: WhatsAppNumber, file: IO[bytes], size: int, mime_type: str, at: str
) -> str:
    """Meta's handle of a sample file; `at` is its field. Raises `TemplateRefused`."""
    client = GraphClient(number.access_token)
    begin = f"app/uploads?file_length={size}&file_type={quote(mime_type, safe='')}"
    session = text_of(_call(number, lambda: client.post(begin, {})).data.get("id"))
    if not _UPLOAD.fullmatch(session):
        raise TemplateRefused(gettext("WhatsApp did not take the sample file."), at)
    answer = _call(number, lambda: client.post_file(session, file, mime_type))
    handle = text_of(answer.data.get("h"))
    if not handle:
        raise TemplateRefused(gettext("WhatsApp did not take the sample file."), at)
    return handle


def _call(number: WhatsAppNumber, call: Callable[[], Answer]) -> Answer:
    """An answer that is a yes; else `TemplateRefused` with what to do, and where."""
    try:
        answer = call()
    except GraphUnreachable as trouble:
        unknown = not isinstance(trouble, NotConnected)
        words = gettext("WhatsApp does not answer at present. Please try again later.")
        if unknown:
            words = gettext(
                "WhatsApp did not answer, so nobody knows whether it was done. Please sync the"
                " templates and look before you try again."
            )
        raise TemplateRefused(words, unknown=unknown) from trouble
    if answer.ok:
        return answer
    error = answer.data.get("error")
    data: Json = error if isinstance(error, dict) else {}
    codes = [_number(data.get("error_subcode")), _number(data.get("code"))]
    found = next((code for code in codes if code in _CODES), None)
    said = _said(data)
    if found is None:
        words = refusal_words(number, answer)
        raise TemplateRefused(f"{words} {said}".strip() if codes[1] == 100 else words)
    at, known = _CODES[found]
    raise TemplateRefused(f"{known} {said}".strip(), at)


def _said(error: Json) -> str:
    """What Meta itself says of it, in its words."""
    details = error.get("error_data")
    details = details.get("details") if isinstance(details, dict) else details
    said = error.get("error_user_msg") or details
    return f"({said.strip()[:500]})" if isinstance(said, str) and said.strip() else ""


def _number(value: object) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _status(answer: Answer) -> TemplateStatus:
    return STATUSES.get(text_of(answer.data.get("status")).upper(), TemplateStatus.PENDING)
