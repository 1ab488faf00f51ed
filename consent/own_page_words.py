"""What the own page shows of a topic, word for word, in numbered versions.

As with sign-up forms the page is made of the same words, so that what the ledger refers to is what
was read. Each topic has versions of its own: a new topic changes nothing about the others.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import get_language, gettext, override

from consent.models import SignUpForm, SignUpWords, Topic, Wording
from consent.wordings import version_of


@dataclass(frozen=True)
class House:
    """Who we are, in the words of a sign-up form; where there is none, our name."""

    who_we_are: str
    privacy: str
    privacy_url: str
    imprint_url: str


def house_words() -> House:
    """In the language that is on, from our oldest open form: the same for everybody, or each would
    change the words of all others."""
    ours = list(SignUpForm.objects.filter(is_active=True).order_by("pk"))
    for form in ours:
        words = SignUpWords.objects.filter(form=form, language=get_language()).first()
        if words is not None:
            return House(words.who_we_are, words.privacy, form.privacy_url, form.imprint_url)
    links = (ours[0].privacy_url, ours[0].imprint_url) if ours else ("", "")
    return House(settings.SITE_NAME, promise(), *links)


def promise() -> str:
    """What switching a topic on means."""
    return gettext(
        "By switching a topic on you agree that %(company)s writes to you about it on WhatsApp. You"
        " can leave at any time, here or with the word STOP; it ends at once."
    ) % {"company": settings.SITE_NAME}


def wording_of(topic: Topic, house: House) -> Wording:
    """The version of what the page says about the consent to this topic, in the language on."""
    named = " · ".join(part for part in (str(topic), topic.description, topic.frequency) if part)
    parts = [named, promise(), house.who_we_are, house.privacy]
    if house.privacy_url:
        parts.append(f"{gettext('Privacy notice')}: {house.privacy_url}")
        parts.append(f"{gettext('Imprint')}: {house.imprint_url}")
    unique = dict.fromkeys(part.strip().replace("\r\n", "\n") for part in parts)
    language = get_language() or settings.LANGUAGE_CODE
    return version_of(f"own-{topic.key}", language, "\n\n".join(unique))


def keep_own_versions(topic: Topic) -> None:
    """After a change: the version of each language."""
    for language, _name in settings.LANGUAGES:
        with override(language):
            wording_of(topic, house_words())
