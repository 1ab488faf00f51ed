"""An agent's day with three agents and several phones: what comes in, goes wrong, and is done."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import expect

from tests.browser.conftest import PageFactory
from tests.browser.day import (
    HOUR_S,
    JANA,
    LONG_MS,
    MIRA,
    OWEN,
    SEED,
    TAREK,
    arrives,
    bell_count,
    menu,
    opened,
    phone_inbox,
    picture,
    reload,
    templates_of,
)
from tests.browser.inbox import (
    Customer,
    answer,
    bubble,
    connected,
    find_conversation,
    open_conversation,
    open_inbox,
    row_of,
    take,
)
from tests.stack import Stack, eventually


@pytest.fixture(scope="module")
def desk(stack: Stack) -> Stack:
    """The stack with what this day needs."""
    stack.manage("shell", "-v", "0", "-c", SEED)
    return stack


@pytest.fixture
def grace(desk: Stack) -> Iterator[None]:
    """Ten seconds to take back what was sent."""
    desk.let_take_back(10)
    yield
    desk.let_take_back(0)


def test_the_morning_what_closes_next_comes_first_and_is_handed_out(
    desk: Stack, agent_page: PageFactory
) -> None:
    jana, tarek = (open_inbox(desk, agent_page, who) for who in (JANA, TAREK))
    owen = phone_inbox(desk, agent_page, OWEN, "all")
    urgent, lost = Customer(desk, "Morgen"), Customer(desk, "Koffer")
    urgent.writes("Kommt mein Zug noch?", age_s=24 * HOUR_S - 900)  # below what the lists reach
    arrives(lost, "Mein Koffer ist weg", jana, tarek)
    jana.goto(f"{desk.url}/?view=closing")
    connected(jana)
    expect(row_of(jana, urgent).locator(".chip-danger")).to_be_visible()
    expect(row_of(jana, lost)).to_have_count(0)
    picture(jana, "morning-closing-soon")

    opened(jana, urgent).locator('#thread-head [data-key="i"]').click()
    expect(jana.locator("#thread-head h2 + span")).to_contain_text("Jana")
    answer(jana, "Ja, um 16:05 Uhr von Gleis 2.")
    urgent.gets("Ja, um 16:05 Uhr von Gleis 2.")
    expect(row_of(tarek, urgent)).to_contain_text("Jana")

    pop = menu(opened(tarek, lost), "assign")
    pop.locator("textarea").fill("Bitte im Regal A nachsehen")
    picture(tarek, "hand-over")
    pop.locator("[data-find=Fundbüro]").click()
    expect(tarek.locator("#thread-head h2 + span")).to_contain_text("Fundbüro")
    expect(row_of(owen, lost)).to_be_visible()
    row_of(owen, lost).locator(".conv").tap()
    expect(owen.locator("#items .note")).to_contain_text("Bitte im Regal A nachsehen")
    picture(owen, "phone-handed-over")
    owen.locator("[data-menu=more] > summary").tap()
    owen.locator("[data-menu=more] [data-act]").first.tap()
    expect(tarek.locator("#thread-head h2 + span")).to_contain_text("Owen")

    owen.locator("#reply-text").press_sequentially("/tagfund")
    expect(owen.locator("#canned [aria-selected=true]")).to_be_visible()
    picture(owen, "phone-canned")
    owen.keyboard.press("Enter")
    expect(owen.locator("#reply-text")).to_have_value(re.compile(re.escape(lost.name)))
    owen.keyboard.type("20-1183")
    owen.keyboard.press("Enter")
    eventually(lambda: any("20-1183" in text for text in lost.received()), 30)


def test_two_at_once_a_crossing_reply_a_mention_a_macro_and_a_snooze(
    desk: Stack, agent_page: PageFactory
) -> None:
    jana, tarek = (open_inbox(desk, agent_page, who) for who in (JANA, TAREK))
    customer = Customer(desk, "Gleise")
    arrives(customer, "Wo finde ich meinen Rucksack?", jana, tarek)
    for page in (jana, tarek):
        opened(page, customer)
    jana.locator("#reply-text").press_sequentially("Im Fundbüro, Regal C.")
    expect(tarek.locator("#watching")).to_contain_text("Jana")
    answer(tarek, "In Kiel, Gleis 1.")
    expect(bubble(jana, "In Kiel, Gleis 1.")).to_be_visible()
    jana.locator("#reply-text").press("Enter")
    expect(jana.locator("#crossed")).to_contain_text("Tarek")
    picture(jana, "crossed")
    jana.locator("[data-discard-reply]").click()
    customer.gets("In Kiel, Gleis 1.")

    before = bell_count(tarek)
    tarek.goto(f"{desk.url}/preferences/")
    jana.locator('#reply-form [data-mode="note"]').click()
    jana.locator("#note-text").press_sequentially("Ausweis geprüft? @Tar")
    expect(jana.locator("#mention-list [aria-selected=true]")).to_contain_text("Tarek")
    picture(jana, "mention")
    jana.keyboard.press("Enter")
    jana.keyboard.press("Enter")
    expect(jana.locator("#items .note mark")).to_contain_text("Tarek")
    expect(tarek.locator("#bell [data-bell-count]")).to_have_text(str(before + 1))
    tarek.locator("#bell").click()
    expect(tarek.locator("#bell-list [data-notification]").first).to_contain_text(customer.name)
    picture(tarek, "bell")

    jana.keyboard.press("Escape")
    jana.keyboard.press("Alt+Digit8")
    jana.keyboard.press("Alt+Digit8")
    expect(jana.locator("#items .note", has_text="Der Tag beginnt.")).to_have_count(1)
    menu(jana, "snooze").locator("[value=reply]").click()
    expect(jana.locator(".head-line")).to_be_visible()
    picture(jana, "snoozed")
    customer.writes("Ich habe meinen Ausweis dabei")
    expect(jana.locator(".head-line")).to_have_count(0)
    expect(jana.locator("#items .event use[href$='#alarm']")).to_have_count(1)


def test_the_network_goes_and_comes_back(desk: Stack, agent_page: PageFactory) -> None:
    mira, tarek = (open_inbox(desk, agent_page, who) for who in (MIRA, TAREK))
    first, other = Customer(desk, "Tunnel"), Customer(desk, "Strand")
    arrives(first, "Hören Sie mich?", mira, tarek)
    opened(mira, first)
    mira.context.set_offline(True)
    expect(mira.locator('#news [data-news="lost"]')).to_be_visible()
    answer(mira, "Aus dem Tunnel geschrieben")
    waiting = bubble(mira, "Aus dem Tunnel geschrieben")
    expect(waiting.locator(".after")).to_be_visible()
    picture(mira, "offline")
    arrives(other, "Und ich?", tarek)
    first.writes("Noch da?")
    assert first.received() == []

    mira.context.set_offline(False)
    expect(bubble(mira, "Noch da?")).to_be_visible(timeout=LONG_MS)
    expect(row_of(mira, other)).to_be_visible()
    expect(waiting.locator(".after")).to_have_count(0, timeout=LONG_MS)
    expect(waiting).to_have_count(1)
    first.gets("Aus dem Tunnel geschrieben")
    picture(mira, "back-again")


def test_the_server_dies_with_a_draft_and_a_reply_on_its_way(
    desk: Stack, agent_page: PageFactory
) -> None:
    jana, tarek = (open_inbox(desk, agent_page, who) for who in (JANA, TAREK))
    written, begun = Customer(desk, "Neustart"), Customer(desk, "Entwurf")
    for customer in (written, begun):
        arrives(customer, "Guten Tag", jana, tarek)
    opened(jana, begun)
    with jana.expect_response(lambda r: "/draft/" in r.url and r.request.method == "POST"):
        jana.locator("#reply-text").press_sequentially("Angefangen, nicht gesendet")
    opened(jana, written)

    desk.kill("daphne")
    answer(jana, "Trotz allem da")
    expect(bubble(jana, "Trotz allem da")).to_have_count(1)
    picture(jana, "server-gone")
    desk.wait_until_ready()
    connected(jana)
    again = bubble(jana, "Trotz allem da").locator(".after button")
    expect(jana.locator("#items [data-pending]")).to_have_count(0, timeout=LONG_MS)
    expect(again).to_have_count(0)
    written.gets("Trotz allem da")
    opened(tarek, written)
    expect(bubble(tarek, "Trotz allem da")).to_have_count(1)

    open_conversation(jana, begun)
    expect(jana.locator("#reply-text")).to_have_value("Angefangen, nicht gesendet")
    reload(jana)
    expect(jana.locator("#reply-text")).to_have_value("Angefangen, nicht gesendet")
    assert begun.received() == []
    assert written.received().count("Trotz allem da") == 1


def test_the_window_closes_a_template_goes_and_the_answer_opens_it(
    desk: Stack, agent_page: PageFactory, grace: None
) -> None:
    jana = open_inbox(desk, agent_page, JANA, view="closing")
    customer = Customer(desk, "Fenster")
    arrives(customer, "Fast ein Tag her", jana, age_s=24 * HOUR_S - 30)
    opened(jana, customer)
    closed = expect(jana.locator("#composer"))
    closed.to_have_attribute("data-state", "closed", timeout=LONG_MS)
    jana.locator("#picker [data-filter-templates]").fill("nachgereicht")
    jana.locator("#picker .tpl", has_text="nachgereicht").first.click()
    jana.locator("#picked [name=body_1]").fill("Frau Fenster")
    jana.locator("#picked [name=body_2]").fill("Ihr Koffer ist da.")
    picture(jana, "window-closed-template")
    jana.locator("#picked [type=submit]").click()
    expect(bubble(jana, "Ihr Koffer ist da.")).to_be_visible()
    eventually(lambda: templates_of(customer) == ["antwort_nachgereicht"], 30)

    customer.writes("Danke, wann ist offen?")
    expect(jana.locator("#composer")).to_have_attribute("data-state", "open")
    answer(jana, "Um sieben.")
    expect(jana.locator("#undo")).to_be_visible()
    picture(jana, "undo")
    jana.locator("[data-undo]").click()
    expect(jana.locator("#reply-text")).to_have_value("Um sieben.")

    jana.locator("#reply-text").fill("Ab acht Uhr.")
    jana.locator("#reply-form [data-later]").click()
    jana.locator("#later [data-later-at]").first.click()
    expect(jana.locator("[data-plan] [data-planned]")).to_be_visible()
    picture(jana, "later")
    jana.locator("#reply-form [type=submit]").click()
    planned = bubble(jana, "Ab acht Uhr.")
    expect(planned.locator("[data-change-time]")).to_be_visible()
    planned.locator("[data-again]").click()
    customer.gets("Ab acht Uhr.")
    assert "Um sieben." not in customer.received()


def test_resolved_with_a_reason_rated_on_the_phone_and_back_days_later(
    desk: Stack, agent_page: PageFactory, phone_page: PageFactory
) -> None:
    tarek = open_inbox(desk, agent_page, TAREK)
    customer = Customer(desk, "Sterne")
    arrives(customer, "Wann fährt der letzte Zug?", tarek)
    opened(tarek, customer)
    take(tarek, customer)
    answer(tarek, "Um 23:05 Uhr.")
    customer.gets("Um 23:05 Uhr.")
    menu(tarek, "reasons").locator("button", has_text="Tag vorbei").click()
    expect(tarek.locator("#items .event", has_text="Tag vorbei")).to_be_visible()
    picture(tarek, "resolved-with-a-reason")

    phone = phone_page(customer.phone)
    rate = phone.get_by_role("button", name=re.compile("Bewerten|Rate us")).first
    expect(rate).to_be_visible(timeout=60_000)
    rate.click()
    picture(phone, "phone-survey")
    phone.locator("dialog[open] button", has_text="★★★★★").click()
    expect(tarek.locator("#items")).to_contain_text("★★★★★")
    picture(tarek, "rated")

    desk.manage("shell", "-v", "0", "-c", LONG_AGO.format(phone=customer.phone))
    customer.writes("Noch eine Frage")
    reload(tarek)
    tarek.goto(f"{desk.url}/?view=all")
    connected(tarek)
    find_conversation(tarek, customer)
    expect(bubble(tarek, "Noch eine Frage")).to_be_visible()
    expect(bubble(tarek, "Um 23:05 Uhr.")).to_have_count(0)
    expect(tarek.locator("#items .event").first).to_be_visible()
    picture(tarek, "comes-back")


LONG_AGO = """
from datetime import timedelta
from conversations.models import Conversation
for row in Conversation.objects.filter(contact__identities__value="{phone}"):
    row.resolved_at -= timedelta(hours=100)
    row.save(update_fields=["resolved_at"])
