"""What a click-to-chat link prepares, and where it leads: all that follows from its row."""

from __future__ import annotations

import re
from urllib.parse import quote

from django.conf import settings
from django.utils.translation import override

from conversations.link_code import pretty
from conversations.models import BusinessNumber, ChatLink
from conversations.services.successors import current_number

WA_ME = "https://wa.me"


def greeting_of(link: ChatLink, language: str) -> str:
    """The words of the link in this language, else in the other, else START and its topic."""
    own, other = link.greeting_de, link.greeting_en
    if language != "de":
        own, other = other, own
    if greeting := (own or other).strip():
        return greeting
    with override(language):
        return f"START {link.topic}" if link.topic else ""


def prepared_words(link: ChatLink, language: str) -> str:
    """The greeting with its reference: "Moin! (Ref. K7Q-M3X)"."""
    return f"{greeting_of(link, language)} (Ref. {pretty(link.reference)})"


def number_of(link: ChatLink) -> BusinessNumber:
    """Where it leads now: what hangs on walls outlives a number that is replaced."""
    return current_number(link.business_number_id)


def chat_address(number: BusinessNumber, words: str = "") -> str:
    """WhatsApp's address of a chat with `number`, with `words` ready to be sent."""
    address = f"{WA_ME}/{re.sub(r'[^0-9]', '', number.phone_number)}"
    return f"{address}?text={quote(words, safe='')}" if words else address


def language_of(asked: str | None) -> str:
    """One that we have words in."""
    return asked if asked in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
