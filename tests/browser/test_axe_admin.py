"""axe-core finds nothing in Django admin: every page of every registered model, both themes.

The pages are found by Django's own register, so a new model is looked at without a word here.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.browser.axe import SCREENS, THEMES, problems
from tests.browser.conftest import PHONE, PageFactory
from tests.browser.inbox import Customer
from tests.stack import Stack

# What the demo data does not hold: a status nobody waited for, and a change made in the admin.
MISSING = """
from django.contrib.admin.models import CHANGE, LogEntry
from django.utils import timezone
from accounts.models import Agent, Severity
from accounts.notices import raise_notice
from conversations.models import BusinessNumber, EarlyStatus, Label

LogEntry.objects.log_actions(
    Agent.objects.filter(role="admin").earliest("pk").pk, [Label.objects.earliest("pk")], CHANGE
)
EarlyStatus.objects.get_or_create(
    business_number=BusinessNumber.objects.earliest("pk"),
    wamid="wamid.nobody-knows",
    status="delivered",
    defaults={"occurred_at": timezone.now()},
)
number = BusinessNumber.objects.earliest("pk")
for severity in Severity:
    raise_notice(f"axe_{severity}", f"number:{number.pk}", severity, "The token was refused.")
"""
# So that none of them takes long.
PARTS = 5


@pytest.fixture(scope="module")
def lists(stack: Stack) -> list[str]:
    """The path of every model's list; each has a row."""
    stack.manage("shell", "-c", MISSING)
    stack.api_token()
    Customer(stack, "Axel").writes("Moin")
    return [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
    ]


def visit(page: Page, stack: Stack, path: str) -> list[str]:
    """Open a page of the admin and say what axe-core finds there; nothing where it is forbidden."""
    response = page.goto(f"{stack.url}{path}")
    assert response is not None
    if response.status == 403:
        return []
    assert response.ok, f"{path}: {response.status}"
    expect(page.locator("html:not([x-cloak]) main")).to_be_visible()
    # Rows are alike, and axe takes its time over each cell.
    page.evaluate(
        "document.querySelectorAll('#result_list tbody tr')"
        ".forEach((row, index) => index > 4 && row.remove())"
    )
    return problems(page)


@SCREENS
@THEMES
def test_the_admins_login(
    stack: Stack, page_factory: PageFactory, viewport: Any, theme: Any
) -> None:
    page = page_factory(viewport=viewport, color_scheme=theme)
    found = visit(page, stack, "/admin/login/")
    page.locator("[name=username]").fill("nobody@nordlicht.example")
    page.locator("[name=password]").fill("a wrong password")
    page.locator("[name=password]").press("Enter")
    expect(page.locator("main .text-red-700").first).to_be_visible()
    assert found + problems(page) == []


@THEMES
def test_the_pages_around_the_models(stack: Stack, agent_page: PageFactory, theme: Any) -> None:
    page = agent_page("admin", color_scheme=theme)
    found = visit(page, stack, "/admin/")
    found += visit(page, stack, "/admin/accounts/")
    found += visit(page, stack, "/admin/password_change/")
    assert found == []


@THEMES
@pytest.mark.parametrize("part", range(PARTS))
def test_every_models_pages(
    stack: Stack, agent_page: PageFactory, lists: list[str], part: int, theme: Any
) -> None:
    page = agent_page("admin", color_scheme=theme)
    models = lists[part::PARTS]
    found = []
    opened = 0
    for path in models:
        found += visit(page, stack, path)
        rows = page.locator("#result_list tbody a[href*='/change/']")
        if rows.count():
            change = str(rows.first.get_attribute("href")).partition("?")[0]
            found += visit(page, stack, change)
            opened += 1
        found += visit(page, stack, f"{path}add/")
    assert opened > len(models) / 2
    assert found == []


