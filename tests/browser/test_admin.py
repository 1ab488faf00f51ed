"""Django admin and the API's page in a real browser, under the Content Security Policy.

`page_factory` fails a test whose page throws or breaks the policy.
"""

from playwright.sync_api import expect

from tests.browser.conftest import PageFactory
from tests.stack import Stack


def test_an_admin_looks_around(stack: Stack, agent_page: PageFactory) -> None:
    page = agent_page("admin")
    for path in (
        "",
        "accounts/agent/",
        "conversations/conversation/",
        "whatsapp/whatsappnumber/",
        "whatsapp/webhookevent/",
        "accounts/apitoken/add/",
    ):
        page.goto(f"{stack.url}/admin/{path}")
        expect(page.locator("#main, #content").first).to_be_visible()


def test_a_list_is_filtered_and_a_row_opened(stack: Stack, agent_page: PageFactory) -> None:
    page = agent_page("admin")
    page.goto(f"{stack.url}/admin/conversations/message/")
    rows = page.locator("#result_list tbody tr")
    everything = rows.count()

    page.goto(f"{stack.url}/admin/conversations/message/?direction__exact=outbound")
    assert 0 < rows.count() < everything
    rows.first.locator("a").first.click()

    expect(page.locator("pre").first).to_be_visible()  # the payload


def test_a_team_is_looked_up_while_typing(stack: Stack, agent_page: PageFactory) -> None:
    page = agent_page("admin")
    page.goto(f"{stack.url}/admin/accounts/agent/add/")

    page.locator(".field-teams .select2-selection").click()

    expect(page.locator(".select2-results__option").first).to_be_visible()
