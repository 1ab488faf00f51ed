"""The whole loop: a customer writes, two agents see it live, one answers, the ticks turn."""

from __future__ import annotations

import re
from uuid import uuid4

from playwright.sync_api import expect

from tests.browser.conftest import PageFactory
from tests.browser.inbox import (
    Customer,
    answer,
    bubble,
    open_conversation,
    open_inbox,
    row_of,
)
from tests.stack import Stack

STATUS = "data-status"


def test_a_customer_writes_two_agents_see_it_one_answers_and_the_ticks_turn(
    stack: Stack, agent_page: PageFactory
) -> None:
    ours = open_inbox(stack, agent_page, "admin")
    theirs = open_inbox(stack, agent_page, "lead")
    customer = Customer(stack, "Wiebke")

    customer.writes("Fährt der RE 7 heute?")
    for page in (ours, theirs):
        expect(row_of(page, customer)).to_contain_text("Fährt der RE 7 heute?")
        open_conversation(page, customer)
        expect(bubble(page, "Fährt der RE 7 heute?")).to_be_visible()

    answer(ours, "Ja, pünktlich um 12:03.")
    customer.gets("Ja, pünktlich um 12:03.")
    for page in (ours, theirs):
        sent = bubble(page, "Ja, pünktlich um 12:03.")
        expect(sent).to_have_count(1)
        expect(sent).to_have_attribute(STATUS, re.compile("sent|delivered"))

    customer.reads()
    for page in (ours, theirs):
        expect(bubble(page, "Ja, pünktlich")).to_have_attribute(STATUS, "read")
        expect(row_of(page, customer).locator(".tick-read")).to_be_visible()


def test_the_loop_with_the_phone_in_the_browser(
    stack: Stack, agent_page: PageFactory, phone_page: PageFactory
) -> None:
    """Everything as a person sees it: typed on the phone, answered in the inbox, read there."""
    ours = open_inbox(stack, agent_page, "admin")
    theirs = open_inbox(stack, agent_page, "lead")
    phone = phone_page()
    expect(phone.get_by_test_id("phone-connection")).to_have_class(re.compile("chip"))
    question, reply = f"Wo ist Gleis 9¾? {uuid4().hex[:6]}", f"Zwischen 9 und 10. {uuid4().hex[:6]}"

    phone.get_by_test_id("phone-compose").fill(question)
    phone.get_by_test_id("phone-send").click()
    for page in (ours, theirs):
        expect(page.locator("#rows > li", has_text=question)).to_be_visible()
    ours.locator("#rows > li", has_text=question).locator(".conv").click()
    expect(bubble(ours, question)).to_be_visible()
    answer(ours, reply)

    expect(phone.get_by_test_id("phone-messages")).to_contain_text(reply)
    expect(bubble(ours, reply)).to_have_attribute(STATUS, "read")  # the chat is open on the phone
    expect(theirs.locator("#rows > li", has_text=reply).locator(".tick-read")).to_be_visible()


def test_a_second_message_moves_its_row_up_and_counts(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    first, second = Customer(stack, "Anke"), Customer(stack, "Bert")
    both = page.locator("#rows > li").filter(has_text=re.compile(f"{first.name}|{second.name}"))
    first.writes("Hallo", age_s=20)
    second.writes("Moin", age_s=10)  # WhatsApp's clock has seconds: let it tick in between
    expect(both).to_contain_text([second.name, first.name])

    first.writes("Noch da?")

    expect(both).to_contain_text([first.name, second.name])
    expect(row_of(page, first).locator(".count")).to_have_text("2")
    expect(row_of(page, first)).to_have_count(1)


def test_a_row_waits_while_the_pointer_is_in_the_list(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    page.locator("#rows > li").nth(1).hover()
    top = page.locator("#rows > li").first.get_attribute("id")
    customer = Customer(stack, "Cord")

    customer.writes("Ich will nach oben")
    expect(page.locator("#new-rows")).to_be_visible()
    assert page.locator("#rows > li").first.get_attribute("id") == top

    page.mouse.move(900, 400)
    expect(page.locator("#rows > li").first).to_contain_text(customer.name)
    expect(page.locator("#new-rows")).to_be_hidden()


def test_what_one_agent_takes_the_other_sees_taken(stack: Stack, agent_page: PageFactory) -> None:
    ours = open_inbox(stack, agent_page, "admin", "unassigned")
    theirs = open_inbox(stack, agent_page, "lead", "unassigned")
    customer = Customer(stack, "Doris")
    customer.writes("Wer hilft mir?")
    open_conversation(ours, customer)
    open_conversation(theirs, customer)

    ours.locator("#thread-head [data-key=i]").click()

    expect(theirs.locator("#items .event").last).to_be_visible()
    expect(row_of(theirs, customer)).to_have_count(0)
    expect(row_of(ours, customer)).to_have_count(0)
    name = ours.locator("body").get_attribute("data-agent-name")
    expect(theirs.locator("#thread-head")).to_contain_text(str(name))


def test_a_note_is_seen_by_the_team_and_never_sent(stack: Stack, agent_page: PageFactory) -> None:
    ours = open_inbox(stack, agent_page, "admin")
    theirs = open_inbox(stack, agent_page, "lead")
    customer = Customer(stack, "Enno")
    customer.writes("Mein Schirm ist weg")
    open_conversation(ours, customer)
    open_conversation(theirs, customer)

    ours.locator("#composer [data-mode=note]").first.click()
    ours.locator("#note-text").fill("Liegt im Fundbüro")
    ours.locator("#note-form [type=submit]").click()

    expect(theirs.locator("#items .note")).to_contain_text("Liegt im Fundbüro")
    expect(ours.locator("#items .note")).to_have_count(1)
    assert customer.received() == []


def test_reading_on_one_screen_clears_the_count_on_the_other(
    stack: Stack, agent_page: PageFactory
) -> None:
    ours = open_inbox(stack, agent_page, "admin")
    theirs = open_inbox(stack, agent_page, "lead")
    customer = Customer(stack, "Frida")
    customer.writes("Eins")
    expect(row_of(theirs, customer).locator(".count")).to_have_text("1")

    open_conversation(ours, customer)

    expect(row_of(theirs, customer).locator(".count")).to_be_hidden()
    customer.writes("Zwei")  # on screen here, so read at once
    expect(bubble(ours, "Zwei")).to_be_visible()
    expect(row_of(theirs, customer)).to_contain_text("Zwei")
    expect(row_of(theirs, customer).locator(".count")).to_be_hidden()


def test_what_was_on_screen_for_a_moment_is_read(stack: Stack, agent_page: PageFactory) -> None:
    ours = open_inbox(stack, agent_page, "admin")
    theirs = open_inbox(stack, agent_page, "lead")
    customers = [Customer(stack, name) for name in ("Gerd", "Gitta", "Gundula")]
    for customer in customers:
        customer.writes("Moin")
        expect(row_of(theirs, customer).locator(".count")).to_have_text("1")

    for customer in customers:
        open_conversation(ours, customer)
    ours.goto(f"{stack.url}/search/")

    for customer in customers:
        expect(row_of(theirs, customer).locator(".count")).to_be_hidden()


def test_a_resolved_conversation_comes_back_with_the_next_message(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = Customer(stack, "Gesa")
    customer.writes("Danke, erledigt")
    open_conversation(page, customer)
    page.locator("#thread-head [data-key=e]").click()
    expect(row_of(page, customer)).to_have_count(0)

    customer.writes("Doch noch etwas")

    expect(row_of(page, customer)).to_contain_text("Doch noch etwas")
    expect(bubble(page, "Doch noch etwas")).to_be_visible()