@THEMES
def test_what_becomes_of_a_row(
    stack: Stack, agent_page: PageFactory, lists: list[str], theme: Any
) -> None:
    page = agent_page("admin", color_scheme=theme)
    found = []
    label = reverse("admin:conversations_label_changelist")
    page.goto(f"{stack.url}{label}")
    page.locator("#result_list tbody input[type=checkbox]").first.check()
    found += problems(page)
    change = str(
        page.locator("#result_list a[href*='/change/']").first.get_attribute("href")
    ).partition("?")[0]
    for action in ("history", "delete"):
        found += visit(page, stack, change.replace("/change/", f"/{action}/"))
    agents = reverse("admin:accounts_agent_changelist")
    page.goto(f"{stack.url}{agents}")
    row = page.locator("#result_list a[href*='/change/']").first.get_attribute("href")
    password = str(row).partition("?")[0].replace("/change/", "/password/")
    found += visit(page, stack, password)
    page.goto(f"{stack.url}{agents}add/")
    page.locator("[name=_save]").first.click()
    expect(page.locator("main .errorlist, main .text-red-600").first).to_be_visible()
    assert found + problems(page) == []


@THEMES
def test_what_opens_over_a_list(stack: Stack, agent_page: PageFactory, theme: Any) -> None:
    page = agent_page("admin", color_scheme=theme)
    agents = f"{stack.url}{reverse('admin:accounts_agent_changelist')}"
    page.goto(agents)
    page.get_by_role("button", name="Filter").press("Enter")
    expect(page.locator("#changelist-filter")).to_be_visible()
    found = problems(page)
    page.goto(agents)
    page.locator("#nav-sidebar-inner").get_by_role("button", name="nordlicht").press("Enter")
    expect(page.locator("#logout-form")).to_be_visible()
    page.wait_for_function("document.getAnimations().length === 0")
    found += problems(page)
    page.goto(f"{agents}add/")
    page.get_by_role("combobox", name="Teams").click()
    expect(page.locator(".select2-results__option").first).to_be_visible()
    expect(page.get_by_role("listbox")).to_have_attribute("aria-label", re.compile("."))
    assert found + problems(page) == []


