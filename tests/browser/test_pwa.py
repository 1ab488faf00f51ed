"""The inbox installs as an app, says when there is no network, and takes what a phone shares."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.axe import SCREENS, THEMES, problems
from tests.browser.conftest import PHONE, PageFactory
from tests.browser.inbox import Customer, open_inbox, row_of
from tests.stack import Stack

READY = "navigator.serviceWorker.ready.then((found) => Boolean(found.active))"


def with_worker(page: Page) -> None:
    assert page.evaluate(READY)
    page.wait_for_function("caches.keys().then((names) => names.length > 0)")


def test_chromium_would_install_it(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "agent")
    with_worker(page)
    session = page.context.new_cdp_session(page)
    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # A private window never offers to install; nothing else may be missing.
    assert [one["errorId"] for one in errors if one["errorId"] != "in-incognito"] == []
    assert session.send("Page.getAppManifest")["errors"] == []


def test_without_a_network_a_page_says_so_and_keeps_nobody(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "agent")
    with_worker(page)
    page.reload()
    page.context.set_offline(True)
    page.goto(f"{stack.url}/?view=all")
    expect(page.get_by_role("heading", name="Sie sind offline")).to_be_visible()
    kept = page.evaluate(
        """async () => {
          const kept = [];
          for (const name of await caches.keys()) {
            const requests = await (await caches.open(name)).keys();
            kept.push(...requests.map((one) => new URL(one.url).pathname));
          }
          return kept;
        }"""
    )
    assert [path for path in kept if not path.startswith("/static/")] == ["/offline/"]
    page.context.set_offline(False)
    page.get_by_role("link").first.click()
    expect(page.locator("#rows")).to_be_attached()


def test_what_is_shared_lands_in_the_composer(stack: Stack, agent_page: PageFactory) -> None:
    customer = Customer(stack, "Teilnehmer")
    customer.writes("Wann fährt der Zug?")
    page = open_inbox(stack, agent_page, "lead", viewport=PHONE, has_touch=True)
    expect(row_of(page, customer)).to_be_visible()
    page.evaluate(
        """() => {
          const form = document.createElement("form");
          const field = (is) => Object.assign(document.createElement("input"), is);
          Object.assign(form, { method: "post", action: "/share/" });
          form.enctype = "multipart/form-data";
          const text = field({ name: "text", value: "Gleis 3" });
          const pick = field({ name: "files", type: "file" });
          const bag = new DataTransfer();
          bag.items.add(new File(["Plan"], "plan.txt", { type: "text/plain" }));
          pick.files = bag.files;
          form.append(text, pick);
          document.body.append(form);
          form.submit();
        }"""
    )
    page.get_by_role("link", name=customer.name).click()
    expect(page.locator("#reply-text")).to_have_value("Gleis 3")
    expect(page.locator("#reply-form .file")).to_contain_text("plan.txt")
    page.locator('#reply-form [type="submit"]').click()
    expect(page.locator("#items")).to_contain_text("plan.txt")


@SCREENS
@THEMES
def test_axe_finds_nothing(
    stack: Stack, agent_page: PageFactory, viewport: dict[str, int], theme: str
) -> None:
    page = agent_page("admin", viewport=viewport, color_scheme=theme)
    found = []
    for path in ("/welcome/", "/invitations/", "/share/", "/offline/", "/accounts/join/x/"):
        page.goto(f"{stack.url}{path}")
        found += problems(page)
    assert found == []
