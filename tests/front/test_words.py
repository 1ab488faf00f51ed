"""No English on a German page, and no German on an English one: what is read is looked up.

Every text of a page is compared with the catalogue: one that stands there as the other language's
was never handed to a translator, or drawn in the wrong language. Words of customers and of the
demo are not in the catalogue, so they are nobody's mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import translation

from accounts.models import Agent
from conversations.models import Conversation
from inbox.strings import script_strings
from tests import factories
from tests.access.routes import all_routes
from tests.access.world import build_world

pytestmark = pytest.mark.django_db
PO = Path(settings.BASE_DIR) / "locale" / "de" / "LC_MESSAGES" / "django.po"
READ_ALOUD = ("aria-label", "title", "placeholder", "alt")
# A text area holds what somebody wrote, such as the words for customers in each language.
SILENT = ("script", "style", "template", "code", "pre", "textarea")
SHORTEST = 4
# The same in both, a name, or a word that means something else in the other language.
ALLOWED = {"English", "Deutsch", "Name", "Status", "Team", "Teams", "System", "Version", "Start"}
# In rows: words that customers send, and what Meta calls the fields of a webhook.
ALLOWED |= {"alle", "alles", "everything", "privacy", "topics", "messages", "preferences"}
# They show what customers and agents read in both languages, side by side.
BILINGUAL = ("/admin/conversations/resolvereason/", "/admin/automation/csatsurvey/")


class Texts(HTMLParser):
    """What somebody can read or hear of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.silent = 0
        self.is_icon = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in SILENT
        # Unfold's icons are words of a font.
        self.is_icon = "material-symbols" in (dict(attrs).get("class") or "")
        self.found |= {tidy(value) for name, value in attrs if value and name in READ_ALOUD}

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in SILENT
        self.is_icon = False

    def handle_data(self, data: str) -> None:
        if not self.silent and not self.is_icon:
            self.found.add(tidy(data))


def tidy(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def words_of(language: str) -> set[str]:
    """Texts that only stand on pages of `language`: whole ones, without gaps to fill."""
    with PO.open("rb") as file:
        rows = [row for row in read_po(file) if row.id and isinstance(row.id, str)]
    pairs = [(tidy(str(row.id)), tidy(str(row.string))) for row in rows if row.string]
    own, other = (0, 1) if language == "en" else (1, 0)
    others = {pair[other] for pair in pairs}
    return {
        pair[own]
        for pair in pairs
        if pair[0] != pair[1]
        and pair[own] not in others | ALLOWED
        and len(pair[own]) >= SHORTEST
        and "%(" not in pair[own]
    }


def pages(conversation: Conversation) -> Iterator[str]:
    shown = f"/conversations/{conversation.pk}/"
    yield from ("/", "/?view=all", "/welcome/", "/invitations/", "/share/", "/offline/")
    yield from (shown, f"{shown}contact/", f"{shown}composer/", f"{shown}templates/")
    yield f"/contacts/{conversation.contact_id}/consents/"
    yield reverse("admin:index")
    for model in admin.site._registry:
        for page in ("changelist", "add"):
            try:
                yield reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}")
            except NoReverseMatch:
                continue


@pytest.mark.parametrize(("language", "other"), [("de", "en"), ("en", "de")])
def test_a_page_speaks_one_language(
    client: Client, admin: Agent, conversation: Conversation, language: str, other: str
) -> None:
    factories.MessageFactory.create(conversation=conversation)
    factories.NoteFactory.create(conversation=conversation)
    admin.language = language
    admin.save()
    client.force_login(admin)
    foreign = words_of(other)
    found: dict[str, set[str]] = {}
    for path in pages(conversation):
        answer = client.get(path)
        if path.startswith(BILINGUAL):
            continue
        if answer.status_code != 200 or "html" not in answer.headers["Content-Type"]:
            continue
        texts = Texts()
        texts.feed(answer.content.decode())
        if wrong := texts.found & foreign:
            found[path] = wrong
    assert found == {}


@pytest.mark.parametrize(("language", "other"), [("de", "en"), ("en", "de")])
def test_every_address_speaks_one_language(
    client: Client, admin: Agent, language: str, other: str
) -> None:
    """Pages and parts of pages alike, found in the URL configuration."""
    world = build_world()
    admin.language = language
    admin.save()
    client.force_login(admin)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    foreign = words_of(other)
    found: dict[str, set[str]] = {}
    looked = 0
    for route in all_routes():
        # Evidence wants a transaction of its own, and is a file.
        if route.is_admin or route.is_api or "^" in route.path or route.name == "inbox:evidence":
            continue
        try:
            path = world.shown.url(route)
        except KeyError:
            continue  # customers' own pages, which speak the customer's language
        answer = client.get(path, {"view": "all"})
        if answer.streaming:
            b"".join(answer.streaming_content)  # to its end, which closes the file
            continue
        if answer.status_code >= 400 or "html" not in answer.headers.get("Content-Type", ""):
            continue
        texts = Texts()
        texts.feed(answer.content.decode())
        looked += 1
        if wrong := texts.found & foreign:
            found[path] = wrong
    assert looked > 40
    assert found == {}


def test_no_script_brings_sentences_of_its_own() -> None:
    """They come by `t("key")`: a literal with a blank put into the page is nobody's translation."""
    written = re.compile(
        r"""(?:textContent|innerText|title|placeholder|ariaLabel)\s*=\s*["'`]([^"'`$]*\s[^"'`$]*)["'`]"""
        r"""|setAttribute\(["']aria-label["'],\s*["'`]([^"'`$]+)["'`]\)"""
    )
    scripts = Path(settings.BASE_DIR) / "static" / "js"
    found = {
        f"{script.name}: {match[0]}"
        for script in scripts.rglob("*.js")
        for match in written.finditer(script.read_text())
        if re.search(r"[A-Za-z]{3}", match[1] or match[2] or "")
    }
    assert found == set()


def test_what_scripts_say_is_in_both_languages() -> None:
    with translation.override("en"):
        english = script_strings()
    with translation.override("de"):
        german = script_strings()
    assert english.keys() == german.keys()
    same = {text for key, text in english.items() if german[key] == text and " " in text}
    named = {"SLA in %(time)s"}  # an abbreviation that agents know, in both
    assert {text for text in same - named if not text.startswith("%(")} == set()