def test_the_menu_on_a_phone_is_reached_by_the_keyboard(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = agent_page("admin", viewport=PHONE)
    page.goto(f"{stack.url}/admin/")
    page.locator("header").get_by_role("button").first.press("Enter")

    expect(page.locator("#nav-sidebar-inner")).to_be_visible()
    page.wait_for_function("document.getAnimations().length === 0")
    assert problems(page) == []


@SCREENS
@THEMES
def test_numbers_and_templates(
    stack: Stack, agent_page: PageFactory, lists: list[str], viewport: Any, theme: Any
) -> None:
    page = agent_page("admin", viewport=viewport, color_scheme=theme)
    found = visit(page, stack, "/admin/")
    expect(page.locator(".overview-card").first).to_be_visible()
    number = str(page.locator(".overview-card h3 a").first.get_attribute("href"))
    for end in ("register/", "replace/"):
        found += visit(page, stack, number.replace("change/", end))
    add = reverse("admin:conversations_messagetemplate_add")
    found += visit(page, stack, add)
    page.locator("[name=header]").select_option("TEXT")
    page.locator("[name=header_text]").fill("Zug {{1}}")
    page.locator("[name=body]").fill("Hallo {{1}}, Ihr *Zug* kommt {{2}}")
    page.locator("[name=sample-1]").fill("Frau <b>Kaya</b>")
    expect(page.locator("#template-preview .wa-body")).to_have_text(
        "Hallo Frau <b>Kaya</b>, Ihr Zug kommt {{2}}"
    )
    expect(page.locator("[name=sample-2]")).to_be_visible()
    page.locator("#template-more").click()
    page.locator("[name=buttons-1-kind]").select_option("QUICK_REPLY")
    page.locator("[name=buttons-1-text]").fill("Danke")
    expect(page.locator("#template-preview .wa-button")).to_have_text("Danke")
    found += problems(page)
    page.get_by_role("button", name="Hand in for review").or_(
        page.get_by_role("button", name="Zur Prüfung")
    ).first.click()
    expect(page.locator("main .text-red-600").first).to_be_visible()
    assert found + problems(page) == []


def test_a_template_is_written_and_approved(
    stack: Stack, agent_page: PageFactory, lists: list[str]
) -> None:
    """Through the form to the simulator, which reviews it."""
    page = agent_page("admin")
    page.goto(f"{stack.url}{reverse('admin:conversations_messagetemplate_add')}")
    page.locator("[name=name]").fill("written_in_the_admin")
    page.locator("[name=language]").fill("de")
    page.locator("[name=category]").select_option("utility")
    page.locator("[name=body]").fill("Hallo {{1}}, Ihr Zug kommt heute später an als geplant.")
    page.locator("[name=sample-1]").fill("Frau Kaya")
    page.locator("#template-form [type=submit]").click()
    page.wait_for_url("**/change/")
    expect(page.locator(".wa-body")).to_contain_text("Ihr Zug kommt heute")


# Requests about personal data in several states, versions of words, and an import that waits.
CONSENTS = """
from django.utils import timezone
from accounts.models import Agent
from consent import imports, rights
from consent.models import Topic, Wording
from contacts.models import Contact

admin = Agent.objects.filter(role="admin").earliest("pk")
people = list(Contact.objects.filter(merged_into=None).order_by("pk")[:4])
kinds = ("access", "erasure", "restriction", "objection")
asked = [rights.ask(person, kind, admin) for person, kind in zip(people, kinds)]
rights.start(asked[2], admin)
rights.refuse(asked[3], admin, "Somebody else asked.")
for version, text in ((1, "We write to you."), (2, "We write to you <b>once</b> a week.")):
    shown = Wording.objects.create(key="axe", language="en", version=version, text=text)
topic = Topic.objects.earliest("pk").key
lines = f"+491711234567;{topic};2026-01-31;paper;sheet 1\\nx;{topic};2026-01-31;paper;sheet 2"
content = f"phone;topics;agreed_at;how;evidence\\n{lines}".encode()
batch = imports.begin_import(content, "axe.csv", admin)
print("PAGES", shown.pk, batch.pk, *[one.pk for one in asked])
"""


@pytest.fixture(scope="module")
def consent_pages(stack: Stack) -> list[str]:
    """Paths of the consent room's own pages."""
    said = stack.manage("shell", "-c", CONSENTS)
    line = next(line for line in said.splitlines() if line.startswith("PAGES"))
    _word, wording, batch, *requests = line.split()
    change = [reverse("admin:consent_datarequest_change", args=[pk]) for pk in requests]
    return [
        reverse("admin:consent_consentimport_change", args=[batch]),
        reverse("admin:consent_consentimport_add"),
        f"{reverse('admin:consent_figures')}?days=365",
        reverse("admin:consent_wording_change", args=[wording]),
        *change,
    ]


@SCREENS
@THEMES
def test_imports_figures_wordings_and_requests(
    stack: Stack, agent_page: PageFactory, consent_pages: list[str], viewport: Any, theme: Any
) -> None:
    page = agent_page("admin", viewport=viewport, color_scheme=theme)
    waiting = f"{stack.url}{consent_pages[0]}"
    page.goto(waiting)  # which loads itself anew until a worker has checked the lines
    expect(page.locator("[name=statement]")).to_be_visible()
    found = [one for path in consent_pages for one in visit(page, stack, path)]
    page.goto(waiting)
    page.locator("[name=statement]").fill("yes")
    page.locator("[name=statement]").press("Enter")
    expect(page.locator("main .text-red-600").first).to_be_visible()
    found += problems(page)
    page.goto(f"{stack.url}{reverse('admin:consent_consentrecord_changelist')}")
    page.get_by_role("button", name="Filter").press("Enter")
    expect(page.locator("#changelist-filter")).to_be_visible()
    assert found + problems(page) == []
