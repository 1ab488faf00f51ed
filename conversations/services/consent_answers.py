"""Who subscribes or leaves by a word is told what was done, and how to undo it.

In the thread stands what happened, so that an agent in the middle of a conversation sees it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import uuid5

from django.conf import settings
from django.utils import translation
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consent.gate import is_restricted
from consent.inbound import Words
from consent.models import Topic
from consent.own_page import PLACE, issue_link
from consent.services import Heard, record_informed
from consent.signup import Outcome, Redemption
from consent.wordings import version_of
from consent.words import Intent
from contacts.models import Contact
from conversations.events import draft, record_all
from conversations.models import BusinessNumber, EventName, Message
from conversations.policy import OWN_REQUEST
from conversations.services.automatic import WITHOUT_PREVIEW, send_automatic

# With the message's id they name the one answer of each kind that there is to it.
ANSWER = "consent-answer"
NOTICE = "privacy-notice"
_CHANGES = {Intent.START: "granted", Intent.STOP: "withdrawn"}


def answer_consent_words(
    heard: Sequence[Heard], messages: Iterable[Message], numbers: Mapping[int, BusinessNumber]
) -> None:
    """In the transaction that stored `messages`, whose conversations are locked.

    `numbers` are those of ours that were written to, by primary key.
    """
    if not heard:
        return
    by_wamid = {message.wamid: message for message in messages}
    speak_of_topics = not all(one.is_first for one in heard)
    topics = Topic.objects.in_bulk(field_name="key") if speak_of_topics else {}
    for one in heard:
        message = by_wamid[one.words.wamid]
        conversation = message.conversation
        if one.is_first:
            _inform(one.words, message, numbers[message.business_number_id])
            continue
        if change := _change(one):
            data: dict[str, object] = {"change": change, "topics": list(_about(one))}
            event = draft(EventName.CONSENT_CHANGED, conversation, message=message, data=data)
            record_all([event])
        if message.business_number_id == conversation.business_number_id:
            with translation.override(language_of(one.words.contact)):
                text = _words(one, topics)
            if text:
                _answer(one, message, text)


def _answer(heard: Heard, message: Message, text: str) -> None:
    """Send `text`, and let the link in it open the customer's page, where there is one."""
    client_uuid = uuid5(message.pk, f"{ANSWER}:{heard.intent or 'code'}")
    if heard.intent is not Intent.SETTINGS:
        mark = {OWN_REQUEST: True} if heard.intent is Intent.STOP else {}
        send_automatic(message.conversation, text, client_uuid, mark)
        return
    words = heard.words
    payload: dict[str, object] = {**WITHOUT_PREVIEW, OWN_REQUEST: True}
    sent = send_automatic(message.conversation, text, client_uuid, payload)
    if sent is not None:
        issue_link(words.contact, words.identity, sent.pk, words.business_number)


def _inform(words: Words, message: Message, number: BusinessNumber) -> None:
    """The privacy notice, where the number has one."""
    conversation = message.conversation
    language = language_of(words.contact)
    text = getattr(number, f"privacy_notice_{language}") or number.privacy_notice_de
    if not text or conversation.business_number_id != number.pk:
        return
    sent = send_automatic(conversation, text, uuid5(message.pk, NOTICE))
    if sent is not None:
        shown = version_of(f"privacy-notice-{number.pk}", language, text)
        record_informed(words, shown, sent.pk)


def language_of(contact: Contact) -> str:
    """The language a customer is written to in, when nobody chose another."""
    known = dict(settings.LANGUAGES)
    language = contact.language.split("_")[0].split("-")[0]
    return language if language in known else settings.LANGUAGE_CODE


def _change(heard: Heard) -> str:
    """What it did to consents, as the event has it; "" for nothing."""
    if heard.redemption is not None:
        return "granted" if heard.redemption.outcome == Outcome.SIGNED_UP else ""
    return _CHANGES.get(heard.intent, "") if heard.intent else ""


def _about(heard: Heard) -> Sequence[str]:
    """Keys of the topics it is about."""
    return heard.redemption.sign_up.topics if heard.redemption else heard.topics


def _words(heard: Heard, topics: dict[str, Topic]) -> str:
    """What to tell; "" when there is nothing to say."""
    company = settings.SITE_NAME
    names = [str(topics[key]) for key in _about(heard) if key in topics]
    listed = get_text_list(names, _("and"))
    if heard.redemption is not None and _change(heard) != "granted":
        return _refused(heard.redemption)
    if heard.intent is Intent.START or heard.redemption is not None:
        return _(
            "From now on you get %(topics)s from %(company)s on WhatsApp. To leave, write STOP."
        ) % {"topics": listed, "company": company}
    if heard.intent is Intent.STOP and is_restricted(heard.words.contact):
        return _(
            "You get no more news from %(company)s. Your data stays restricted, as you asked; to"
            " change that, write SETTINGS."
        ) % {"company": company}
    if heard.intent is Intent.STOP and "" not in heard.topics:
        return _(
            "You no longer get %(topics)s. To subscribe again, write START %(first)s;"
            " to end everything, write STOP."
        ) % {"topics": listed, "first": names[0] if names else ""}
    if heard.intent is Intent.STOP:
        return _(
            "You get no more news from %(company)s. We still answer when you write to us."
            " To subscribe again, write START."
        ) % {"company": company}
    if heard.intent is Intent.HELP:
        offered = [str(topic) for topic in topics.values() if topic.is_active]
        return _(
            "This is %(company)s. Write what you need, and somebody will answer. News: write START,"
            " or START and one of these: %(topics)s. To leave, write STOP. To see or change what we"
            " keep about you, write SETTINGS."
        ) % {"company": company, "topics": ", ".join(offered)}
    if heard.intent is Intent.SETTINGS:
        return _settings_words(company)
    return ""


def _settings_words(company: str) -> str:
    """What the link is for, and for how long. It takes its place in the moment of sending."""
    hours = settings.OWN_PAGE_HOURS
    return ngettext(
        "Your settings and your data at %(company)s: %(link)s – This link is only for you; please"
        " do not pass it on. It is valid for %(hours)s hour.",
        "Your settings and your data at %(company)s: %(link)s – This link is only for you; please"
        " do not pass it on. It is valid for %(hours)s hours.",
        hours,
    ) % {"company": company, "link": PLACE, "hours": hours}


def _refused(redemption: Redemption) -> str:
    """Why a code signed nobody up; "" where a person has to read what was meant."""
    if redemption.outcome == Outcome.EXPIRED:
        return _(
            "This code was no longer valid, so nothing was ordered. Please start the form anew."
        )
    if redemption.outcome == Outcome.USED:
        return _("This code was used before. Please start the form anew to sign up.")
    if redemption.outcome == Outcome.OTHER_NUMBER:
        return _("This code belongs to another number of ours, so nothing was ordered here.")
    return ""
