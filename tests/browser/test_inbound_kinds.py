"""What customers send and take back, on screens of people who may see different things."""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import PageFactory
from tests.browser.inbox import Customer, bubble, open_inbox, open_new
from tests.stack import Stack


def told(stack: Stack, customer: Customer, **message: Any) -> None:
    """A message in Meta's own shape, also of the kinds the simulator's phone does not have."""
    number = stack.simulator.get("numbers")["numbers"][0]
    metadata = {
        "display_phone_number": str(number["display_phone_number"]).lstrip("+"),
        "phone_number_id": number["id"],
    }
    item = {"from": customer.phone, "timestamp": str(int(time.time())), **message}
    value = {
        "messaging_product": "whatsapp",
        "metadata": metadata,
        "contacts": [{"profile": {"name": customer.name}, "wa_id": customer.phone}],
        "messages": [item],
    }
    answer = stack.simulator.post("webhook", field="messages", value=value)
    assert answer["webhooks"][0]["delivered"], answer


def test_what_was_edited_and_taken_back_is_shown_to_leads_only(
    stack: Stack, agent_page: PageFactory
) -> None:
    admin = open_inbox(stack, agent_page, "admin")
    customer = open_new(stack, admin, "Zoe", "Gleis drei")
    agent = open_inbox(stack, agent_page, "agent")
    agent.locator("a.conv", has_text=customer.name).click()
    wamid = bubble(agent, "Gleis drei").get_attribute("data-wamid")

    text = {"type": "text", "text": {"body": "Gleis vier"}}
    edit = {"original_message_id": wamid, "message": text}
    told(stack, customer, id=f"{wamid}.edit", type="edit", edit=edit)
    for page in (admin, agent):
        expect(bubble(page, "Gleis vier")).to_be_visible()
        expect(bubble(page, "Gleis drei")).to_have_count(0)
    expect(bubble(agent, "Gleis vier").locator("[data-earlier-texts]")).to_be_hidden()
    look = bubble(admin, "Gleis vier").locator("[data-earlier-texts]")
    look.focus()
    look.press("Enter")
    expect(bubble(admin, "Gleis drei")).to_be_visible()
    expect(look).to_be_focused()
    look.press("Enter")
    expect(bubble(admin, "Gleis drei")).to_have_count(0)

    revoke = {"original_message_id": wamid}
    told(stack, customer, id=f"{wamid}.revoke", type="revoke", revoke=revoke)
    expect(bubble(admin, "Gleis vier")).to_have_count(0)
    expect(bubble(agent, "Gleis vier")).to_have_count(0)
    admin.locator("[data-earlier-texts]").click()
    expect(admin.locator(".earlier-texts")).to_contain_text("Gleis vier")


def test_a_contact_card_is_saved_as_a_file(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = open_new(stack, page, "Quirin")
    card = {"name": {"formatted_name": "Thore Thode"}, "phones": [{"phone": "+49 171 3920061"}]}
    told(stack, customer, id=f"wamid.card.{customer.phone}", type="contacts", contacts=[card])
    with page.expect_download() as download:
        bubble(page, "Thore Thode").locator("a[download]").click()
    assert download.value.suggested_filename == "Thore Thode.vcf"
    assert "TEL;VALUE=text:+49 171 3920061" in download.value.path().read_text()
