"""A consent from its first click to its proof: form, QR code, message, granted; STOPP, and nothing
more leaves, what was queued included; the evidence file opened, looked at, and verified by others.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import requests
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from helpdesk.embedded import locations
from tests.browser.conftest import PageFactory
from tests.browser.inbox import Customer, bubble, connected
from tests.qr_reader import read_path
from tests.stack import Stack, eventually

FORM = "/optin/meldungen/"
TEMPLATE = "neuigkeiten_monat"
PICTURE = locations.PROJECT_DIR / "helpdesk" / "demo" / "files" / "coast.jpg"
VERIFIER = locations.PROJECT_DIR / "tools" / "verify_evidence.py"
PETROL, WHITE = (11, 107, 115), (255, 255, 255)


class Api:
    """The REST API, as the admin's program."""

    def __init__(self, stack: Stack) -> None:
        self.root = f"{stack.url}/api/v1/"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {stack.api_token()}"

    def get(self, path: str, **query: str) -> Any:
        response = self.session.get(f"{self.root}{path}", params=query, timeout=30)
        response.raise_for_status()
        return response.json()

    def send_template(self, conversation: str) -> requests.Response:
        """Marketing, with its picture and its words."""
        with PICTURE.open("rb") as file:
            sent = self.session.post(f"{self.root}uploads/", files={"file": file}, timeout=30)
        sent.raise_for_status()
        picture = {"type": "image", "image": {"media": sent.json()["id"]}}
        words = [{"type": "text", "text": text} for text in ("Wiebke", "Dezember")]
        components = [
            {"type": "header", "parameters": [picture]},
            {"type": "body", "parameters": words},
        ]
        body = {
            "client_uuid": str(uuid4()),
            "type": "template",
            "template": {"name": TEMPLATE, "language": "de", "components": components},
        }
        path = f"{self.root}conversations/{conversation}/messages/"
        return self.session.post(path, json=body, timeout=30)

    def acts(self, contact: str) -> list[tuple[str, str]]:
        """Topic and act of what stands in the ledger about marketing, the oldest first."""
        rows = self.get("consent-records/", contact=contact, purpose="marketing")["results"]
        return [(row["topic"], row["act"]) for row in reversed(rows)]


def a_phone_of(stack: Stack, customer: Customer, phone_page: PageFactory) -> Page:
    """A new handset in the simulator, with that customer's number."""
    made = requests.post(
        f"{stack.simulator_url}/phone/customers",
        json={"name": customer.name, "phone": f"+{customer.phone}"},
        timeout=10,
    )
    made.raise_for_status()
    page = phone_page(made.json()["id"])
    expect(page.get_by_test_id("phone-connection")).to_have_text("verbunden")
    return page


def send(phone: Page) -> None:
    phone.get_by_test_id("phone-send").click()
    expect(phone.get_by_test_id("phone-compose")).to_have_value("")


def scan(phone: Page, address: str) -> None:
    """Open what the code says, as the camera does; the words stand ready."""
    phone.locator("#open-link").fill(address)
    phone.get_by_test_id("phone-open").get_by_role("button").click()
    expect(phone.get_by_test_id("phone-connection")).to_have_text("verbunden")


@contextmanager
def nothing_is_sent(stack: Stack) -> Iterator[None]:
    """The process that sends stands still; what is written waits in the database. Only that one:
    a worker that is stopped over a change would hold its locks."""
    senders = ("outbound@",)
    for name in senders:
        stack.kill("celery", "worker", name, number=signal.SIGSTOP)
    try:
        yield
    finally:
        for name in senders:
            stack.kill("celery", "worker", name, number=signal.SIGCONT)


def templates_on_the_phone(stack: Stack, customer: Customer) -> list[dict[str, Any]]:
    rows = (row for row in stack.simulator.outbox() if customer.phone in str(row["to"]))
    return [row for row in rows if row["payload"]["type"] == "template"]


def test_from_the_form_to_the_proof(
    stack: Stack,
    browser: Browser,
    page_factory: PageFactory,
    phone_page: PageFactory,
    agent_page: PageFactory,
    tmp_path: Path,
) -> None:
    api, customer = Api(stack), Customer(stack, "Wiebke")
    form, phone = page_factory(locale="de-DE"), a_phone_of(stack, customer, phone_page)

    code = choose(form, stack)
    contact = sign_up(form, phone, api, customer, code)
    (conversation,) = api.get("conversations/", contact=contact)["results"]
    inbox = agent_page("admin")
    inbox.goto(f"{stack.url}/conversations/{conversation['id']}/?view=all")
    connected(inbox)
    first = api.send_template(conversation["id"])
    assert first.status_code == 201, first.text
    eventually(lambda: len(templates_on_the_phone(stack, customer)) == 1, 30)

    with nothing_is_sent(stack):
        queued = api.send_template(conversation["id"])
        assert queued.status_code == 201, queued.text
        phone.get_by_test_id("phone-compose").fill("STOPP")
        send(phone)
        eventually(lambda: ("re7", "withdrawn") in api.acts(contact), 30)
    message = f"messages/{queued.json()['id']}/"
    eventually(lambda: api.get(message)["status"] == "blocked", 30)
    assert api.get(message)["status_reason"] == "opted_out"
    assert len(templates_on_the_phone(stack, customer)) == 1
    refused = api.send_template(conversation["id"])
    assert (refused.status_code, refused.json()["code"]) == (422, "opted_out")
    # We may still answer: that we heard it is the last thing that leaves.
    expect(phone.get_by_test_id("phone-messages")).to_contain_text("START")
    blocked = inbox.locator(
        f"[data-message='{queued.json()['id']}'], #message-{queued.json()['id']}"
    )
    expect(blocked.first).to_have_attribute("data-status", "blocked")
    expect(bubble(inbox, "STOPP").first).to_be_visible()

    prove(inbox, browser, stack, contact, tmp_path)