"""


def test_many_at_once_found_again_and_a_stop_from_the_phone(
    desk: Stack, agent_page: PageFactory
) -> None:
    jana = open_inbox(desk, agent_page, JANA)
    crowd = [Customer(desk, name) for name in ("Reihum", "Allesamt")]
    for customer in crowd:
        arrives(customer, f"Der Bus {customer.phone[-5:]} fällt aus", jana)
        row_of(jana, customer).locator(".conv-pick input").check()
    expect(jana.locator("#bulk-bar")).to_be_visible()
    picture(jana, "bulk")
    jana.locator("[data-bulk-menu=priority] summary").click()
    jana.locator('[data-bulk-menu=priority] [data-value="3"]').click()
    for customer in crowd:
        expect(row_of(jana, customer).locator(".conv-1 .warn")).to_be_visible()

    stops, word = crowd[0], crowd[0].phone[-5:]

    def found() -> bool:
        jana.goto(f"{desk.url}/search/?q={word}")
        return jana.locator("#hits a.hit").count() == 1

    eventually(found, 30, message="the message was not found")
    picture(jana, "search")
    jana.locator("#hits a.hit").click()
    connected(jana)
    expect(jana.locator("#thread-head")).to_contain_text(stops.name)
    expect(bubble(jana, word)).to_be_in_viewport()

    requests.post(
        f"{desk.simulator_url}/control/customers",
        json={"phone": stops.phone, "blocked": True},
        timeout=10,
    ).raise_for_status()
    stops.writes("STOPP")
    expect(bubble(jana, "STOPP").first).to_be_visible()
    expect(jana.locator("#contact-details")).to_contain_text(re.compile("widerrufen|withdrawn"))
    picture(jana, "stopped")
    jana.locator(".plus summary").click()
    jana.locator('.plus [data-kind$="/template/"]').click()
    off = jana.locator("#kind-dialog .tpl-off").first
    expect(off).to_be_visible()
    picture(jana, "stopped-templates")
