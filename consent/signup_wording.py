"""What a sign-up form shows, word for word, in numbered versions.

The page and the canonical text are made of the same words, so that what the ledger refers to is
what was read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext, override

from consent.models import SignUp, SignUpForm, SignUpWords, Topic, Wording
from consent.signup_code import pretty
from consent.wordings import version_of

# More names than these make a message nobody reads, and a code no camera does.
MOST_NAMES_LENGTH = 80


@dataclass(frozen=True)
class Shown:
    """A form in one language: what is on its page, and the version that this is."""

    form: SignUpForm
    words: SignUpWords
    topics: Sequence[Topic]
    wording: Wording

    @property
    def language(self) -> str:
        return self.words.language


def languages_of(form: SignUpForm) -> list[str]:
    """Those the form has words in."""
    return list(form.words.values_list("language", flat=True))


def show(form: SignUpForm, language: str) -> Shown:
    """The form as it is now; its version is added when the words are new.

    `SignUpWords.DoesNotExist` when it has no words in that language.
    """
    words = form.words.get(language=language)
    topics = form.offered_topics()
    with override(language):
        text = canonical_text(form, words, topics)
    return Shown(form, words, topics, version_of(form.wording_key, language, text))


def keep_versions(form: SignUpForm) -> None:
    """After a change: the version of each language."""
    for language in languages_of(form):
        show(form, language)


def canonical_text(form: SignUpForm, words: SignUpWords, topics: Sequence[Topic]) -> str:
    """All that the page says about the consent, top to bottom, in the language that is on."""
    offered = [
        "– " + " · ".join(part for part in (str(one), one.description, one.frequency) if part)
        for one in topics
    ]
    email = gettext("By e-mail instead") if form.offers_email else ""
    parts = (
        words.title,
        words.intro,
        "\n".join([gettext("What may we write about?"), *offered]),
        gettext("What happens with your data"),
        words.who_we_are,
        words.privacy,
        f"{gettext('Privacy notice')}: {form.privacy_url}",
        f"{gettext('Imprint')}: {form.imprint_url}",
        *([email, email_words()] if email else []),
        nothing_ordered(form),
    )
    return "\n\n".join(part.strip().replace("\r\n", "\n") for part in parts)


def email_words() -> str:
    """What the e-mail way asks for, and what becomes of it."""
    return gettext(
        "You have no WhatsApp at hand? Give us the number that shall get the messages and your"
        " e-mail address. We send a link to that address; only opening it and confirming signs the"
        " number up. We keep the address as the proof of your consent and use it for nothing else."
    )


def nothing_ordered(form: SignUpForm) -> str:
    """What signs up, and that nothing else does."""
    if form.offers_email:
        return gettext(
            "Nothing is ordered yet. Only your own message signs you up, or the link in our e-mail."
        )
    return gettext("Nothing is ordered yet. Only your own message signs you up.")


def prepared_words(sign_up: SignUp, topics: Sequence[Topic]) -> str:
    """What the customer sends, in the language of the sign-up."""
    with override(sign_up.language):
        names = ", ".join(str(topic) for topic in topics)
        if len(names) > MOST_NAMES_LENGTH:
            names = gettext("%(count)s topics") % {"count": len(topics)}
        sentence = gettext("Yes, I would like messages about %(topics)s. Code %(code)s")
        return sentence % {"topics": names, "code": pretty(sign_up.code)}