def choose(form: Page, stack: Stack) -> str:
    """Choose a topic; what the QR code of the next page says, which is what its button does."""
    form.goto(f"{stack.url}{FORM}")
    form.locator("[name=topic][value=re7]").check()
    form.wait_for_timeout(1600)
    form.locator("button[type=submit]").click()
    expect(form.locator("#prepared")).to_be_visible()
    link = str(form.locator("a[href^='https://wa.me/']").first.get_attribute("href"))
    (words,) = parse_qs(urlsplit(link).query)["text"]
    assert words == form.locator("#prepared").inner_text()
    code = read_path(str(form.locator(".qr path").first.get_attribute("d")))
    assert code == link
    return code


def sign_up(form: Page, phone: Page, api: Api, customer: Customer, code: str) -> str:
    """Scan it and send the words; the contact's id. Before that nobody agreed to anything."""
    assert api.get("contacts/", phone=f"+{customer.phone}")["results"] == []
    scan(phone, code)
    send(phone)
    expect(form.locator(".signed-up li")).to_have_count(1)
    (contact,) = api.get("contacts/", phone=f"+{customer.phone}")["results"]
    assert api.acts(contact["id"]) == [("re7", "requested"), ("re7", "confirmed")]
    return str(contact["id"])


def prove(page: Page, browser: Browser, stack: Stack, contact: str, folder: Path) -> None:
    """Take the evidence file as an agent does, look at it, and have it checked by a stranger."""
    page.goto(f"{stack.url}/contacts/{contact}/consents/")
    with page.expect_download() as taken:
        page.locator("a[href$='evidence.pdf']").first.click()
    pdf = folder / "evidence.pdf"
    taken.value.save_as(pdf)

    attached = attachment_of(pdf.read_bytes())
    proof = folder / "evidence.json"
    proof.write_bytes(attached)
    checked = verify(proof)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    forged = folder / "forged.json"
    forged.write_bytes(attached.replace(b"STOPP", b"STOP!"))
    assert forged.read_bytes() != attached
    assert verify(forged).returncode == 1
    told = json.loads(attached)
    assert told["contact"] == contact
    looks_like_a_page(browser, pdf, folder / "evidence.png")


def verify(file: Path) -> subprocess.CompletedProcess[str]:
    """In a process that knows nothing of us."""
    command = [sys.executable, "-I", str(VERIFIER), str(file)]
    return subprocess.run(
        command, cwd=file.parent, env={}, capture_output=True, text=True, check=False, timeout=60
    )


def attachment_of(pdf: bytes) -> bytes:
    """The JSON that is attached to the PDF."""
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            content = zlib.decompress(packed)
        except zlib.error:
            content = packed
        if content.lstrip().startswith(b"{") and b'"entries"' in content:
            return content
    raise AssertionError("no JSON is attached")


def looks_like_a_page(browser: Browser, pdf: Path, picture: Path) -> None:
    """Chromium draws it: white paper, dark words, a petrol heading, acts in green and red."""
    context = browser.new_context(viewport={"width": 900, "height": 1250})
    page = context.new_page()
    page.goto(f"{pdf.as_uri()}#toolbar=0&view=FitH")

    def is_drawn() -> bool:
        page.screenshot(path=picture)
        with Image.open(picture) as image:
            shares = shares_of(image.convert("RGB"))
        return shares["paper"] > 0.6 and shares["ink"] > 0.005 and min(shares.values()) > 0

    eventually(is_drawn, 20, "the PDF was not drawn")
    context.close()


def shares_of(image: Image.Image) -> dict[str, float]:
    """How much of the picture is paper, ink, and each of the colours that mean something."""
    colours = image.getcolors(image.width * image.height) or []
    names = {"paper": WHITE, "ink": (27, 34, 38), "petrol": PETROL, "yes": (18, 108, 56)}
    names["no"] = (176, 32, 32)
    total = image.width * image.height
    return {
        name: sum(n for n, rgb in colours if _near(rgb, wanted)) / total
        for name, wanted in names.items()
    }


def _near(one: Any, other: tuple[int, int, int]) -> bool:
    return all(abs(a - b) <= 12 for a, b in zip(one, other, strict=True))
